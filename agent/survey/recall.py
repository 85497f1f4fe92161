"""The survey sessions of former runs, read back from the store's responses. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from agent.clock import Moment
from agent.events.catalogue import Answer, ResponseGiven
from agent.outbox.rows import Dated


@dataclass(frozen=True, slots=True)
class PastSession:
    """A session that is over: its last answers."""

    questionnaire: str
    at_s: float | None
    """When it began to be told, in monotonic seconds of this boot, below 0 before it; None where
    nobody knows."""
    answers: tuple[Answer, ...]


@dataclass(slots=True)
class _Fold:
    questionnaire: str
    at_s: float | None
    answers: dict[tuple[str, str | None], Answer] = field(default_factory=dict)


def past_sessions(rows: Iterable[Dated], *, now: Moment) -> list[PastSession]:
    """Join the parts of every session, from responses as they were stored, oldest first.

    Where a customer went back, the later answer holds. What a former release wrote otherwise is
    passed over.
    """
    folds: dict[str, _Fold] = {}
    for row in rows:
        response = _response(row.data)
        if response is None or response.session is None or response.questionnaire is None:
            continue
        name = response.session
        fold = folds.setdefault(name, _Fold(response.questionnaire, _monotonic_s(row, now)))
        fold.answers |= {(answer.question, answer.item): answer for answer in response.answers}
    found = [
        PastSession(f.questionnaire, f.at_s, tuple(f.answers.values())) for f in folds.values()
    ]
    return sorted(found, key=lambda past: float("-inf") if past.at_s is None else past.at_s)


def _response(data: dict[str, Any]) -> ResponseGiven | None:
    try:
        return ResponseGiven.model_validate(data)
    except ValidationError:
        return None


def _monotonic_s(row: Dated, now: Moment) -> float | None:
    """Return when a row was written on this boot's clock; never in the future."""
    if row.boot == now.boot:
        return row.monotonic_ms / 1000
    if row.wall_ms is None or now.wall_ms is None:
        return None
    return (now.monotonic_ms - max(0, now.wall_ms - row.wall_ms)) / 1000
