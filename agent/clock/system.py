"""The machine's own clocks."""

from __future__ import annotations

import time
from pathlib import Path

from agent.clock.kernel import kernel_synced
from agent.clock.moment import Moment, judge_wall
from agent.clock.release import RELEASE_FLOOR_MS

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """The machine's own clocks."""

    def __init__(self, *, floor_ms: int = RELEASE_FLOOR_MS) -> None:
        self._boot = _BOOT_ID.read_text(encoding="ascii").strip()
        self._floor_ms = floor_ms

    @property
    def floor_ms(self) -> int:
        """The true time now is not before this, in milliseconds since 1970 UTC."""
        return self._floor_ms

    def raise_floor(self, wall_ms: int) -> None:
        """Learn from a trusted stored time that it cannot be earlier than this now."""
        self._floor_ms = max(self._floor_ms, wall_ms)

    def monotonic(self) -> float:
        """Return seconds of CLOCK_MONOTONIC."""
        return time.monotonic()

    def moment(self, monotonic_s: float | None = None) -> Moment:
        """Return the instant `monotonic_s` of this boot, or now."""
        now_s = time.monotonic()
        then_s = now_s if monotonic_s is None else monotonic_s
        wall_now_ms = time.time_ns() // 1_000_000
        wall, trust = judge_wall(wall_now_ms, synced=kernel_synced(), floor_ms=self._floor_ms)
        return Moment(
            boot=self._boot,
            monotonic_ms=int(then_s * 1000),
            wall_ms=None if wall is None else wall - int((now_s - then_s) * 1000),
            trust=trust,
            earliest_ms=self._floor_ms if trust == "estimated" else None,
        )
