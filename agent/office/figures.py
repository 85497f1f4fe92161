"""The day's figures for the pages: folded from the store's rows as `smilepost report` does it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from pathlib import Path

from agent.office.cases import Case, cases_of
from agent.report.asked import Asked
from agent.report.dating import LocalDay, date_facts
from agent.report.day import Day
from agent.report.fold import fold
from agent.report.ratings import read_ratings
from agent.report.reading import read_store
from agent.staff.batches import Counted

FRESH_S = 5.0
RATIO = 20.0
"""A reading is used for so many times as long as it took: it shares its core with presses."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one reading of the store gave."""

    day: Day
    answers: tuple[Counted, ...]
    """The counting answers of the day, for what may be shown in batches."""
    damaged: int = 0
    """Rows that were left out."""
    asked: Asked = field(default_factory=Asked)
    """The words of what was asked."""
    cases: tuple[Case, ...] = ()
    """What customers left, in the order of coming."""


def read_figures(store: Path, *, today: date, zone: tzinfo, asked: Asked | None = None) -> Figures:
    """Read what a store has of a day. Raises NotAStoreError. It takes a while: not on the loop."""
    local = LocalDay(today, zone)
    reading = read_store(store, local)
    day = fold(reading.messages, day=today, zone=zone, missing=reading.missing)
    facts = date_facts(reading.messages)
    ratings = read_ratings(facts).values()
    answers = tuple(
        Counted(rating.at_ms, rating.sentiment)
        for rating in ratings
        if rating.counts and rating.at_ms is not None and local.holds(rating.at_ms)
    )
    cases = cases_of(facts, local)
    return Figures(day, answers, reading.damaged, asked or Asked(), cases)


class Newsstand:
    """The newest figures, read again only when something has happened, and not too often.

    `newest` is the position of the store's newest event, `read` takes the day. Everything but the
    reading runs on the event loop.
    """

    def __init__(
        self,
        read: Callable[[date], Figures],
        *,
        newest: Callable[[], int],
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._newest = newest
        self._now = now
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._known: Figures | None = None
        self._of: tuple[int, date] | None = None
        self._until_s = 0.0

    async def figures(self) -> Figures:
        """Return today's figures. Raises NotAStoreError."""
        async with self._lock:
            wanted = (self._newest(), self._now().date())
            if self._known is None or self._may_read(wanted):
                self._known = await self._look(wanted)
            return self._known

    def _may_read(self, wanted: tuple[int, date]) -> bool:
        if self._of is None or self._of[1] != wanted[1]:
            return True
        return self._of != wanted and self._monotonic() >= self._until_s

    async def _look(self, wanted: tuple[int, date]) -> Figures:
        began_s = self._monotonic()
        found = await asyncio.to_thread(self._read, wanted[1])
        ended_s = self._monotonic()
        self._of = wanted
        self._until_s = ended_s + max(FRESH_S, RATIO * (ended_s - began_s))
        return found
