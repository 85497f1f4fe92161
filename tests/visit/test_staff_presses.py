"""Keys that were held to sign on: what was committed as answers does not count."""

from __future__ import annotations

from agent.outbox.rows import Epoch, Row
from agent.visit.judge import Judge, Press, Rules
from agent.visit.memory import recall

EPOCH = Epoch(1, "0123456789abcdef", "/a/b/c", "boot")


def flags(judge: Judge) -> list[tuple[bool, tuple[str, ...]]]:
    return [(a.verdict.counts, a.verdict.flags) for a in judge.known()]


def test_keys_held_by_staff_count_for_nothing() -> None:
    judge = Judge(Rules())
    judge.press(Press(1, "red", 0))
    judge.press(Press(2, "green", 500))

    judge.mark_staff("red", at_ms=0)
    judge.mark_staff("green", at_ms=500)

    assert flags(judge) == [(False, ("staff",)), (False, ("staff",))]


def test_the_answer_before_them_counts_again() -> None:
    judge = Judge(Rules())
    judge.press(Press(1, "okay", 0))
    judge.press(Press(2, "red", 2_000))

    (said,) = judge.mark_staff("red", at_ms=2_000)[:1]

    assert flags(judge) == [(True, ()), (False, ("staff",))]
    assert said.press.ref in {1, 2}


def test_a_customers_press_of_the_same_key_stays_an_answer() -> None:
    judge = Judge(Rules())
    judge.press(Press(1, "red", 0))
    judge.press(Press(2, "red", 20_000))

    judge.mark_staff("red", at_ms=20_000)

    assert flags(judge)[0] == (True, ())


def test_a_press_that_nobody_remembers_is_let_be() -> None:
    assert Judge(Rules()).mark_staff("red", at_ms=7) == []


def test_they_are_still_known_after_a_restart() -> None:
    row = Row(EPOCH.position(1), EPOCH, "rating.given", 1, 50, None, "unknown", None, "")
    given = {"key": "red", "counts": False, "flags": ["staff"]}

    (told,) = recall([(row, given)])

    assert told.press.staff
    assert not told.press.sound
