"""A few glances at each contact's traits, and what becomes of them: sums over batches, alone.

A contact is looked at once it is one, three times at most, a second apart, where its face is seen
well enough; one face a frame. So a contact costs three runs of the net, however long it stays.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.events.catalogue import AgeBand, SexSums
from agent.vision.detector import Pixels
from agent.vision.expression import aligned
from agent.vision.faces import Face
from agent.vision.quality import is_readable, is_sharp
from agent.vision.tracking import Sighting
from agent.vision.traits import BANDS, Traits, averaged

GLANCES = 3
APART_S = 1.0
LEAST = 3
"""No batch is smaller, whatever is configured."""

ReadTraits = Callable[[Pixels, Face], Traits]


@dataclass(slots=True)
class _Glanced:
    looks: list[Traits] = field(default_factory=list)
    last_s: float = float("-inf")


class Glances:
    """What was read of those who are there now, by track."""

    def __init__(self, read: ReadTraits) -> None:
        self._read = read
        self._glanced: dict[int, _Glanced] = {}

    def look(self, picture: Pixels, sightings: Sequence[Sighting], *, at_s: float) -> None:
        """Glance at the face of one contact, if the time for one has come."""
        due = [s for s in sightings if self._due(s.track, at_s) and is_readable(s.face)]
        fewest = min(due, key=lambda s: len(self._of(s.track).looks), default=None)
        if fewest is None or not is_sharp(aligned(picture, fewest.face.eyes)):
            return
        glanced = self._glanced.setdefault(fewest.track, _Glanced())
        glanced.looks.append(self._read(picture, fewest.face))
        glanced.last_s = at_s

    def take(self, track: int) -> Traits | None:
        """Return what was read of one who is gone, and forget it; None where nothing was."""
        glanced = self._glanced.pop(track, None)
        return averaged(glanced.looks) if glanced is not None else None

    def clear(self) -> None:
        """Forget everybody."""
        self._glanced.clear()

    def _of(self, track: int) -> _Glanced:
        return self._glanced.get(track) or _Glanced()

    def _due(self, track: int, at_s: float) -> bool:
        glanced = self._of(track)
        return len(glanced.looks) < GLANCES and at_s - glanced.last_s >= APART_S


@dataclass(frozen=True, slots=True)
class TraitSums:
    """Sums over `n` contacts."""

    n: int
    bands: dict[AgeBand, int]
    sex: SexSums
    span_s: float


@dataclass(frozen=True, slots=True)
class Guest:
    """What was read of one contact that left, and when it was there, in seconds."""

    arrived_s: float
    left_s: float
    traits: Traits


class TraitBatches:
    """Collects contacts until a batch is full.

    A batch closes at `size` contacts and a random number more, below `size` again: so it never
    holds just those whom a batch of expressions holds, and the two cannot be joined.
    """

    def __init__(self, *, size: int, draw: Callable[[int], int] = secrets.randbelow) -> None:
        self._size = max(size, LEAST)
        self._draw = draw
        self._waiting: list[Guest] = []
        self._until = self._next()

    def add(self, guest: Guest) -> TraitSums | None:
        """Add a contact that left; return the batch it completes."""
        self._waiting.append(guest)
        if len(self._waiting) < self._until:
            return None
        full, self._waiting = self._waiting, []
        self._until = self._next()
        return summed(full)

    def _next(self) -> int:
        return self._size + self._draw(self._size)


def summed(guests: Sequence[Guest]) -> TraitSums:
    """Sum the contacts of one batch."""
    counts = Counter(guest.traits.band for guest in guests)
    male = round(sum(guest.traits.male for guest in guests), 1)
    return TraitSums(
        n=len(guests),
        bands={band: counts[band] for band in BANDS},
        sex=SexSums(female=round(len(guests) - male, 1), male=male),
        span_s=max(g.left_s for g in guests) - min(g.arrived_s for g in guests),
    )
