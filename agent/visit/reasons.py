"""The reasons screen: one short survey session after an answer. Partial answers are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from agent.clock import Clock
from agent.events.catalogue import Answer, Channel, ResponseGiven
from agent.outbox.work import Receipt
from agent.visit.ratings import Store

QUESTION = "reasons"
SKIP = "skip"

Ending = Literal["answered", "skipped", "timeout", "interrupted"]


@dataclass(slots=True)
class _Session:
    rating: int
    opened_s: float


class Reasons:
    """At most one session is open; it belongs to the last rating given while it was."""

    def __init__(
        self, store: Store, *, clock: Clock, rating_id: Callable[[int], Awaitable[str | None]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._rating_id = rating_id
        self._session: _Session | None = None

    def open(self, rating: int) -> None:
        """Begin to ask; while asked already, only the rating changes."""
        if self._session is None:
            self._session = _Session(rating, self._clock.monotonic())
        else:
            self._session.rating = rating

    async def close(
        self,
        ended: Ending,
        *,
        language: str,
        options: tuple[str, ...] = (),
        channel: Channel | None = None,
    ) -> Receipt | None:
        """End the session and keep its answer; None if none was open."""
        session, self._session = self._session, None
        if session is None:
            return None
        answer = Answer(
            question=QUESTION,
            options=options,
            ended=ended,
            duration_s=round(self._clock.monotonic() - session.opened_s, 3),
            language=language,
            channel=channel,
        )
        rating = await self._rating_id(session.rating)
        response = ResponseGiven(rating=rating, answers=(answer,))
        return await asyncio.wrap_future(self._store.append(response))
