"""Checks of the counter: one count by hand at a time, what it came to, and what still holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from agent import __version__
from agent.errors import TallyError
from agent.events.catalogue import CountedHow, EventData, ModelRef
from agent.served.book import Book
from agent.served.calibration import (
    LEAST_TAPS,
    MOST_TAPS,
    Calibrated,
    Calibration,
    Models,
)
from agent.served.handcount import HandCount, Watched
from agent.served.matching import Outcome
from agent.served.tally import Source

LONGEST_MS = 8 * 3_600_000
"""Nobody counts for longer: a count that was left alone ends by itself."""

Refusal = Literal["no_source", "counting", "not_counting", "elsewhere", "full"]


class RefusedTallyError(TallyError):
    """The count by hand does not go on like this; `reason` names it for a page's own words."""

    def __init__(self, reason: Refusal, text: str) -> None:
        super().__init__(text)
        self.reason: Refusal = reason


@dataclass(frozen=True, slots=True)
class Setup:
    """What decides how a source counts."""

    digest: Callable[[], str]
    """Hash of its settings now."""
    late_ms: int
    """A contact is told of so long after it came."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one source."""

    source: Calibrated
    works: bool
    newest: Calibration | None
    stale: bool = False
    """The newest check was of another setup."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a count by hand came to for one source."""

    source: Calibrated
    outcome: Outcome
    kept: Calibration | None
    """None where too little could be compared, or nothing was counted."""


class Calibrator:
    """Hears from the registrar what every source tells, and from a page who is served.

    `setups` has the sources that can be checked. Make it inside the event loop's thread, and use
    it there only.
    """

    def __init__(
        self,
        setups: Mapping[Calibrated, Setup],
        *,
        book: Book,
        keep: Callable[[EventData], object],
        now_ms: Callable[[], int],
        today: Callable[[], date | None],
    ) -> None:
        self._setups = setups
        self._book = book
        self._keep = keep
        self._now_ms = now_ms
        self._today = today
        self._working: set[Source] = set()
        self._here: dict[Source, dict[str, int]] = {source: {} for source in setups}
        self._models: Models = {}
        self._count: HandCount | None = None
        self._holder = ""

    # -- what the registrar tells ---------------------------------------------------------------

    def works(self, source: Source, *, on: bool) -> None:
        """Learn that a source works, or no longer does."""
        (self._working.add if on else self._working.discard)(source)
        for watched in self._watched(source):
            watched.works(on=on, at_ms=self._now_ms())

    def arrives(self, source: Source, contact: str, *, arrived_ms: int) -> None:
        """Learn of a contact of a source, whether or not its count holds."""
        self._here.setdefault(source, {})[contact] = arrived_ms
        for watched in self._watched(source):
            watched.arrive(contact, arrived_ms=arrived_ms)

    def leaves(self, source: Source, contact: str, *, left_ms: int) -> None:
        """Learn that a contact of a source is gone."""
        self._here.setdefault(source, {}).pop(contact, None)
        for watched in self._watched(source):
            watched.leave(contact, left_ms=left_ms)

    def loses(self, source: Source, contacts: Iterable[str]) -> None:
        """Learn that a source sees contacts no more, whether they are gone or not."""
        for contact in contacts:
            self._here.setdefault(source, {}).pop(contact, None)
            for watched in self._watched(source):
                watched.lose(contact, at_ms=self._now_ms())

    def looks_with(self, models: Mapping[str, ModelRef]) -> None:
        """Learn which models a camera searches with."""
        if "detector" in models:
            self._models["detector"] = models["detector"]
        if "search" in models:
            self._models["search"] = models["search"]

    def models(self, source: Source) -> Models:
        """Return the models that a source searches with; a sensor has none."""
        return dict(self._models) if source == "camera" else {}

    def how(self, source: Source) -> CountedHow | None:
        """Return what travels with the counts of a source; None where nothing is known that holds.

        A check of another setup says nothing of this one, so it does not travel.
        """
        if source == "manual" or source not in self._setups:
            return None
        standing = self._standing(source)
        if standing.newest is None or standing.stale:
            return None
        return standing.newest.how()

    # -- what a page shows and does ---------------------------------------------------------------

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Return what is known of each source that can be checked."""
        return tuple(self._standing(source) for source in self._setups)

    @property
    def taps(self) -> int | None:
        """How many customers were tapped; None while nobody counts."""
        self._look()
        return None if self._count is None else len(self._count.taps)

    def held_by(self, holder: str) -> bool:
        """Tell whether this is who counts."""
        return self._count is not None and self._holder == holder

    def begin(self, *, holder: str) -> None:
        """Begin to count, if nobody does and there is a source. Raises RefusedTallyError."""
        self._look()
        if self._count is not None:
            raise RefusedTallyError("counting", "somebody counts: go on there, or take it over")
        if not self._working & self._setups.keys():
            raise RefusedTallyError("no_source", "neither camera nor sensor counts now: mend it")
        now_ms = self._now_ms()
        late_ms = {source: setup.late_ms for source, setup in self._setups.items()}
        self._count, self._holder = HandCount(now_ms, late_ms), holder
        for source, watched in self._count.sources.items():
            watched.works(on=source in self._working, at_ms=now_ms)
            for contact, arrived_ms in self._here[source].items():
                watched.arrive(contact, arrived_ms=arrived_ms)

    def take_over(self, *, holder: str) -> None:
        """Go on to count in another place. Raises RefusedTallyError."""
        self._running()
        self._holder = holder

    def tap(self, *, holder: str) -> None:
        """Note a customer. Raises RefusedTallyError."""
        count = self._held(holder)
        if len(count.taps) == MOST_TAPS:
            raise RefusedTallyError("full", f"{MOST_TAPS} are enough: finish the count")
        count.tap(self._now_ms())

    def undo(self, *, holder: str) -> None:
        """Forget the last tap. Raises RefusedTallyError."""
        self._held(holder).undo()

    def discard(self, *, holder: str) -> None:
        """Forget the count. Raises RefusedTallyError."""
        self._held(holder)
        self._count = None

    async def finish(self, *, holder: str) -> tuple[Verdict, ...]:
        """Compare, keep and publish. Raises RefusedTallyError, and OSError where the disk fails.

        Where there is too little for any source the count goes on, and nothing is kept.
        """
        count, now_ms = self._held(holder), self._now_ms()
        verdicts = tuple(
            self._judge(source, watched, count.taps, now_ms)
            for source, watched in count.sources.items()
        )
        if all(verdict.outcome.customers < LEAST_TAPS for verdict in verdicts):
            return verdicts
        self._count = None  # at once: a second press on the page finds nothing to finish
        kept = [verdict.kept for verdict in verdicts if verdict.kept is not None]
        try:
            for calibration in kept:
                await asyncio.to_thread(self._book.keep, calibration)
        except OSError:
            self._count = self._count or count  # somebody may have begun another meanwhile
            raise
        for calibration in kept:
            self._keep(calibration.event())
        return verdicts

    def _judge(
        self, source: Calibrated, watched: Watched, taps: Sequence[int], now_ms: int
    ) -> Verdict:
        outcome = watched.outcome(taps, at_ms=now_ms)
        if outcome.customers < LEAST_TAPS or not outcome.counted:
            return Verdict(source, outcome, None)
        kept = Calibration(
            source=source,
            **outcome._asdict(),
            span_s=watched.watched_ms(now_ms) / 1000,
            on=self._today(),
            software=__version__,
            setup=self._setups[source].digest(),
            models=self.models(source),
        )
        return Verdict(source, outcome, kept)

    # -- inside ---------------------------------------------------------------------------------

    def _watched(self, source: Source) -> list[Watched]:
        """Return who listens to a source: one while somebody counts."""
        self._look()
        if self._count is None or source == "manual":
            return []
        watched = self._count.sources.get(source)
        return [] if watched is None else [watched]

    def _standing(self, source: Calibrated) -> Standing:
        newest, works = self._book.newest(source), source in self._working
        if newest is None:
            return Standing(source, works, None)
        digest, models = self._setups[source].digest(), self.models(source)
        return Standing(source, works, newest, not newest.holds(setup=digest, models=models))

    def _look(self) -> None:
        """Forget a count that was left alone."""
        if self._count is not None and self._now_ms() - self._count.began_ms > LONGEST_MS:
            self._count = None

    def _running(self) -> HandCount:
        self._look()
        if self._count is None:
            raise RefusedTallyError("not_counting", "nobody counts: begin first")
        return self._count

    def _held(self, holder: str) -> HandCount:
        count = self._running()
        if self._holder != holder:
            raise RefusedTallyError("elsewhere", "somebody counts elsewhere: take it over first")
        return count
