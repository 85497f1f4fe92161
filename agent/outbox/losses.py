"""What a damaged file lost, and the store it is salvaged into lacks as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from agent.events.catalogue import DataDropped
from agent.outbox.chores import GLANCE_ROWS, Chore, Step
from agent.outbox.positions import Stretch, gaps, merged
from agent.outbox.store import Store
from agent.outbox.views import View

RANGES_AN_EVENT = 500

Hole = tuple[str, Stretch]
"""An epoch's id, and the first and last sequence of what is missing of it."""


def holes_of(missing: Mapping[str, Sequence[Stretch]]) -> tuple[Hole, ...]:
    """Write what is missing by epoch as a list."""
    return tuple((epoch, stretch) for epoch, found in missing.items() for stretch in found)


def lacking(view: View, holes: Sequence[Hole]) -> tuple[list[Hole], tuple[Hole, ...]]:
    """Return what a store lacks of the first holes, and the holes not looked into yet.

    It looks at a few thousand rows at most: call it again with what it leaves.
    """
    lost: list[Hole] = []
    looked = 0
    for at, (epoch, (first, last)) in enumerate(holes):
        if looked >= GLANCE_ROWS or len(lost) >= RANGES_AN_EVENT:
            return lost, tuple(holes[at:])
        present = view.sequences(epoch, first, last, limit=GLANCE_ROWS)
        reached = last if len(present) < GLANCE_ROWS else present[-1]
        between = gaps(merged((n, n) for n in present), first=first, last=reached)
        lost += [(epoch, gap) for gap in between]
        looked += 1 + len(present)
        if reached < last:
            return lost, ((epoch, (reached + 1, last)), *holes[at + 1 :])
    return lost, ()


@dataclass(frozen=True, slots=True)
class TellLosses:
    """Records as dropped what a damaged file lost and the store does not have either."""

    name: ClassVar[str] = "record"

    holes: tuple[Hole, ...]

    def step(self, store: Store) -> Step:
        """Look into some holes."""
        lost, left = lacking(store, self.holes)
        rest: Chore | None = replace(self, holes=left) if left else None
        cuts = range(0, len(lost), RANGES_AN_EVENT)
        return Step(rest=rest, events=[_dropped(lost[n : n + RANGES_AN_EVENT]) for n in cuts])


def _dropped(holes: Sequence[Hole]) -> DataDropped:
    ranges: dict[str, tuple[Stretch, ...]] = {}
    for epoch, stretch in holes:
        ranges[epoch] = (*ranges.get(epoch, ()), stretch)
    count = sum(last - first + 1 for _, (first, last) in holes)
    return DataDropped.model_validate(
        {"reason": "damage", "retained_class": "any", "count": count, "ranges": ranges}
    )
