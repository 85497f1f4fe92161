"""Expression leaves vision only as sums over a batch of contacts.

Pure. Batches are disjoint and closed at exactly `size` contacts; an unfinished batch is never
given out, so no sum can be taken apart into people.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import Literal

from agent.events.catalogue import ClassSeconds
from agent.vision.measurement import Measured

SMILED_S = 0.5
"""A contact smiled when it did for this long: shorter is a twitch or a word."""
LEAST = 3
"""No batch is smaller, whatever is configured."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One contact's measurement and when it was there, in seconds."""

    arrived_s: float
    left_s: float
    measured: Measured


@dataclass(frozen=True, slots=True)
class Batch:
    """Sums over `n` contacts; s and f are a contact's smile and face seconds."""

    n: int
    s: float
    f: float
    ss: float
    ff: float
    sf: float
    smiled: int
    classes: ClassSeconds | None
    span_s: float


class Batches:
    """Collects contacts until a batch is full."""

    def __init__(self, *, size: int, mode: Literal["smile", "emotion"]) -> None:
        self._size = max(size, LEAST)
        self.mode: Literal["smile", "emotion"] = mode
        self._waiting: list[Visit] = []

    def add(self, visit: Visit) -> Batch | None:
        """Add a contact that left; return the batch it completes. Unmeasured faces are left out."""
        if visit.measured.face_s <= 0:
            return None
        self._waiting.append(visit)
        if len(self._waiting) < self._size:
            return None
        full, self._waiting = self._waiting, []
        return summed(full, classes=self.mode == "emotion")


def summed(visits: list[Visit], *, classes: bool) -> Batch:
    """Sum the contacts of one batch."""
    pairs = [(visit.measured.smile_s, visit.measured.face_s) for visit in visits]
    return Batch(
        n=len(visits),
        s=fsum(s for s, _ in pairs),
        f=fsum(f for _, f in pairs),
        ss=fsum(s * s for s, _ in pairs),
        ff=fsum(f * f for _, f in pairs),
        sf=fsum(s * f for s, f in pairs),
        smiled=sum(s >= SMILED_S for s, _ in pairs),
        classes=_classes(visits) if classes else None,
        span_s=max(v.left_s for v in visits) - min(v.arrived_s for v in visits),
    )


def _classes(visits: list[Visit]) -> ClassSeconds:
    measured = [visit.measured for visit in visits]
    return ClassSeconds(
        positive=fsum(m.positive_s for m in measured),
        neutral=fsum(m.neutral_s for m in measured),
        negative=fsum(m.negative_s for m in measured),
    )
