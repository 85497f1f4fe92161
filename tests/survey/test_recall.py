"""What a kiosk still knows of its surveys after a restart."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from agent.clock import Moment
from agent.outbox.rows import Dated
from agent.survey.catalogue import built_in_catalogue
from agent.survey.offer import Offer, Opening, Sheet
from agent.survey.recall import past_sessions
from agent.survey.sampling import DIMENSION_OF
from tests.survey.forms import ask, questionnaire

NOW = Moment("this", monotonic_ms=100_000, wall_ms=1_795_000_000_000, trust="synced")
MINUTE_MS = 60_000


def answer(question: str, *, item: str | None = None, ended: str = "answered") -> dict[str, Any]:
    facts = {"question": question, "ended": ended, "duration_s": 1.0, "language": "en"}
    return facts | ({} if item is None else {"item": item})


def row(
    session: str | None,
    *answers: dict[str, Any],
    boot: str = "this",
    at_ms: int = 0,
    wall_ms: int | None = None,
) -> Dated:
    data: dict[str, Any] = {"answers": list(answers), "questionnaire": "form"}
    return Dated(boot, at_ms, wall_ms, data | ({} if session is None else {"session": session}))


def offer(*, per_hour: int | None = None, **question: Any) -> Offer:
    form = questionnaire(ask("servperf", "service", **question), entry="start", per_hour=per_hour)
    return Offer(
        [Sheet(form, "v1")],
        catalogue=built_in_catalogue(),
        now=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC),
        rng=random.Random(3),
    )


def test_the_parts_of_a_session_are_one_and_the_later_answer_holds() -> None:
    rows = [
        row("a", answer("x"), answer("y", ended="skipped"), at_ms=5_000),
        row("b", answer("x"), at_ms=6_000),
        row("a", answer("y"), at_ms=7_000),
    ]
    first, second = past_sessions(rows, now=NOW)
    assert [(a.question, a.ended) for a in first.answers] == [("x", "answered"), ("y", "answered")]
    assert (first.at_s, second.at_s) == (5.0, 6.0)


def test_a_session_of_another_boot_is_dated_by_the_wall_clock() -> None:
    earlier_ms = (NOW.wall_ms or 0) - 10 * MINUTE_MS
    rows = [
        row("unknown", answer("x"), boot="other"),
        row("dated", answer("x"), boot="other", at_ms=99, wall_ms=earlier_ms),
        row("ahead", answer("x"), boot="other", wall_ms=(NOW.wall_ms or 0) + MINUTE_MS),
    ]
    assert [past.at_s for past in past_sessions(rows, now=NOW)] == [None, -500.0, 100.0]


def test_what_cannot_be_read_or_belongs_to_no_session_is_passed_over() -> None:
    rows = [row(None, answer("x")), Dated("this", 0, None, {"answers": "none"})]
    assert past_sessions(rows, now=NOW) == []


def test_a_kiosk_that_was_just_started_invites_no_more_than_the_hour_allows() -> None:
    restarted = offer(per_hour=2)
    asked = [row(name, answer("service", item="1"), at_ms=90_000) for name in ("a", "b")]
    assert restarted.invites("en", at_s=100.0)
    restarted.restore(past_sessions(asked, now=NOW))
    assert not restarted.invites("en", at_s=100.0)
    assert restarted.open(Opening(language="en", at_s=100.0)) is None
    assert restarted.invites("en", at_s=90.0 + 3600.0)


def test_statements_stay_balanced_over_a_restart_after_every_customer() -> None:
    rows: list[Dated] = []
    for number in range(50):
        kiosk = offer()
        kiosk.restore(past_sessions(rows, now=NOW))
        session = kiosk.open(Opening(language="en", at_s=100.0))
        assert session is not None
        assert session.screen is not None
        rows.append(row(f"s{number}", answer("service", item=session.screen.item)))
    dimensions = Counter(DIMENSION_OF[data["answers"][0]["item"]] for *_, data in rows)
    assert set(dimensions.values()) == {10}
