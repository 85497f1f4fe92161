"""Shifts: who is at the till, and how each shift ends."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.clock import Moment
from agent.events.catalogue import ShiftEnded, ShiftStarted
from agent.outbox.rows import Epoch, Row
from agent.staff.settings import StaffSettings
from agent.staff.shifts import Patience, Shift, ShiftEvent, Shifts, recall_shift

HOUR = 3_600_000
BOOT = "boot"


def make() -> Shifts:
    numbers = itertools.count(1)
    return Shifts(Patience(), new_id=lambda: f"s{next(numbers)}")


def endings(events: list[ShiftEvent] | list[ShiftEnded]) -> list[tuple[str, str, float]]:
    return [(e.shift, e.how, e.duration_s) for e in events if isinstance(e, ShiftEnded)]


def test_signing_on_begins_a_shift() -> None:
    shifts = make()

    assert shifts.sign_on("heron", how="page", now_ms=0) == [
        ShiftStarted(shift="s1", seller="heron", how="page")
    ]
    assert shifts.current == Shift("s1", "heron", 0, 0)


def test_signing_off_ends_it() -> None:
    shifts = make()
    shifts.sign_on("heron", how="page", now_ms=0)

    assert endings(shifts.sign_off(HOUR)) == [("s1", "signed_off", 3600.0)]
    assert shifts.current is None
    assert shifts.sign_off(HOUR) == []


def test_the_next_one_who_signs_on_takes_over() -> None:
    shifts = make()
    shifts.sign_on("heron", how="page", now_ms=0)

    ended, started = shifts.sign_on("wren", how="page", now_ms=2 * HOUR)

    assert endings([ended]) == [("s1", "handover", 7200.0)]
    assert started == ShiftStarted(shift="s2", seller="wren", how="page")


def test_who_signs_on_again_by_page_stays_signed_on() -> None:
    shifts = make()
    shifts.sign_on("heron", how="page", now_ms=0)

    assert shifts.sign_on("heron", how="page", now_ms=3 * HOUR) == []
    assert shifts.next_due_ms == 7 * HOUR


def test_the_same_pin_by_buttons_signs_on_and_off() -> None:
    shifts = make()

    assert [e.kind for e in shifts.enter_by_buttons("heron", now_ms=0)] == ["shift.started"]
    assert endings(shifts.enter_by_buttons("heron", now_ms=HOUR)) == [("s1", "signed_off", 3600.0)]
    assert shifts.current is None


def test_another_pin_by_buttons_is_a_handover() -> None:
    shifts = make()
    shifts.enter_by_buttons("heron", now_ms=0)

    kinds = [e.kind for e in shifts.enter_by_buttons("wren", now_ms=HOUR)]
    assert kinds == ["shift.ended", "shift.started"]


def test_a_shift_in_which_nothing_happens_ends() -> None:
    shifts = make()
    shifts.sign_on("heron", how="page", now_ms=0)
    shifts.be_active(HOUR)

    assert shifts.next_due_ms == 5 * HOUR
    assert shifts.tick(5 * HOUR - 1) == []
    assert endings(shifts.tick(5 * HOUR)) == [("s1", "timeout", 18000.0)]
    assert shifts.next_due_ms is None


def test_what_happened_earlier_does_not_shorten_a_shift() -> None:
    shifts = make()
    shifts.sign_on("heron", how="page", now_ms=HOUR)
    shifts.be_active(0)

    assert shifts.next_due_ms == 5 * HOUR


def test_a_shift_ends_when_the_site_closes() -> None:
    shifts = make()
    shifts.sign_on("heron", how="page", now_ms=0)
    shifts.close_at(2 * HOUR)

    assert shifts.next_due_ms == 2 * HOUR
    assert endings(shifts.tick(2 * HOUR)) == [("s1", "closing", 7200.0)]


def test_who_signs_on_after_closing_time_is_not_sent_home() -> None:
    shifts = make()
    shifts.close_at(2 * HOUR)
    shifts.sign_on("heron", how="page", now_ms=3 * HOUR)

    assert shifts.tick(3 * HOUR) == []
    assert shifts.next_due_ms == 7 * HOUR


def test_a_shift_that_was_over_is_ended_before_the_next_begins() -> None:
    shifts = make()
    shifts.sign_on("heron", how="page", now_ms=0)

    events = shifts.enter_by_buttons("heron", now_ms=9 * HOUR)

    assert [e.kind for e in events] == ["shift.ended", "shift.started"]
    assert endings(events)[0][1] == "timeout"


def test_patience_is_read_from_the_settings() -> None:
    assert Patience.of(StaffSettings(idle_hours=1.5)).idle_ms == 90 * 60_000


# -- after a restart -------------------------------------------------------------------------------


def stored(sequence: int, kind: str, at_ms: int, **facts: Any) -> tuple[Row, dict[str, Any]]:
    epoch = Epoch(1, "0123456789abcdef", "/a/b/c", BOOT)
    position = epoch.position(sequence)
    return Row(position, epoch, kind, 1, at_ms, None, "unknown", None, ""), facts


STARTED = stored(1, "shift.started", 1_000, shift="s1", seller="heron", how="page")
NOW = Moment(BOOT, HOUR, None, "unknown")


@pytest.mark.parametrize(
    ("rows", "shift"),
    [
        ([], None),
        ([STARTED], Shift("s1", "heron", 1_000, 1_000)),
        ([STARTED, stored(2, "rating.given", 9_000)], Shift("s1", "heron", 1_000, 9_000)),
        ([STARTED, stored(2, "shift.ended", 9_000, shift="s1")], None),
        ([stored(2, "rating.given", 9_000)], None),
    ],
)
def test_the_shift_of_a_former_run_goes_on(
    rows: list[tuple[Row, dict[str, Any]]], shift: Shift | None
) -> None:
    shifts = make()
    shifts.restore(recall_shift(rows, now=NOW))

    assert shifts.current == shift


def test_a_shift_that_timed_out_while_nobody_ran_is_ended_at_once() -> None:
    shifts = make()
    shifts.restore(Shift("old", "heron", -8 * HOUR, -6 * HOUR))

    assert endings(shifts.tick(0)) == [("old", "timeout", 8 * 3600.0)]


# -- always ----------------------------------------------------------------------------------------

MOVES = st.sampled_from(
    ["page:heron", "page:wren", "keys:heron", "keys:wren", "off", "tick", "act"]
)


@settings(deadline=None)
@given(st.lists(st.tuples(MOVES, st.integers(0, 3 * HOUR))), st.none() | st.integers(0, 20 * HOUR))
def test_every_shift_that_began_ended_once_or_goes_on(
    moves: list[tuple[str, int]], closes_ms: int | None
) -> None:
    shifts, now_ms, events = make(), 0, list[ShiftEvent]()
    shifts.close_at(closes_ms)
    for move, wait_ms in moves:
        now_ms += wait_ms
        name, _, seller = move.partition(":")
        if name == "page":
            events += shifts.sign_on(seller, how="page", now_ms=now_ms)
        elif name == "keys":
            events += shifts.enter_by_buttons(seller, now_ms=now_ms)
        elif name == "act":
            shifts.be_active(now_ms)
        else:
            events += shifts.sign_off(now_ms) if name == "off" else shifts.tick(now_ms)
    current = [] if shifts.current is None else [shifts.current.id]
    began = [e.shift for e in events if isinstance(e, ShiftStarted)]
    ended = [e.shift for e in events if isinstance(e, ShiftEnded)]

    assert ended + current == began, "one after the other, never two at a time"
