"""Which presses were kept: the host's list against the store and the broker. Pure.

A row carries its key and the guest's monotonic time, the host's list carries the key and its own;
the two clocks run alike and differ by one offset a boot. So every row finds its press even where
others are missing.

An acknowledgement does not say which press it is for, and an emulated processor that had to wait
for its turn may not have seen one that was let go and followed by another meanwhile. So each
acknowledgement must have a kept row of its own from before it; and no number may be missing in the
store, or a row lost in the middle could hide behind a later one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

CLOCKS_S = 0.05
"""How much the offset of the clocks may be mistaken."""
TOLERANCE_S = 1.0
"""A press and its row: how far apart at most, once the clocks' offset is taken off. An emulated
processor that must wait for its turn sees an edge late."""


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
    acknowledged: tuple[float, ...]
    """When the light came on for a kept answer, in order. Monotonic time of the host."""
    stored: tuple[Rating, ...]
    """What the store held after the cut, of this boot."""
    delivered: Mapping[Rating, int]
    """What the broker got, of this boot, and how often; after the next boot as well."""
    holes: int = 0
    """How many numbers were missing in the store between the first and the last of this boot."""


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
    """Acknowledgements without a row in the store and at the broker, and missing numbers."""
    unseen: int = 0
    """Presses that left no row although a later one did, and were not acknowledged."""
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
    offset_s = _offset(run.presses, pairs)

    def backed(ratings: Iterable[Rating]) -> int:
        return _backed(run.acknowledged, [rating.at_s - offset_s for rating in ratings])

    safe = [rating for rating in run.stored if rating in run.delivered]
    lost = len(run.acknowledged) - backed(safe) + run.holes
    return Verdict(
        presses=len(run.presses),
        acknowledged=len(run.acknowledged),
        stored=backed(run.stored),
        delivered=backed(run.delivered),
        lost=lost,
        unseen=max(pairs, default=-1) + 1 - len(pairs) if not lost else 0,
        duplicates=sum(run.delivered.values()) - len(run.delivered),
        unacknowledged_kept=len(run.stored) - backed(run.stored),
        invented=len(known) - len(pairs),
    )


def _offset(presses: Sequence[Press], pairs: Mapping[int, Rating]) -> float:
    """Return the guest's clock less the host's; 0 where no row is left to tell."""
    apart = [rating.at_s - presses[index].at_s for index, rating in pairs.items()]
    return median(apart) if apart else 0.0


def _backed(acknowledged: Sequence[float], kept: Iterable[float]) -> int:
    """Return how many acknowledgements have a row of their own from before them."""
    rows = sorted(kept)
    used = 0
    for at_s in acknowledged:
        used += used < len(rows) and rows[used] <= at_s + CLOCKS_S
    return used


def pair(presses: Sequence[Press], ratings: Sequence[Rating]) -> dict[int, Rating]:
    """Return the rating of every press that has one, by the press's index; both are in order.

    The clocks' offset is the one under which most ratings find a press, closest in time.
    """
    candidates = [r.at_s - p.at_s for r in ratings[:3] for p in presses if p.key == r.key]
    best = min((_align(o, presses, ratings) for o in candidates), key=_rank, default=None)
    if best is None or not best.pairs:
        return {}
    offset_s = median(ratings[r].at_s - presses[p].at_s for p, r in best.pairs)
    best = min(best, _align(offset_s, presses, ratings), key=_rank)
    return {p: ratings[r] for p, r in best.pairs}


@dataclass(frozen=True, slots=True)
class _Alignment:
    """Pairs of (press, rating) indices, both growing."""

    pairs: tuple[tuple[int, int], ...] = ()
    apart_s: float = 0.0
    """All the pairs' distances in time, added up."""


def _rank(alignment: _Alignment) -> tuple[int, float]:
    return -len(alignment.pairs), alignment.apart_s


def _align(offset_s: float, presses: Sequence[Press], ratings: Sequence[Rating]) -> _Alignment:
    """Return the alignment with the most pairs, of those the one closest in time.

    The usual table of two sequences: `row[j]` is the best for the presses so far and the first j
    ratings.
    """
    row = [_Alignment()] * (len(ratings) + 1)
    for p, press in enumerate(presses):
        above, row = row, [_Alignment()]
        for r, rating in enumerate(ratings):
            choices = [above[r + 1], row[r]]
            apart_s = abs(rating.at_s - press.at_s - offset_s)
            if press.key == rating.key and apart_s <= TOLERANCE_S:
                before = above[r]
                choices.append(_Alignment((*before.pairs, (p, r)), before.apart_s + apart_s))
            row.append(min(choices, key=_rank))
    return row[-1]


def reused_keys(ratings: Iterable[Rating]) -> list[str]:
    """Return the keys that stand for more than one fact: there may never be any."""
    counts = Counter(rating.event_id for rating in set(ratings))
    return sorted(key for key, count in counts.items() if count > 1)
