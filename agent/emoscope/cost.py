"""What looking costs: processor time a frame, frames a second, frames nobody looked at."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean, median

RECENT_S = 10.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Of the last ten seconds."""

    cpu_ms_per_frame: float
    """Of mask, motion gate, search, closer look, tracking and expression."""
    frames_per_s: float
    skipped: int
    """Since the start: pictures that a fresher one replaced before anybody looked."""


class CostMeter:
    """Adds up the frames of the last ten seconds."""

    def __init__(self) -> None:
        self._frames: deque[tuple[float, float]] = deque()
        self._skipped = 0

    def add(self, at_s: float, *, cpu_s: float, skipped: int = 0) -> None:
        """Take one frame looked at, and how many were not since the last."""
        self._frames.append((at_s, cpu_s))
        self._skipped += skipped
        while at_s - self._frames[0][0] > RECENT_S:
            self._frames.popleft()

    @property
    def cost(self) -> Cost:
        """What the last ten seconds cost; noughts before the second frame."""
        if len(self._frames) < 2:  # noqa: PLR2004 - a rate needs two frames
            return Cost(0.0, 0.0, self._skipped)
        passed_s = self._frames[-1][0] - self._frames[0][0]
        rate = (len(self._frames) - 1) / passed_s if passed_s > 0 else 0.0
        return Cost(1000 * fmean(cpu_s for _, cpu_s in self._frames), rate, self._skipped)


@dataclass(frozen=True, slots=True)
class Spread:
    """How the cost of single frames spreads. Milliseconds of processor time."""

    mean: float = 0.0
    median: float = 0.0
    most: float = 0.0
    """19 of 20 frames cost no more."""


def spread(values: Sequence[float]) -> Spread:
    """Return how values spread; noughts where there are none."""
    if not values:
        return Spread()
    ordered = sorted(values)
    return Spread(fmean(ordered), median(ordered), ordered[ceil(0.95 * len(ordered)) - 1])
