"""What the scripted customers do, and what of it should count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.demo.script import (
    APART_S,
    CHANGE,
    CRASH,
    CRASH_S,
    MASH,
    REPEAT,
    UNDECIDED,
    Act,
    Made,
    Tap,
    crash_at_s,
    expected,
    script,
)


def made(act: Act, contact: str | None = None) -> list[Made]:
    return [Made(tap.button, contact) for tap in act.thanked]


def duration_s(acts: tuple[Act, ...]) -> float:
    pauses_s = sum(tap.pause_s for act in acts for tap in act.taps)
    return pauses_s + APART_S * (len(acts) - 1)


@given(st.floats(20, 3600))
def test_from_20_seconds_on_there_are_12_presses_a_repeat_a_change_and_a_crash(s: float) -> None:
    acts = script(s)
    assert sum(len(act.thanked) for act in acts) >= 12
    assert acts[-1] == CRASH
    assert MASH in acts
    assert UNDECIDED in acts or {REPEAT, CHANGE} <= set(acts)


@given(st.floats(20, 3600))
def test_everything_before_the_crash_fits_before_it(seconds: float) -> None:
    assert duration_s(script(seconds)[:-1]) + APART_S <= crash_at_s(seconds) + 1.0
    assert crash_at_s(seconds) == seconds - CRASH_S


@given(st.floats(1, 19.9))
def test_a_short_demo_has_a_short_script_without_a_crash(seconds: float) -> None:
    acts = script(seconds)
    assert duration_s(acts) < seconds or len(acts) <= 1
    assert CRASH not in acts


def test_a_longer_demo_has_more_customers() -> None:
    assert len(script(120)) > len(script(60)) > len(script(40))


@pytest.mark.parametrize(
    ("act", "counts"),
    [
        (Act("answer", (Tap(3),)), [True]),
        (REPEAT, [True, False]),
        (CHANGE, [False, True]),
        (UNDECIDED, [False, True, False]),
        (MASH, [False] * 8),
        (CRASH, [True]),
    ],
)
def test_one_act_alone(act: Act, counts: list[bool]) -> None:
    assert expected([made(act)]) == [counts]


def test_customers_nobody_sees_count_each() -> None:
    assert expected([made(REPEAT), made(CHANGE)]) == [[True, False], [False, True]]


def test_the_same_contact_answers_once() -> None:
    assert expected([made(REPEAT, "a"), made(CHANGE, "a")]) == [[True, False], [False, False]]


def test_another_contact_counts_again() -> None:
    assert expected([made(REPEAT, "a"), made(CHANGE, "b")]) == [[True, False], [False, True]]


def test_a_press_of_somebody_else_in_between_is_not_a_change_of_mind() -> None:
    assert expected([[Made(0, "a"), Made(4, "b")]]) == [[True, True]]


def test_a_toddler_has_not_answered_for_the_contact() -> None:
    assert expected([made(MASH, "a"), made(REPEAT, "a")]) == [[False] * 8, [True, False]]


def test_a_hammered_button_counts_once() -> None:
    assert expected([[Made(2)] * 6]) == [[True] + [False] * 5]


@given(st.lists(st.lists(st.builds(Made, st.integers(0, 4)), max_size=9), max_size=6))
def test_never_more_than_one_press_of_an_act_counts(acts: list[list[Made]]) -> None:
    verdicts = expected(acts)
    assert [len(v) for v in verdicts] == [len(a) for a in acts]
    assert all(sum(v) <= 1 for v in verdicts)
