"""Watches the clock of this boot, and keeps a `clock.corrected` whenever more is known of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from agent.clock.anchor import Anchor
from agent.clock.corrections import BootSpan, bound_boots
from agent.clock.knowledge import Knowledge, Look, recall_boot
from agent.clock.moment import Moment
from agent.events.catalogue import EventData

log = logging.getLogger(__name__)

_FOUND = "the clock is synchronised"
_LOST = "the clock is no longer synchronised: times are told with an interval"

SEEKING_S = 1.0
SYNCED_S = 30.0


class AnchoredClock(Protocol):
    """The clock that is watched."""

    @property
    def boot(self) -> str:
        """The boot's id."""
        ...

    @property
    def anchor(self) -> Anchor | None:
        """What is known of true time in this boot; None until it was synchronised."""
        ...

    def moment(self, monotonic_s: float | None = None) -> Moment:
        """Return the instant `monotonic_s`, or now."""
        ...

    def resume(self, anchor: Anchor) -> None:
        """Learn what an earlier run of this boot knew of true time."""
        ...


class ClockKeeper:
    """Tells what becomes known about the time of this boot, and of those before it.

    `keep` stores an event; `boots` reads what the store holds of every boot, oldest first, and is
    called once, in a thread.
    """

    def __init__(
        self,
        clock: AnchoredClock,
        *,
        keep: Callable[[EventData], object],
        boots: Callable[[], Sequence[BootSpan]],
    ) -> None:
        self._clock = clock
        self._keep = keep
        self._boots = boots
        self._known = Knowledge(clock.boot)
        self._before: tuple[BootSpan, ...] = ()
        self._synced = False

    async def run(self) -> None:
        """Watch until cancelled."""
        self.begin(await asyncio.to_thread(self._boots))
        while True:
            self.look()
            await asyncio.sleep(SYNCED_S if self._synced else SEEKING_S)

    def begin(self, spans: Sequence[BootSpan]) -> None:
        """Take up what the store knows of this boot and of those before."""
        boot = self._clock.boot
        own = next((span for span in spans if span.boot == boot), None)
        self._before = tuple(span for span in spans if span.boot != boot)
        self._known, anchor = recall_boot(boot, own)
        if anchor is not None:
            self._clock.resume(anchor)

    def look(self) -> None:
        """Look at the clock once, and tell what is new."""
        moment = self._clock.moment()
        synced = moment.trust == "synced"
        label_ms = None if moment.wall_ms is None else moment.wall_ms - moment.monotonic_ms
        anchor = self._clock.anchor if synced else None
        self._known, found = self._known.learn(Look(moment.monotonic_ms, anchor, label_ms))
        if found is not None:
            self._keep(found)
        if synced and self._before:
            self._bound()
        self._log(synced=synced)

    def _bound(self) -> None:
        """Date the boots before, once: this one is the first later boot that knows the time."""
        current = self._known.as_span()
        spans, self._before = self._before, ()
        for found in bound_boots((*spans, current)):
            if found.boot != current.boot:
                self._keep(found)

    def _log(self, *, synced: bool) -> None:
        if synced != self._synced:
            self._synced = synced
            log.info(_FOUND if synced else _LOST)
