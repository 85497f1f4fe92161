"""Feedback at one kiosk: what is asked for, who takes it, what the centre says of it."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from agent.clock import Clock
from agent.config.schema import KioskSettings
from agent.errors import ConfigError, StoreError
from agent.faults import Faults
from agent.feedback.casebook import CaseBook
from agent.feedback.desk import Desk, Store
from agent.feedback.hours import opening_hours
from agent.feedback.sealing import Seal, chosen_seal
from agent.feedback.sheet import feedback_sheet
from agent.feedback.slips import Slips
from agent.survey.catalogue import Catalogue
from agent.survey.offer import Offer, Sheet
from agent.survey.personal import WORDS
from agent.uplink.topics import Topics

log = logging.getLogger(__name__)


class Reception:
    """Make it before the first customer comes: it reads the centre's key.

    A key that cannot be used is a fault: words are then not asked for, everything else is.
    """

    def __init__(
        self, settings: KioskSettings, *, topics: Topics, clock: Clock, store: Store, faults: Faults
    ) -> None:
        self._settings = settings.feedback
        self._topics = topics
        self.cases = CaseBook()
        """How cases stand."""
        self.hours = opening_hours(settings.site)
        """When the site is open."""
        seal = self._seal(faults)
        self.left_out = WORDS - self._settings.takes if seal else WORDS
        """Kinds of question whose answers could not be kept."""
        self.desk = Desk(
            self._settings,
            hours=self.hours,
            source=topics.source,
            clock=clock,
            store=store,
            slips=Slips(Path(settings.store.path).parent / "feedback"),
            seal=seal,
        )
        """Who takes what customers leave."""

    def offer(self, sheets: Sequence[Sheet], *, catalogue: Catalogue) -> Offer:
        """Return what customers are asked: the company's sheets, and the built-in one if needed."""
        built_in = feedback_sheet(self._settings, beside=sheets)
        return Offer(
            [*sheets, *([] if built_in is None else [built_in])],
            catalogue=catalogue,
            now=lambda: datetime.now(self.hours.zone),
            rng=random.Random(),  # noqa: S311 - the lots of a survey are no secret
            hours=self.hours,
            left_out=self.left_out,
        )

    async def recover(self) -> None:
        """File what customers had sent when the agent was ended without notice."""
        try:
            await self.desk.recover()
        except StoreError as error:  # the notes stay for the next start
            log.error("feedback of a former run is not filed yet: %s", error)  # noqa: TRY400

    @property
    def hears(self) -> dict[str, Callable[[bytes], None]]:
        """Who takes what the centre says, by topic; nothing where no case can be opened."""
        opens = self._settings.enabled or self._settings.takes
        return {self._topics.cases: self.cases.take} if opens else {}

    def _seal(self, faults: Faults) -> Seal | None:
        try:
            return chosen_seal(self._settings)
        except ConfigError as error:
            remedy = "mend it and start again: until then no words are asked for"
            faults.report("feedback", str(error), remedy=remedy)
            return None
