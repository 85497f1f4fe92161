"""The store as a visit sees it: ratings get the shift that serves, and what was kept is told.

One seam between the visit and the staff: a visit knows nothing of shifts and alerts.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from functools import partial
from typing import Protocol

from agent.clock import Clock, Moment
from agent.events.catalogue import EventData, RatingGiven
from agent.outbox.work import Receipt
from agent.staff.shifts import Shift

BEHIND_S = 0.02  # the light of a press comes first


class Store(Protocol):
    """Where facts are kept."""

    def append(self, data: EventData, *, at: Moment | None = None) -> Future[Receipt]:
        """Keep an event."""
        ...


class Listener(Protocol):
    """Who is told; the duty."""

    @property
    def shift(self) -> Shift | None:
        """Who is at the till."""
        ...

    def hear(self, event_id: str, data: EventData, at: Moment) -> None:
        """Take an event that was kept."""
        ...


class Witness:
    """A store around a store. Make it inside the event loop that the listener lives in."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        listener: Listener,
        kinds: frozenset[type[EventData]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._listener = listener
        self._kinds = kinds
        self._loop = asyncio.get_running_loop()

    def append(self, data: EventData, *, at: Moment | None = None) -> Future[Receipt]:
        """Keep an event; the listener hears of it once it is kept, if it wants to."""
        if type(data) not in self._kinds:
            return self._store.append(data, at=at)
        moment = at or self._clock.moment()
        shift = self._listener.shift
        if shift is not None and isinstance(data, RatingGiven):
            data = data.model_copy(update={"shift": shift.id})
        kept = self._store.append(data, at=moment)
        kept.add_done_callback(partial(self._tell, data, moment))
        return kept

    def _tell(self, data: EventData, at: Moment, kept: Future[Receipt]) -> None:
        """Hand over from the writer's thread."""
        if kept.exception() is None:
            news = partial(self._listener.hear, kept.result().event_id, data, at)
            self._loop.call_soon_threadsafe(self._loop.call_later, BEHIND_S, news)
