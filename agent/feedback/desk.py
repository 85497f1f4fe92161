"""Takes what customers leave: one event for each of them, and the thanks that go with it."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from agent.clock import Clock
from agent.events.catalogue import EventData, FeedbackLeft
from agent.feedback.farewell import Told, farewell
from agent.feedback.hours import Hours
from agent.feedback.leaving import Filing, Left, feedback_left
from agent.feedback.phone import Ticket, draw_ticket, phone_url
from agent.feedback.qr import qr_path
from agent.feedback.sealing import Seal
from agent.feedback.settings import FeedbackSettings
from agent.feedback.slips import Slips
from agent.outbox.work import Receipt
from agent.screen.asked import Parting, QrCode

log = logging.getLogger(__name__)


class Store(Protocol):
    """Where events are kept; the outbox, or a list in a test."""

    def append(self, data: EventData) -> Future[Receipt]:
        """Keep an event."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What a customer left something behind."""

    case: str
    """The number of their case."""
    rating: str | None
    """The rating it follows."""
    response: str | None
    """The response it follows."""
    there: bool = False
    """Whether they are there to be told how it goes on."""


class Desk:
    """Files feedback. `seal` is how words are kept, None where none are taken."""

    def __init__(
        self,
        settings: FeedbackSettings,
        *,
        hours: Hours,
        source: str,
        clock: Clock,
        store: Store,
        slips: Slips,
        seal: Seal | None,
    ) -> None:
        self._settings = settings
        self._hours = hours
        self._source = source
        self._clock = clock
        self._store = store
        self._slips = slips
        self._seal = seal
        self._noted: set[str] = set()

    async def note(self, left: Left | None, *, behind: Behind) -> None:
        """Note what a customer has sent so far; None where they have taken it back."""
        if left is None:
            await self._forget(behind.case)
            return
        self._noted.add(behind.case)
        event = self._event(left, behind, now=self._now(), ticket=None)
        await asyncio.to_thread(self._slips.keep, event)

    async def recover(self) -> None:
        """File what a former run had noted and not filed; raises StoreError like `take`."""
        for event in await asyncio.to_thread(self._slips.found):
            log.warning("case %s is filed now: the agent had ended before", event.case)
            self._noted.add(event.case)
            await self._file(event)

    async def take(self, left: Left, *, behind: Behind) -> Parting:
        """Keep what a customer left, and return what the thanks say of it.

        No time is promised, and no address given that ends at one, while the time is not known.
        Raises StoreError where it cannot be kept.
        """
        now = self._now()
        ticket = None if now is None or not behind.there else self._ticket(now)
        await self._file(self._event(left, behind, now=now, ticket=ticket))
        told = Told(
            case=behind.case,
            language=left.language,
            promised_by=self._promised_by(now) if now and left.wants_reply else None,
            opens_at=None if now is None else self._opens_at(now),
            code=await self._code(ticket, language=left.language),
        )
        return farewell(told, settings=self._settings)

    async def _file(self, event: FeedbackLeft) -> None:
        receipt = await asyncio.wrap_future(self._store.append(event))
        if receipt.durable:
            await self._forget(event.case)

    async def _forget(self, case: str) -> None:
        if case in self._noted:
            self._noted.discard(case)
            await asyncio.to_thread(self._slips.drop, case)

    def _event(
        self, left: Left, behind: Behind, *, now: datetime | None, ticket: Ticket | None
    ) -> FeedbackLeft:
        filing = Filing(
            source=self._source,
            case=behind.case,
            rating=behind.rating,
            response=behind.response,
            promised_by=None if now is None else self._promised_by(now),
            ticket=ticket,
        )
        return feedback_left(left, filing, seal=self._seal)

    def _now(self) -> datetime | None:
        """Return the time, unless the clock has never been right."""
        moment = self._clock.moment()
        if moment.wall_ms is None or moment.trust == "unknown":
            return None
        return datetime.fromtimestamp(moment.wall_ms / 1000, tz=UTC)

    def _promised_by(self, now: datetime) -> datetime | None:
        within = timedelta(hours=self._settings.reply_within_hours)
        return self._hours.promised_by(now, within=within)

    def _opens_at(self, now: datetime) -> datetime | None:
        return None if self._hours.open_at(now) else self._hours.next_opening(now)

    def _ticket(self, now: datetime) -> Ticket | None:
        if self._settings.continue_url is None:
            return None
        return draw_ticket(expires=now + timedelta(hours=self._settings.continue_hours))

    async def _code(self, ticket: Ticket | None, *, language: str) -> QrCode | None:
        if ticket is None or self._settings.continue_url is None:
            return None
        url = phone_url(self._settings.continue_url, token=ticket.token, language=language)
        drawn = await asyncio.to_thread(qr_path, url)
        return QrCode(path=drawn.path, modules=drawn.size)
