"""Whose connection may stay when there are too many, and who comes too often. Pure."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from agent.http.pace import Pace

MOST_ADDRESSES = 256


@dataclass(slots=True, eq=False)
class Guest:
    """One connection that was let in."""

    peer: str
    """The address that it comes from."""
    transport: asyncio.Transport
    """Its TCP connection."""
    heard_s: float
    """When it last said something, or came; monotonic."""
    secure: asyncio.Transport | None = None
    """The same behind TLS."""
    known: bool = False
    """Somebody is signed in on it."""


def who_gives_way(guests: Iterable[Guest], *, to: str) -> Guest | None:
    """Return who leaves so that one more can come from the address `to`; None: nobody would.

    It is the one that has been silent longest of the address with the most connections, if that
    has more than `to`. Nobody who is signed in gives way.
    """
    present = tuple(guests)
    counts = Counter(guest.peer for guest in present)
    strangers = [guest for guest in present if not guest.known and counts[guest.peer] > counts[to]]
    return min(strangers, key=lambda guest: (-counts[guest.peer], guest.heard_s), default=None)


class PaceByAddress:
    """A pace for each address; those that have not come for longest are forgotten."""

    def __init__(
        self, *, per_s: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = partial(Pace, per_s=per_s, burst=burst, clock=clock)
        self._paces: OrderedDict[str, Pace] = OrderedDict()

    def take(self, address: str) -> bool:
        """Tell whether one more may come from an address now, and count it."""
        pace = self._paces.setdefault(address, self._make())
        self._paces.move_to_end(address)
        if len(self._paces) > MOST_ADDRESSES:
            self._paces.popitem(last=False)
        return pace.take()
