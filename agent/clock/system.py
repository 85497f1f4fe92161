"""The machine's own clocks."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from agent.clock.anchor import SYNCED_WITHIN_MS, Anchor, Floor, Reading, anchor_of, tighter
from agent.clock.kernel import TIMESYNCD_CLOCK
from agent.clock.moment import Moment, judge_wall
from agent.clock.reader import ClockReader
from agent.clock.release import RELEASE_FLOOR_MS

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def known_floor_ms(*, saved: Path = TIMESYNCD_CLOCK) -> int:
    """Return a time that has come, in UTC milliseconds: this release, or the last known time.

    systemd-timesyncd touches a file every minute once a server has told it the time.
    """
    try:
        saved_ms = saved.stat().st_mtime_ns // 1_000_000
    except OSError:  # another time service keeps this clock
        return RELEASE_FLOOR_MS
    return max(RELEASE_FLOOR_MS, saved_ms)


class SystemClock:
    """The machine's own clocks, and all that this boot has learnt of true time.

    Once a time service has synchronised the clock, the boot is dated for good: when the service
    falls silent, or somebody sets the clock by hand, labels go on by the monotonic clock, with an
    interval that widens slowly.
    """

    def __init__(
        self,
        *,
        floor_ms: int | None = None,
        read: Callable[[], Reading] | None = None,
        boot: str | None = None,
    ) -> None:
        self._boot = boot or _BOOT_ID.read_text(encoding="ascii").strip()
        self._read = read or ClockReader()
        self._anchor: Anchor | None = None
        found_ms = known_floor_ms() if floor_ms is None else floor_ms
        self._floor = Floor(self._read().monotonic_ms, found_ms)

    @property
    def boot(self) -> str:
        """The kernel's boot id."""
        return self._boot

    @property
    def floor_ms(self) -> int:
        """The true time now is not before this, in milliseconds since 1970 UTC."""
        reading = self.read()
        return self._earliest_ms(reading.monotonic_ms)

    @property
    def anchor(self) -> Anchor | None:
        """What is known of true time in this boot; None until it was synchronised."""
        return self._anchor

    def raise_floor(self, wall_ms: int) -> None:
        """Learn from a trusted stored time that it cannot be earlier than this now."""
        now_ms = self.read().monotonic_ms
        new = Floor(now_ms, wall_ms - SYNCED_WITHIN_MS)
        if new.at(now_ms) > self._floor.at(now_ms):
            self._floor = new

    def resume(self, anchor: Anchor) -> None:
        """Learn what an earlier run of this boot knew of true time."""
        self._anchor = anchor if self._anchor is None else tighter(anchor, self._anchor)

    def read(self) -> Reading:
        """Read both clocks, and learn from them."""
        reading = self._read()
        if (found := anchor_of(reading)) is not None:
            self._anchor = tighter(self._anchor, found)
        return reading

    def monotonic(self) -> float:
        """Return seconds of CLOCK_MONOTONIC."""
        return time.monotonic()

    def moment(self, monotonic_s: float | None = None) -> Moment:
        """Return the instant `monotonic_s` of this boot, or now.

        Its label follows what is known now, not what was known then.
        """
        reading = self.read()
        then_ms = reading.monotonic_ms if monotonic_s is None else int(monotonic_s * 1000)
        if self._anchor is None:
            return self._estimate(reading, then_ms)
        return self._date(self._anchor, reading, then_ms)

    def _date(self, anchor: Anchor, reading: Reading, then_ms: int) -> Moment:
        best_ms = anchor.best(then_ms)
        tight = anchor.uncertainty_at(then_ms) <= SYNCED_WITHIN_MS
        if reading.error_ms is not None and tight:
            return Moment(self._boot, then_ms, best_ms, "synced")
        return Moment(
            self._boot,
            then_ms,
            best_ms,
            "estimated",
            earliest_ms=anchor.earliest(then_ms),
            latest_ms=anchor.latest(then_ms),
        )

    def _estimate(self, reading: Reading, then_ms: int) -> Moment:
        floor_ms = self._floor.at(reading.monotonic_ms)
        wall_ms, trust = judge_wall(reading.wall_ms, synced=False, floor_ms=floor_ms)
        return Moment(
            self._boot,
            then_ms,
            None if wall_ms is None else wall_ms - (reading.monotonic_ms - then_ms),
            trust,
            earliest_ms=self._floor.at(then_ms),
        )

    def _earliest_ms(self, monotonic_ms: int) -> int:
        if self._anchor is not None:
            return self._anchor.earliest(monotonic_ms)
        return self._floor.at(monotonic_ms)
