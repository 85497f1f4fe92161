"""Which presses were kept: the host's list against the store and the broker. Pure.

A row carries its key and the guest's monotonic time, the host's list carries the key and its own;
the two clocks run alike and differ by one offset a boot. So every row finds its press even where
others are missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

TOLERANCE_S = 0.12
"""A press and its row: how far apart, once the clocks' offset is taken off. An emulated processor
that must wait for its turn sees an edge a little late."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button's line went down, as the host did it."""

    key: str
    at_s: float
    """Monotonic time of the host."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A `rating.given`, as the store or the broker has it."""

    event_id: str
    boot: str
    key: str
    at_s: float
    """Monotonic time of the guest."""


@dataclass(frozen=True, slots=True)
class Run:
    """One boot that ended in a cut: what the host did, saw, and found afterwards."""

    presses: tuple[Press, ...]
    acknowledged: int
    """How many were acknowledged, in order, from the first on."""
    stored: tuple[Rating, ...]
    """What the store held after the cut, of this boot."""
    delivered: Mapping[Rating, int]
    """What the broker got, of this boot, and how often; after the next boot as well."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the presses of one boot, or of several added up."""

    presses: int = 0
    acknowledged: int = 0
    stored: int = 0
    """Acknowledged presses the store still held after the cut."""
    delivered: int = 0
    """Acknowledged presses the broker got, by the end of the next boot."""
    lost: int = 0
    """Acknowledged presses missing in the store, or at the broker, or in both."""
    duplicates: int = 0
    """Deliveries of a key the broker had already got."""
    unacknowledged_kept: int = 0
    """Presses kept although the power went before the light came."""
    invented: int = 0
    """Ratings nobody pressed for."""

    def __add__(self, other: Verdict) -> Verdict:
        names = self.__dataclass_fields__
        return Verdict(**{name: getattr(self, name) + getattr(other, name) for name in names})


def judge(run: Run) -> Verdict:
    """Compare a boot's presses with what was kept of them."""
    known = sorted({*run.stored, *run.delivered}, key=lambda rating: rating.at_s)
    pairs = pair(run.presses, known)
    thanked = [pairs.get(index) for index in range(run.acknowledged)]
    late = [r for index, r in pairs.items() if index >= run.acknowledged and r in run.stored]
    return Verdict(
        presses=len(run.presses),
        acknowledged=run.acknowledged,
        stored=sum(rating in run.stored for rating in thanked),
        delivered=sum(rating in run.delivered for rating in thanked),
        lost=sum(r not in run.stored or r not in run.delivered for r in thanked),
        duplicates=sum(run.delivered.values()) - len(run.delivered),
        unacknowledged_kept=len(late),
        invented=len(known) - len(pairs),
    )


def pair(presses: Sequence[Press], ratings: Sequence[Rating]) -> dict[int, Rating]:
    """Return the rating of every press that has one, by the press's index.

    The clocks' offset is the one under which most ratings find a press.
    """
    offsets = [r.at_s - p.at_s for r in ratings[:3] for p in presses if p.key == r.key]
    found = [_pair_at(offset_s, presses, ratings) for offset_s in offsets]
    return max(found, key=len, default={})


def _pair_at(
    offset_s: float, presses: Sequence[Press], ratings: Sequence[Rating]
) -> dict[int, Rating]:
    pairs: dict[int, Rating] = {}
    first = 0
    for rating in ratings:
        for index in range(first, len(presses)):
            press = presses[index]
            apart_s = abs(rating.at_s - press.at_s - offset_s)
            if press.key == rating.key and apart_s <= TOLERANCE_S:
                pairs[index], first = rating, index + 1
                break
    return pairs


def reused_keys(ratings: Iterable[Rating]) -> list[str]:
    """Return the keys that stand for more than one fact: there may never be any."""
    counts = Counter(rating.event_id for rating in set(ratings))
    return sorted(key for key, count in counts.items() if count > 1)
