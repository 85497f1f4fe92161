"""Time, as far as it can be known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.clock import RELEASE_FLOOR_MS, SystemClock, iso_utc, judge_wall
from agent.clock.anchor import Anchor, Reading
from agent.clock.system import known_floor_ms
from agent.testing import FakeClock

NOW_MS = RELEASE_FLOOR_MS + 30 * 86_400_000
HOUR_MS = 3_600_000
BOOT = "00000000-0000-4000-8000-000000000007"


class Clocks:
    """Both clocks of a machine, set by hand."""

    def __init__(self, wall_ms: int, error_ms: int | None = None) -> None:
        self.now = Reading(60_000, wall_ms, error_ms)

    def __call__(self) -> Reading:
        return self.now

    def pass_time(self, passed_ms: int) -> None:
        now = self.now
        self.now = Reading(now.monotonic_ms + passed_ms, now.wall_ms + passed_ms, now.error_ms)

    def set(self, wall_ms: int, error_ms: int | None) -> None:
        self.now = Reading(self.now.monotonic_ms, wall_ms, error_ms)


def clock_on(clocks: Clocks) -> SystemClock:
    return SystemClock(floor_ms=RELEASE_FLOOR_MS, read=clocks, boot=BOOT)


def test_a_synchronised_clock_is_believed_whatever_it_says() -> None:
    assert judge_wall(1, synced=True, floor_ms=1000) == (1, "synced")


def test_an_unsynchronised_clock_above_the_floor_is_an_estimate() -> None:
    assert judge_wall(2000, synced=False, floor_ms=1000) == (2000, "estimated")


def test_a_clock_below_the_floor_is_no_label_at_all() -> None:
    assert judge_wall(999, synced=False, floor_ms=1000) == (None, "unknown")


def test_a_boot_into_1970_has_no_label_and_a_floor() -> None:
    moment = clock_on(Clocks(wall_ms=12_000)).moment()

    assert (moment.wall_ms, moment.trust) == (None, "unknown")
    assert moment.earliest_ms == RELEASE_FLOOR_MS
    assert moment.latest_ms is None


def test_a_boot_with_the_time_of_the_last_shutdown_is_an_estimate_above_the_floor() -> None:
    moment = clock_on(Clocks(NOW_MS)).moment()

    assert (moment.wall_ms, moment.trust) == (NOW_MS, "estimated")
    assert moment.earliest_ms == RELEASE_FLOOR_MS


def test_a_synchronised_time_needs_no_interval() -> None:
    moment = clock_on(Clocks(NOW_MS, error_ms=5)).moment()

    assert (moment.wall_ms, moment.trust) == (NOW_MS, "synced")
    assert (moment.earliest_ms, moment.latest_ms) == (None, None)


def test_a_press_that_is_labelled_after_the_clock_was_set_has_the_newest_label() -> None:
    clocks = Clocks(wall_ms=12_000)
    clock = clock_on(clocks)
    pressed_s = clocks.now.monotonic_ms / 1000
    clocks.pass_time(80)
    clocks.set(NOW_MS, error_ms=5)

    moment = clock.moment(pressed_s)

    assert (moment.wall_ms, moment.trust) == (NOW_MS - 80, "synced")
    assert moment.monotonic_ms == 60_000


@pytest.mark.parametrize("jump_ms", [-400 * 24 * HOUR_MS, -5000, 5000, 400 * 24 * HOUR_MS])
def test_a_hand_that_sets_the_clock_back_or_forth_moves_no_label(jump_ms: int) -> None:
    clocks = Clocks(NOW_MS, error_ms=5)
    clock = clock_on(clocks)
    clock.moment()
    clocks.pass_time(1000)
    clocks.set(clocks.now.wall_ms + jump_ms, error_ms=None)

    moment = clock.moment()

    assert (moment.wall_ms, moment.trust) == (NOW_MS + 1000, "estimated")


def test_a_jump_before_any_synchronisation_is_followed_and_claims_nothing() -> None:
    clocks = Clocks(NOW_MS)
    clock = clock_on(clocks)
    clocks.set(NOW_MS + HOUR_MS, error_ms=None)

    moment = clock.moment()

    assert (moment.wall_ms, moment.trust) == (NOW_MS + HOUR_MS, "estimated")
    assert (moment.earliest_ms, moment.latest_ms) == (RELEASE_FLOOR_MS, None)


def test_without_a_time_server_the_interval_is_known_from_both_sides_and_widens() -> None:
    clocks = Clocks(NOW_MS, error_ms=5)
    clock = clock_on(clocks)
    clock.moment()
    widths = []
    for _ in range(2):
        clocks.pass_time(24 * HOUR_MS)
        clocks.set(clocks.now.wall_ms, error_ms=None)
        moment = clock.moment()
        assert moment.earliest_ms is not None
        assert moment.latest_ms is not None
        assert moment.earliest_ms < clocks.now.wall_ms < moment.latest_ms
        widths.append(moment.latest_ms - moment.earliest_ms)

    assert widths == [2 * (255 + 8640), 2 * (255 + 2 * 8640)]


def test_synced_is_not_said_of_a_clock_the_kernel_still_believes_after_many_hours() -> None:
    clocks = Clocks(NOW_MS, error_ms=5)
    clock = clock_on(clocks)
    clock.moment()
    clocks.pass_time(4 * HOUR_MS)
    clocks.set(clocks.now.wall_ms, error_ms=7205)
    assert clock.moment().trust == "synced"

    clocks.pass_time(2 * HOUR_MS)
    clocks.set(clocks.now.wall_ms, error_ms=10_805)

    assert clock.moment().trust == "estimated"


def test_an_agent_that_starts_with_a_vaguely_kept_clock_tells_the_interval() -> None:
    moment = clock_on(Clocks(NOW_MS, error_ms=9000)).moment()

    assert moment.trust == "estimated"
    assert (moment.earliest_ms, moment.latest_ms) == (NOW_MS - 9250, NOW_MS + 9250)


def test_a_new_run_takes_up_what_the_last_one_knew() -> None:
    clocks = Clocks(12_000)
    clock = clock_on(clocks)
    clock.resume(Anchor(60_000, NOW_MS - 60_000, 900))

    moment = clock.moment()

    assert (moment.wall_ms, moment.trust) == (NOW_MS, "estimated")
    assert moment.latest_ms == NOW_MS + 900


def test_what_the_clock_says_now_outdoes_what_a_former_run_knew() -> None:
    clock = clock_on(Clocks(NOW_MS, error_ms=5))
    clock.moment()
    clock.resume(Anchor(50_000, 777, 10))

    assert clock.moment().wall_ms == NOW_MS


def test_the_floor_only_rises() -> None:
    clock = clock_on(Clocks(NOW_MS))
    clock.raise_floor(0)
    assert clock.floor_ms == RELEASE_FLOOR_MS

    clock.raise_floor(NOW_MS + HOUR_MS)

    assert clock.floor_ms == NOW_MS + HOUR_MS - 2000
    assert clock.moment().trust == "unknown"


def test_the_floor_goes_with_the_time() -> None:
    clocks = Clocks(12_000)
    clock = clock_on(clocks)
    clock.raise_floor(NOW_MS)
    clocks.pass_time(HOUR_MS)

    assert clock.floor_ms == NOW_MS - 2000 + HOUR_MS - 360


def test_an_instant_in_the_past_has_a_lower_floor() -> None:
    clocks = Clocks(12_000)
    clock = clock_on(clocks)
    earliest_ms = clock.moment(clocks.now.monotonic_ms / 1000 - 10).earliest_ms

    assert earliest_ms == RELEASE_FLOOR_MS - 10_001


def test_a_floor_that_was_wrong_gives_way_to_a_time_service() -> None:
    clocks = Clocks(NOW_MS, error_ms=50)
    clock = clock_on(clocks)
    clock.raise_floor(NOW_MS + 999 * HOUR_MS)

    assert clock.floor_ms == NOW_MS - 300


def test_the_floor_is_the_last_time_timesyncd_saved(tmp_path: Path) -> None:
    saved = tmp_path / "clock"
    saved.touch()
    os.utime(saved, ns=(0, NOW_MS * 1_000_000))

    assert known_floor_ms(saved=saved) == NOW_MS


@pytest.mark.parametrize("saved_s", [None, 1000])
def test_without_one_or_with_an_older_one_it_is_this_release(
    tmp_path: Path, saved_s: int | None
) -> None:
    saved = tmp_path / "clock"
    if saved_s is not None:
        saved.touch()
        os.utime(saved, (0, saved_s))

    assert known_floor_ms(saved=saved) == RELEASE_FLOOR_MS


def test_an_instant_of_this_machine_is_dated_back_on_both_clocks() -> None:
    clock = SystemClock()
    now = clock.moment()
    before = clock.moment(now.monotonic_ms / 1000 - 2.0)

    assert len(now.boot) == 36
    assert now.monotonic_ms - before.monotonic_ms in {2000, 2001}
    assert (now.earliest_ms is None) == (now.trust == "synced")
    assert clock.monotonic() >= now.monotonic_ms / 1000


def test_times_are_written_as_utc_with_milliseconds() -> None:
    assert iso_utc(1_795_000_000_123) == "2026-11-18T11:06:40.123Z"


def test_the_fake_clock_moves_only_by_hand() -> None:
    clock = FakeClock()
    before = clock.moment()
    clock.advance(1.5)
    after = clock.moment()

    assert after.monotonic_ms - before.monotonic_ms == 1500
    assert clock.moment(clock.monotonic() - 1.5).wall_ms == before.wall_ms


def test_the_fake_clock_is_anchored_while_it_is_synced() -> None:
    clock = FakeClock(uncertainty_ms=30)
    assert clock.anchor == Anchor(1_000_000, 1_795_000_000_000 - 1_000_000, 30)

    clock.trust = "estimated"

    assert clock.anchor is None
