"""A store for tests of rules: keeps events in a list, and can take its time."""

from __future__ import annotations

import itertools
from concurrent.futures import Future
from typing import TypeVar

from agent.clock import Moment
from agent.errors import StoreError
from agent.events.catalogue import EventData
from agent.outbox.work import Receipt

E = TypeVar("E", bound=EventData)


class ListStore:
    """Commits at once, unless `hold` is set: then `release` commits what waits."""

    def __init__(self, *, durable: bool = True) -> None:
        self.events: list[EventData] = []
        self.moments: list[Moment | None] = []
        self.hold = False
        self.broken = False
        """Whether nothing can be kept at all: every append fails."""
        self._durable = durable
        self._numbers = itertools.count(1)
        self._waiting: list[tuple[EventData, Moment | None, Future[Receipt]]] = []

    def append(self, data: EventData, *, at: Moment | None = None) -> Future[Receipt]:
        """Keep an event; its id is `event-<n>`."""
        future: Future[Receipt] = Future()
        if self.broken:
            future.set_exception(StoreError("the store is broken"))
            return future
        self._waiting.append((data, at, future))
        if not self.hold:
            self.release()
        return future

    def release(self) -> None:
        """Commit what waits, in order."""
        waiting, self._waiting = self._waiting, []
        for data, at, future in waiting:
            number = next(self._numbers)
            self.events.append(data)
            self.moments.append(at)
            future.set_result(Receipt(f"event-{number}", number, self._durable, 0.0))

    def of(self, kind: type[E]) -> list[E]:
        """Return the kept events of one class."""
        return [event for event in self.events if isinstance(event, kind)]
