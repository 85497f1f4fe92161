"""One instant, and how far its label can be trusted."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

Trust = Literal["synced", "estimated", "unknown"]


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
    """While not synced: it cannot have been before this."""
    latest_ms: int | None = None
    """While not synced: it cannot have been after this, where that is known."""

    @property
    def is_dated(self) -> bool:
        """Whether its time of day is known: the clock was synchronised, now or before."""
        told = self.trust == "synced" or self.latest_ms is not None
        return told and self.wall_ms is not None


class Clock(Protocol):
    """Where time comes from; `agent.testing.FakeClock` is the other one."""

    @property
    def floor_ms(self) -> int:
        """The true time now is not before this, in milliseconds since 1970 UTC."""
        ...

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


def iso_utc(wall_ms: int) -> str:
    """Write milliseconds since 1970 as RFC 3339 UTC with milliseconds."""
    return f"{_iso_second(wall_ms // 1000)}.{wall_ms % 1000:03d}Z"


@functools.lru_cache(maxsize=32)  # events come many to a second
def _iso_second(wall_s: int) -> str:
    return datetime.fromtimestamp(wall_s, tz=UTC).isoformat()[:19]
