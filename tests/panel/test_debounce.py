"""Which edges of a bouncing contact are a press."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.panel.debounce import Change, Debounce, Limits

LIMITS = Limits()
Trace = Sequence[tuple[float, bool]]


def play(trace: Trace, *, until_ms: float, held: bool = False) -> list[Change]:
    """Feed edges given in milliseconds, and let the machine tick whenever it is due."""
    machine = Debounce(LIMITS, level=held, now_s=0.0)
    changes: list[Change] = []
    for at_ms, level in trace:
        changes += machine.edge(at_ms / 1000, level=level)
    return changes + machine.tick(until_ms / 1000)


def names(changes: list[Change]) -> list[str]:
    return [change.name for change in changes]


def test_a_clean_press_is_accepted_and_dated_by_its_edge() -> None:
    changes = play([(100, True), (300, False)], until_ms=400)

    assert changes == [Change("pressed", 0.100), Change("released", 0.300)]


def test_a_press_is_certain_after_five_milliseconds() -> None:
    machine = Debounce(LIMITS, level=False, now_s=0.0)
    machine.edge(0.1, level=True)

    assert machine.due_s == pytest.approx(0.105)
    assert machine.tick(0.1049) == []
    assert names(machine.tick(0.1051)) == ["pressed"]


def test_a_tap_of_twenty_milliseconds_is_a_press() -> None:
    assert names(play([(0, True), (20, False)], until_ms=100)) == ["pressed", "released"]


def test_bounce_at_both_ends_is_one_press() -> None:
    trace = [
        (0.0, True),
        (0.4, False),
        (0.9, True),
        (1.5, False),
        (2.0, True),
        (80.0, False),
        (80.6, True),
        (81.1, False),
        (83.0, True),
        (83.4, False),
    ]

    assert play(trace, until_ms=200) == [Change("pressed", 0.0), Change("released", 0.0834)]


def test_a_glitch_without_a_confirmed_level_is_nothing() -> None:
    assert play([(0, True), (2, False)], until_ms=100) == []


def test_a_contact_that_drops_out_while_held_is_one_press() -> None:
    trace = [(0, True), (100, False), (110, True), (400, False)]

    assert names(play(trace, until_ms=500)) == ["pressed", "released"]


def test_two_taps_a_tenth_of_a_second_apart_are_two_presses() -> None:
    trace = [(0, True), (40, False), (140, True), (180, False)]

    assert names(play(trace, until_ms=300)) == ["pressed", "released"] * 2


def test_a_key_held_ten_seconds_is_stuck_and_freed_when_released() -> None:
    changes = play([(0, True), (12_000, False)], until_ms=13_000)

    assert names(changes) == ["pressed", "stuck", "released", "freed"]


def test_a_key_held_at_the_start_is_muted_until_released() -> None:
    trace = [(5_000, False), (6_000, True), (6_100, False)]

    assert names(play(trace, until_ms=7_000, held=True)) == [
        "released",
        "freed",
        "pressed",
        "released",
    ]


def test_time_never_runs_backwards() -> None:
    machine = Debounce(LIMITS, level=False, now_s=1.0)
    machine.edge(0.5, level=True)

    assert machine.tick(1.1)[0].at_s == 1.0


GAPS = st.lists(st.floats(min_value=0.01, max_value=400), max_size=40)


@given(GAPS)
def test_presses_and_releases_alternate_whatever_the_contact_does(gaps: list[float]) -> None:
    at_ms, level = 0.0, False
    trace: list[tuple[float, bool]] = []
    for gap in gaps:
        at_ms, level = at_ms + gap, not level
        trace.append((at_ms, level))
    found = [n for n in names(play(trace, until_ms=at_ms + 5_000)) if n in {"pressed", "released"}]

    assert all(a != b for a, b in itertools.pairwise(found))
    assert not found or found[0] == "pressed"


@given(
    st.lists(
        st.lists(st.floats(min_value=0.05, max_value=1.5), max_size=6).map(tuple),
        min_size=1,
        max_size=8,
    )
)
def test_any_number_of_presses_with_any_bounce_is_counted_exactly(
    bounces: list[tuple[float, ...]],
) -> None:
    trace: list[tuple[float, bool]] = []
    at_ms = 0.0
    for bounce in bounces:
        for level in (True, False):
            at_ms += 150
            trace.append((at_ms, level))
            for gap in bounce:
                at_ms += gap
                trace.append((at_ms, not level))
                at_ms += gap
                trace.append((at_ms, level))

    assert names(play(trace, until_ms=at_ms + 1_000)).count("pressed") == len(bounces)
