"""Taps by hand against the contacts of a source, one to one. Pure.

Somebody beside the till taps once for each customer while he is there. A tap and a contact may be
the same customer when the tap lies within the contact, or at most `SLACK_MS` before or behind it.
Of all ways to pair them the one with the most pairs holds.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import NamedTuple

SLACK_MS = 5_000
"""A hand is late, and a face is seen late: longer than that it is somebody else."""


class Stay(NamedTuple):
    """One contact, milliseconds."""

    arrived_ms: int
    left_ms: int
    whole: bool = True
    """It came and went while it could be seen; a contact at the edges is none to judge by."""


class Tap(NamedTuple):
    """One customer, tapped by hand; milliseconds."""

    at_ms: int
    whole: bool = True
    """The source could have told of this customer; at the edges it could not."""


class Outcome(NamedTuple):
    """What the comparison came to. Every tap and every contact is in one of these."""

    found: int
    """Customers that both counted (true positives)."""
    missed: int
    """Customers that the source did not count (false negatives)."""
    invented: int
    """Contacts that were no customers (false positives)."""
    left_out: int
    """Taps and contacts at the edges."""

    @property
    def customers(self) -> int:
        """Customers that could be compared."""
        return self.found + self.missed

    @property
    def counted(self) -> int:
        """Contacts that could be compared."""
        return self.found + self.invented


def matched(taps: Iterable[Tap], stays: Iterable[Stay], *, slack_ms: int = SLACK_MS) -> int:
    """Return how many pairs there can be at most.

    Each tap in turn takes, of the contacts that hold it, the one that ends first. For intervals
    that is the largest matching (Glover 1967).
    """
    waiting = sorted((stay.arrived_ms - slack_ms, stay.left_ms + slack_ms) for stay in stays)
    begun: list[int] = []
    pairs = place = 0
    for tap in sorted(tap.at_ms for tap in taps):
        while place < len(waiting) and waiting[place][0] <= tap:
            heapq.heappush(begun, waiting[place][1])
            place += 1
        while begun and begun[0] < tap:
            heapq.heappop(begun)
        if begun:
            heapq.heappop(begun)
            pairs += 1
    return pairs


def compare(taps: Sequence[Tap], stays: Sequence[Stay], *, slack_ms: int = SLACK_MS) -> Outcome:
    """Pair taps with contacts. What is not whole excuses its partner, and is never held against.

    A contact is invented if no tap at all is left for it, a customer missed if no contact at all
    is. One matching does both at a time (Mendelsohn and Dulmage 1958), so nobody is counted twice.
    """
    inner_taps = [tap for tap in taps if tap.whole]
    inner_stays = [stay for stay in stays if stay.whole]
    found = matched(taps, inner_stays, slack_ms=slack_ms)
    missed = len(inner_taps) - matched(inner_taps, stays, slack_ms=slack_ms)
    invented = len(inner_stays) - found
    compared = 2 * found + missed + invented
    return Outcome(found, missed, invented, len(taps) + len(stays) - compared)
