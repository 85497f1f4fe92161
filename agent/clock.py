"""Time, as far as a machine without a clock battery can know it.

A Raspberry Pi boots with the time of its last shutdown, or with 1970. So every fact carries the
boot id and the monotonic clock, which are always true, and the wall clock only as a label with a
word on how far it can be trusted.
"""

from __future__ import annotations

import ctypes
import functools
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

Trust = Literal["synced", "estimated", "unknown"]

# No wall clock before this release can be right.
RELEASE_FLOOR_MS = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIME_ERROR = 5  # <sys/timex.h>: what adjtimex returns while the clock is not synchronised
_TIMEX_BYTES = 256  # struct timex has 208 bytes on 64-bit Linux


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant: exact on the monotonic clock, labelled by the wall clock."""

    boot: str
    """The kernel's boot id."""
    monotonic_ms: int
    """CLOCK_MONOTONIC, milliseconds."""
    wall_ms: int | None
    """Milliseconds since 1970 UTC; None while unknown."""
    trust: Trust
    """Whether the wall clock was synchronised."""
    earliest_ms: int | None = None
    """While only estimated: it cannot have been before this."""


class Clock(Protocol):
    """Where time comes from; `agent.testing.FakeClock` is the other one."""

    def monotonic(self) -> float:
        """Return seconds of the monotonic clock."""
        ...

    def moment(self, monotonic_s: float | None = None) -> Moment:
        """Return the instant `monotonic_s`, or now."""
        ...

    def raise_floor(self, wall_ms: int) -> None:
        """Learn from a trusted stored time that it cannot be earlier than this now."""
        ...


def judge_wall(wall_ms: int, *, synced: bool, floor_ms: int) -> tuple[int | None, Trust]:
    """Decide what a wall clock reading is worth: (label or None, trust)."""
    if synced:
        return wall_ms, "synced"
    if wall_ms >= floor_ms:
        return wall_ms, "estimated"
    return None, "unknown"


def kernel_synced() -> bool:
    """Ask the kernel whether a time service has synchronised its clock."""
    query = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes = 0: read only
    state: int = _libc().adjtimex(query)
    return 0 <= state < _TIME_ERROR


@functools.cache  # opening it takes ten times as long as the question itself
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


class SystemClock:
    """The machine's own clocks."""

    def __init__(self, *, floor_ms: int = RELEASE_FLOOR_MS) -> None:
        self._boot = _BOOT_ID.read_text(encoding="ascii").strip()
        self._floor_ms = floor_ms

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


def iso_utc(wall_ms: int) -> str:
    """Write milliseconds since 1970 as RFC 3339 UTC with milliseconds."""
    stamp = datetime.fromtimestamp(wall_ms / 1000, tz=UTC)
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
