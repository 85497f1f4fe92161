"""What another process may ask of the store while an agent has it open.

Only one connection writes. So a command puts its wish into a folder beside the store, as a file
written whole and renamed; the agent takes it within seconds, which renames it once more, does it,
and answers the same way. Their names begin with a number, so that they are done in order.
Who may write there may write the store itself, so this opens no new door.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.events.messages import Stretch
from agent.outbox.chores import Chore, Reopen
from agent.outbox.rows import State
from agent.outbox.store import Store
from agent.whole import write_whole

log = logging.getLogger(__name__)

LONGEST_BYTES = 262_144
KEPT_ANSWERS = 20
TAKEN, DONE = ".taken", ".done"
_STATES = {
    "acknowledged": State.ACKNOWLEDGED,
    "confirmed": State.CONFIRMED,
    "rejected": State.REJECTED,
}
_EVERYTHING = (1 << 63) - 1


class ReopenRequest(BaseModel):
    """Send rows once more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    do: Literal["reopen"] = "reopen"
    state: Literal["acknowledged", "confirmed", "rejected"]
    reasons: tuple[int, ...] | None = None
    """Of rejected rows: only these reason codes."""
    ranges: dict[str, tuple[Stretch, ...]] | None = None
    """Only these rows, by epoch; all of that state without it."""

    def chore(self) -> Reopen:
        """Return what the writer is to do."""
        reasons = None if self.reasons is None else frozenset(self.reasons)
        state = _STATES[self.state]
        return Reopen(state, up_to=_EVERYTHING, reasons=reasons, ranges=self.ranges)


class SalvageRequest(BaseModel):
    """Carry over what can be read in a file that was set aside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    do: Literal["salvage"] = "salvage"
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", max_length=200)]
    """Its name; it lies beside the store."""


class Answer(BaseModel):
    """What became of a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int | None = None
    error: str | None = None


Request = Annotated[ReopenRequest | SalvageRequest, Field(discriminator="do")]


class _Wish(BaseModel):
    wish: Request


def folder_of(path: Path) -> Path:
    """Return where the requests to a store lie."""
    return path.with_name(path.name + ".requests")


def waiting(path: Path) -> tuple[int, int]:
    """Return how many requests the agent is at, and how many it has not taken yet."""
    folder = folder_of(path)
    return len(list(folder.glob(f"*{TAKEN}"))), len(list(folder.glob("*.json")))


def answer_all(path: Path, *, perform: Callable[[ReopenRequest | SalvageRequest], int]) -> None:
    """Do whatever was asked for, in the order of asking, and answer it.

    `perform` returns how many rows it was about, or raises StoreError. What an agent was at when
    it died is done again.
    """
    folder = folder_of(path)
    found = [*folder.glob(f"*{TAKEN}"), *folder.glob("*.json")]
    for wish in sorted(found, key=lambda file: file.name):
        taken = wish.with_suffix(TAKEN)
        try:
            wish.rename(taken)
        except OSError:  # withdrawn meanwhile, or nothing can be written here
            continue
        _reply(taken, _answer(taken, perform))


def _reply(taken: Path, answer: Answer) -> None:
    try:
        for old in sorted(taken.parent.glob(f"*{DONE}"))[:-KEPT_ANSWERS]:  # nobody fetched it
            old.unlink(missing_ok=True)
        write_whole(taken.with_suffix(DONE), answer.model_dump_json().encode())
        taken.unlink(missing_ok=True)
    except OSError as error:
        log.warning("a request could not be answered: %s", error)


def _answer(taken: Path, perform: Callable[[ReopenRequest | SalvageRequest], int]) -> Answer:
    try:
        if taken.stat().st_size > LONGEST_BYTES:
            return Answer(error="the request is too long")
        request = _Wish(wish=json.loads(taken.read_text("utf-8"))).wish
        return Answer(rows=perform(request))
    except (ValidationError, ValueError) as error:
        return Answer(error=f"the request cannot be understood: {str(error).splitlines()[0]}")
    except OSError as error:
        return Answer(error=str(error))


def perform_alone(store: Store, chore: Chore) -> int:
    """Do a chore in a store that no agent has open; returns how many rows it changed.

    Raises sqlite3.Error.
    """
    rest: Chore | None = chore
    changed = 0
    while rest is not None:
        store.begin()
        step = rest.step(store)
        store.commit()
        rest, changed = step.rest, changed + step.changed
    return changed
