"""The clock that stands still: it moves only as told."""

from __future__ import annotations

from agent.clock import Moment
from agent.testing import FakeClock
from agent.testing.clock import BOOT


def test_both_clocks_advance_together() -> None:
    clock = FakeClock(monotonic_s=10.0, wall_ms=5_000)
    clock.advance(1.5)
    assert clock.monotonic() == 11.5
    assert clock.moment() == Moment(BOOT, 11_500, 6_500, "synced")


def test_an_earlier_instant_has_an_earlier_label() -> None:
    clock = FakeClock(monotonic_s=10.0, wall_ms=5_000)
    assert clock.moment(9.0) == Moment(BOOT, 9_000, 4_000, "synced")


def test_a_jump_moves_the_wall_clock_alone() -> None:
    clock = FakeClock(monotonic_s=10.0, wall_ms=5_000)
    clock.jump(99_000, trust="estimated")
    assert clock.moment() == Moment(BOOT, 10_000, 99_000, "estimated")
    clock.jump(None)
    assert clock.moment() == Moment(BOOT, 10_000, None, "unknown")


def test_a_reboot_begins_the_monotonic_clock_anew() -> None:
    clock = FakeClock()
    clock.reboot("another-boot")
    assert clock.moment() == Moment("another-boot", 0, None, "unknown")
    clock.reboot("a-third-boot", wall_ms=7_000)
    assert clock.moment() == Moment("a-third-boot", 0, 7_000, "estimated")


def test_the_floor_only_rises() -> None:
    clock = FakeClock()
    clock.raise_floor(20)
    clock.raise_floor(10)
    assert clock.floor_ms == 20
