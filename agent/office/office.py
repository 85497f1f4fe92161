"""The office: the pages for people, started behind the customer's screen, and never in its way."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from agent.errors import SmilepostError
from agent.office.parts import Backstage

if TYPE_CHECKING:
    from agent.office.pages import Pages

REMEDY = "run `smilepost office`: it says what is configured and what is wrong"


class Office:
    """Pages for people of one kiosk. Make it inside a running event loop.

    Nothing listens unless `office.enabled`; what keeps it from listening is a fault, and presses go
    on. `now` tells the time by the site's clocks.
    """

    def __init__(
        self, backstage: Backstage, *, now: Callable[[tzinfo], datetime] = datetime.now
    ) -> None:
        self._backstage = backstage
        self._now = now
        self.pages: Pages | None = None
        """What is served; None while nothing is."""

    @property
    def port(self) -> int:
        """The TCP port in use; the configured one until started."""
        return self._backstage.settings.office.port if self.pages is None else self.pages.port

    async def start(self) -> None:
        """Listen where the configuration says so; a trouble is told as a fault."""
        if not self._backstage.settings.office.enabled:
            return
        # A kiosk without these pages starts sooner and stays smaller; one with them goes on
        # taking presses while they are loaded.
        module = await asyncio.to_thread(importlib.import_module, "agent.office.pages")
        pages: Pages = module.Pages(self._backstage, now=self._now)
        try:
            await pages.open()
        except SmilepostError as error:
            await pages.close()
            self._backstage.faults.report("office", str(error), remedy=REMEDY)
        else:
            self.pages = pages

    async def stop(self) -> None:
        """Listen no more and end every session."""
        if self.pages is not None:
            await self.pages.close()
        self.pages = None
