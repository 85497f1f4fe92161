"""Time, as far as it can be known."""

from __future__ import annotations

import time

import pytest

from agent.clock import RELEASE_FLOOR_MS, SystemClock, iso_utc, judge_wall, kernel_synced
from agent.testing import FakeClock


def test_a_synchronised_clock_is_believed_whatever_it_says() -> None:
    assert judge_wall(1, synced=True, floor_ms=1000) == (1, "synced")


def test_an_unsynchronised_clock_above_the_floor_is_an_estimate() -> None:
    assert judge_wall(2000, synced=False, floor_ms=1000) == (2000, "estimated")


def test_a_clock_below_the_floor_is_no_label_at_all() -> None:
    assert judge_wall(999, synced=False, floor_ms=1000) == (None, "unknown")


def test_an_instant_in_the_past_is_dated_back_on_both_clocks() -> None:
    clock = SystemClock()
    now = clock.moment()
    before = clock.moment(time.monotonic() - 2.0)

    assert now.monotonic_ms - before.monotonic_ms == pytest.approx(2000, abs=100)
    if now.wall_ms is not None and before.wall_ms is not None:
        assert now.wall_ms - before.wall_ms == pytest.approx(2000, abs=100)


def test_an_estimate_carries_its_floor_and_a_synchronised_time_does_not() -> None:
    moment = SystemClock().moment()

    assert (moment.earliest_ms is not None) == (moment.trust == "estimated")
    assert len(moment.boot) == 36


def test_the_floor_only_rises() -> None:
    clock = SystemClock()
    clock.raise_floor(0)
    assert clock.moment().earliest_ms in {None, RELEASE_FLOOR_MS}

    far_ms = RELEASE_FLOOR_MS * 2
    clock.raise_floor(far_ms)

    if not kernel_synced():
        assert clock.moment().trust == "unknown"


def test_the_kernel_answers_whether_it_is_synchronised() -> None:
    assert kernel_synced() in {True, False}


def test_times_are_written_as_utc_with_milliseconds() -> None:
    assert iso_utc(1_795_000_000_123) == "2026-11-18T11:06:40.123Z"


def test_the_fake_clock_moves_only_by_hand() -> None:
    clock = FakeClock()
    before = clock.moment()
    clock.advance(1.5)
    after = clock.moment()

    assert after.monotonic_ms - before.monotonic_ms == 1500
    assert clock.moment(clock.monotonic() - 1.5).wall_ms == before.wall_ms
