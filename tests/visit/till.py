"""A till for the tests of visits: everything around them is faked, and time leaps."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime

from agent.screen.views import Choice, Said
from agent.survey.catalogue import built_in_catalogue
from agent.survey.offer import Offer, Sheet
from agent.testing import FakeClock, LeapingLoop
from agent.testing.store import ListStore
from agent.visit import Stage, Visit
from agent.visit.settings import VisitSettings
from agent.visit.surveys import Desk

SETTINGS = VisitSettings(scale=3, reasons_s=3, thanks_s=0.5, thanks_survey_s=0.5)


def noon() -> datetime:
    """Return a time at which every questionnaire is in force."""
    return datetime(2026, 11, 23, 12, tzinfo=UTC)


def offer_of(*sheets: Sheet, now: Callable[[], datetime] = noon) -> Offer:
    """Return what asks these questionnaires, with the same lots in every run."""
    return Offer(sheets, catalogue=built_in_catalogue(), now=now, rng=random.Random(1))


def loop_clock() -> FakeClock:
    """Return the clock of the running loop: what sleeps moves it."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)
    return loop.clock


def now_s() -> float:
    """Return the monotonic seconds of the running loop."""
    return loop_clock().monotonic()


async def settle() -> None:
    """Let everything that needs no time be done."""
    for _ in range(20):
        await asyncio.sleep(0)


class Signals:
    """Lights and sound that count how often a kept answer was acknowledged."""

    def __init__(self) -> None:
        self.kept = 0

    def wait(self) -> None:
        pass

    def acknowledge(self, *, durable: bool) -> None:
        self.kept += durable


class Till:
    """A visit with one questionnaire behind the rating, and a customer at its page."""

    def __init__(
        self, sheet: Sheet, *, languages: tuple[str, ...] = ("en",), desk: Desk | None = None
    ) -> None:
        self.store, self.signals = ListStore(), Signals()
        self.stages: list[Stage] = []
        self.visit = Visit(
            SETTINGS,
            keys=(),
            languages=languages,
            store=self.store,
            offer=offer_of(sheet),
            clock=loop_clock(),
            acknowledgement=self.signals,
            show=self.stages.append,
            desk=desk,
        )
        self.visit.prompt(on=True)

    @property
    def stage(self) -> Stage:
        return self.visit.stage

    async def press(self, key: str = "good", *, later_s: float = 0.0) -> None:
        self.visit.press(key, at_s=now_s() + later_s)
        await settle()

    async def choose(self, option: str) -> str | None:
        refused = self.visit.choose(Choice(revision=self.stage.revision, option=option))
        await settle()
        return refused

    async def hear(self, said: Said) -> str | None:
        refused = self.visit.hear(said)
        await settle()
        return refused
