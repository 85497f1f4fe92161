"""Writes ratings and what becomes known about them, in an order that holds.

A rating's id exists only once it is committed, so an amendment waits for the rating it names;
amendments are written one after the other.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from agent.clock import Moment
from agent.errors import StoreError
from agent.events.catalogue import Channel, EventData, RatingAmended, RatingGiven
from agent.events.scale import Sentiment, sentiment
from agent.outbox.work import Receipt
from agent.visit.judge import RULE_VERSION, Amendment, Press, Verdict

REMEMBERED = 1000


class Store(Protocol):
    """Where facts are kept; the outbox, or a list in a test."""

    def append(self, data: EventData, *, at: Moment | None = None) -> Future[Receipt]:
        """Keep an event."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """A rating that a former run of the agent stored, with the last word on it."""

    press: Press
    event_id: str
    verdict: Verdict


class Ratings:
    """The ratings of one kiosk. Make it inside a running event loop."""

    def __init__(self, store: Store, *, keys: tuple[str, ...]) -> None:
        self._store = store
        self._keys = keys
        self._loop = asyncio.get_running_loop()
        self._ids: dict[int, asyncio.Future[str | None]] = {}
        self._queue: asyncio.Queue[Amendment] = asyncio.Queue()
        self._writing = asyncio.create_task(self._write_amendments())

    def give(
        self, press: Press, verdict: Verdict, *, channel: Channel, language: str, at: Moment
    ) -> asyncio.Future[Receipt]:
        """Write a rating; the future resolves when it is kept."""
        value, scale = self._value(press), len(self._keys)
        rating = RatingGiven.model_validate(
            {
                "key": press.key,
                "value": value,
                "scale": scale,
                "sentiment": sentiment(value, scale=scale),
                "channel": channel,
                "counts": verdict.counts,
                "flags": verdict.flags,
                "rule_version": RULE_VERSION,
                "contact": verdict.contact,
                "language": language,
                "crowd": press.crowd or None,
            }
        )
        self._remember(press.ref, self._loop.create_future())
        # Handed over at once: in a task of its own it would wait for its turn of the loop.
        kept = self._store.append(rating, at=at)
        return asyncio.ensure_future(self._learn_id(press.ref, kept))

    async def _learn_id(self, ref: int, kept: Future[Receipt]) -> Receipt:
        try:
            receipt = await asyncio.wrap_future(kept)
        except StoreError:
            self._ids[ref].set_result(None)
            raise
        self._ids[ref].set_result(receipt.event_id)
        return receipt

    def amend(self, amendments: list[Amendment]) -> None:
        """Write what became known, after everything written before."""
        for amendment in amendments:
            self._queue.put_nowait(amendment)

    def restore(self, told: list[Told]) -> None:
        """Learn the ids of a former run's ratings."""
        for rating in told:
            known: asyncio.Future[str | None] = self._loop.create_future()
            known.set_result(rating.event_id)
            self._remember(rating.press.ref, known)

    async def event_id(self, ref: int) -> str | None:
        """Return a rating's id, once it has one; None if the store could not keep it at all."""
        return await asyncio.shield(self._ids[ref])

    def sentiment(self, press: Press) -> Sentiment:
        """Return the class of an answer."""
        return sentiment(self._value(press), scale=len(self._keys))

    async def close(self) -> None:
        """Write everything that waits."""
        await self._queue.join()
        self._writing.cancel()

    def _value(self, press: Press) -> int:
        return self._keys.index(press.key) + 1

    def _remember(self, ref: int, event_id: asyncio.Future[str | None]) -> None:
        self._ids[ref] = event_id
        while len(self._ids) > REMEMBERED:
            del self._ids[next(iter(self._ids))]

    async def _write_amendments(self) -> None:
        while True:
            amendment = await self._queue.get()
            rating = await self.event_id(amendment.press.ref)
            if rating is not None:
                self._store.append(_amended(rating, amendment.verdict))
            self._queue.task_done()


def _amended(rating: str, verdict: Verdict) -> RatingAmended:
    return RatingAmended(
        rating=rating,
        counts=verdict.counts,
        flags=verdict.flags,
        rule_version=RULE_VERSION,
        contact=verdict.contact,
    )
