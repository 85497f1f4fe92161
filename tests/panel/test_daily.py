"""What each button gave on each day."""

from __future__ import annotations

from typing import Any

from agent.outbox.rows import Dated
from agent.panel.daily import DAY_MS, count_days
from agent.panel.wear import HISTORY_DAYS

TODAY = 20_000


def pressed(
    key: str = "good", *, day: int = TODAY, at_ms: int = 0, boot: str = "b", **data: Any
) -> Dated:
    facts = {"key": key, "channel": "button", "counts": True, "flags": []} | data
    return Dated(boot, at_ms, day * DAY_MS + 1, facts)


def test_presses_are_counted_by_day_and_key() -> None:
    ratings = [pressed(day=TODAY - 1), pressed("bad"), pressed(at_ms=5_000)]

    first, second = count_days(ratings, today=TODAY)

    assert first.presses == {"good": 1}
    assert second.presses == {"bad": 1, "good": 1}


def test_days_without_a_press_stand_between_the_others() -> None:
    days = count_days([pressed(day=TODAY - 3)], today=TODAY)

    assert [sum(day.presses.values()) for day in days] == [1, 0, 0, 0]


def test_days_long_ago_and_days_to_come_are_left_out() -> None:
    ratings = [pressed(day=TODAY - HISTORY_DAYS), pressed(day=TODAY + 1), pressed(day=1)]

    (today,) = count_days(ratings, today=TODAY)

    assert today.presses == {}


def test_no_more_days_than_the_judgement_looks_back() -> None:
    ratings = [pressed(day=TODAY - back) for back in reversed(range(100))]

    assert len(count_days(ratings, today=TODAY)) == HISTORY_DAYS


def test_touches_and_button_tests_say_nothing_about_a_button() -> None:
    ratings = [pressed(channel="touch"), pressed(flags=["test"]), pressed(flags=["no_contact"])]

    (today,) = count_days(ratings, today=TODAY)

    assert today.presses == {"good": 1}


def test_a_press_of_an_unknown_day_is_left_out() -> None:
    (today,) = count_days([pressed()._replace(wall_ms=None)], today=TODAY)

    assert today.presses == {}


def test_a_key_that_is_hammered_on_gives_one_answer_and_quick_repeats() -> None:
    ratings = [
        pressed(at_ms=1_000),
        pressed(at_ms=1_150, counts=False),
        pressed(at_ms=1_450, counts=False),
        pressed(at_ms=1_751, counts=False),
    ]

    (today,) = count_days(ratings, today=TODAY)

    assert (today.answers["good"], today.presses["good"], today.quick["good"]) == (1, 4, 2)


def test_two_keys_and_two_boots_have_nothing_to_do_with_each_other() -> None:
    ratings = [
        pressed(at_ms=1_000),
        pressed("bad", at_ms=1_100),
        pressed(at_ms=1_200, boot="after a restart"),
    ]

    (today,) = count_days(ratings, today=TODAY)

    assert today.quick.total() == 0  # type: ignore[attr-defined]
