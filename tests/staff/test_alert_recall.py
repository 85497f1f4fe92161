"""What a restarted agent reads back about alerts."""

from __future__ import annotations

from typing import Any

import pytest

from agent.clock import Moment
from agent.outbox.rows import Epoch, Row
from agent.staff.alert import Alert, Light, Relay
from agent.staff.alerts import Alerts, Rules
from agent.staff.heard import Answer
from agent.staff.recall import monotonic_of, recall

THIS, FORMER = "boot-now", "boot-before"
NOW = Moment(THIS, 600_000, 1_000_000_000, "synced")

Stored = tuple[Row, dict[str, Any]]


def row(
    sequence: int, kind: str, *, boot: str = THIS, at_ms: int = 0, wall_ms: int | None = None
) -> Row:
    epoch = Epoch(1, "0123456789abcdef", "/a/b/c", boot)
    return Row(epoch.position(sequence), epoch, kind, 1, at_ms, wall_ms, "synced", None, "")


def stored(sequence: int, kind: str, at_ms: int, **facts: Any) -> Stored:
    return row(sequence, kind, at_ms=at_ms), facts


HELP = stored(1, "alert.raised", 1_000, alert="a1", what="help_wanted", audience="counter")


def test_what_was_raised_and_not_resolved_is_open() -> None:
    case = stored(2, "alert.raised", 2_000, alert="a2", what="case", audience="manager", rating="r")
    over = stored(3, "alert.resolved", 3_000, alert="a1", how="talked", after_s=2.0)

    memory = recall([HELP, case, over], now=NOW)

    assert memory.open == (Alert("a2", "case", 2_000, rating="r"),)
    assert memory.told == {"r": 2_000}


def test_how_far_an_alert_has_come_is_remembered() -> None:
    escalated = stored(2, "alert.escalated", 5_000, alert="a1", after_s=4.0)
    seen = stored(3, "alert.acknowledged", 6_000, alert="a1", by="heron", after_s=5.0)

    (alert,) = recall([HELP, escalated, seen], now=NOW).open

    assert (alert.escalated, alert.acknowledged_ms) == (True, 6_000)


def test_the_light_is_switched_on_again() -> None:
    actions = Alerts(Rules()).restore(recall([HELP], now=NOW), now_ms=NOW.monotonic_ms)

    assert actions == [Light(on=True), Relay(on=True)]


def test_the_last_word_on_a_rating_holds() -> None:
    given = stored(1, "rating.given", 100, sentiment=-1, counts=True)
    amended = stored(2, "rating.amended", 200, rating=given[0].event_id, counts=False)

    (answer,) = recall([given, amended], now=NOW).answers

    assert answer == Answer(given[0].event_id, 100, -1, counts=False)


def test_a_case_that_waited_when_the_agent_was_killed_is_told() -> None:
    given = stored(1, "rating.given", 590_000, sentiment=-1, counts=True, contact="ann")
    alerts = Alerts(Rules())
    alerts.restore(recall([given], now=NOW), now_ms=NOW.monotonic_ms)

    assert alerts.tick(NOW.monotonic_ms) == []
    (told,) = alerts.tick(NOW.monotonic_ms + 15_000)
    assert getattr(told, "alert").rating == given[0].event_id  # noqa: B009


@pytest.mark.parametrize(
    ("contact", "left_ms", "waits"),
    [
        (None, None, False),
        ("ann", 60_000, False),
        ("ann", 7_000_000, True),  # went shortly before the end
        ("ann", None, True),  # was there until the end
    ],
)
def test_an_old_answer_is_not_told_unless_its_customer_had_only_just_gone(
    contact: str | None, left_ms: int | None, *, waits: bool
) -> None:
    given = stored(1, "rating.given", 50_000, sentiment=-1, counts=True, contact=contact)
    gone = [stored(2, "contact.ended", left_ms, contact=contact)] if left_ms else []
    last = stored(3, "rating.given", 7_200_000, sentiment=1, counts=True)

    answers = recall([given, *gone, last], now=NOW).answers

    assert (given[0].event_id in [a.rating for a in answers]) is waits


def test_who_had_gone_and_came_back_to_answer_may_still_be_there() -> None:
    gone = stored(1, "contact.ended", 0, contact="c1")
    given = stored(2, "rating.given", 1_000, sentiment=-1, counts=True, contact="c1")
    last = stored(3, "rating.given", 7_201_000, sentiment=1, counts=True)
    answers = recall([gone, given, last], now=NOW).answers

    assert [answer.at_ms for answer in answers] == [1_000, 7_201_000]


def test_the_quiet_time_goes_on() -> None:
    raised = stored(1, "alert.raised", 1_000, alert="a1", what="threshold", audience="counter")
    over = stored(2, "alert.resolved", 9_000, alert="a1", how="subsided", after_s=8.0)

    assert recall([raised, over], now=NOW).quiet_since_ms == 9_000


def test_only_a_complaint_that_was_not_told_waits() -> None:
    praise = stored(1, "feedback.left", 100, about="praise")
    told = stored(2, "feedback.left", 200, about="complaint")
    waiting = stored(3, "feedback.left", 300, about="complaint", rating="r")
    alert = stored(4, "alert.raised", 400, alert="a", what="complaint", feedback=told[0].event_id)

    (complaint,) = recall([praise, told, waiting, alert], now=NOW).complaints

    assert (complaint.feedback, complaint.rating) == (waiting[0].event_id, "r")


def test_what_was_said_of_an_alert_that_is_not_stored_any_more_is_passed_over() -> None:
    rows = [
        stored(1, "alert.acknowledged", 1, alert="a", by="heron", after_s=1.0),
        stored(2, "alert.escalated", 2, alert="a", after_s=1.0),
        stored(3, "alert.resolved", 3, alert="a", how="talked", after_s=1.0),
        stored(4, "rating.amended", 4, rating="r", counts=True),
        stored(5, "device.health", 5),
    ]

    memory = recall(rows, now=NOW)

    assert (memory.open, memory.answers, memory.quiet_since_ms) == ((), (), None)


@pytest.mark.parametrize(
    ("boot", "wall_ms", "at_ms"),
    [
        (THIS, None, 70_000),  # its own clock
        (FORMER, 1_000_000_000 - 900_000, -300_000),  # a quarter of an hour ago, by the labels
        (FORMER, 1_000_000_000 - 5_000, 0),  # never within this boot
        (FORMER, None, 0),
    ],
)
def test_a_row_of_another_boot_is_placed_before_this_one(
    boot: str, wall_ms: int | None, at_ms: int
) -> None:
    assert monotonic_of(row(1, "x", boot=boot, at_ms=70_000, wall_ms=wall_ms), now=NOW) == at_ms
