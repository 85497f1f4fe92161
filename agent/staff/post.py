"""The staff's side of one kiosk, put together: duty, lamps, door, and the counter's own broker.

panel ──► Door ──► Visit ──► Witness ──► Outbox
            │                   │ what was kept
            └─ PIN ──► Duty ◄───┘
                         └──► events, Lamps, CounterLine
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gpiozero.pins import Factory

from agent.clock import Clock, Moment
from agent.config.problem import ConfigFileError
from agent.config.schema import KioskSettings
from agent.events.catalogue import (
    ContactEnded,
    EventData,
    FeedbackLeft,
    RatingAmended,
    RatingGiven,
)
from agent.faults import Faults
from agent.outbox import Outbox, Receipt
from agent.staff.alert import Alert
from agent.staff.closing import closing_of
from agent.staff.counter import CounterLine
from agent.staff.door import Answers, Door, Voice
from agent.staff.duty import KINDS, Duty, Mouth
from agent.staff.keypad import Keys
from agent.staff.lamps import Lamps
from agent.staff.roster import Roster, load_roster
from agent.staff.settings import AlertSettings
from agent.staff.witness import Witness
from agent.uplink import Topics

HEARD: frozenset[type[EventData]] = frozenset(
    {RatingGiven, RatingAmended, ContactEnded, FeedbackLeft}
)
BROKER = "alert_broker"
PIN_REMEDY = "choose another pin in the alerts section, or mend its wiring"


@dataclass(frozen=True, slots=True)
class Place:
    """What a post is given by its kiosk."""

    beside: Path
    """The folder of the configuration: `staff.file` is relative to it."""
    topics: Topics
    outbox: Outbox
    clock: Clock
    faults: Faults
    factory: Factory | None
    """The pins; None where there are none."""


def can_be_heard(settings: AlertSettings, *, office: bool) -> bool:
    """Tell whether the page may offer to ask for someone.

    `office`: the staff's page is served. Where nobody could hear it, nothing is offered.
    """
    if not settings.enabled:
        return False
    if settings.offer_help is not None:
        return settings.offer_help
    wired = settings.light_pin is not None or settings.relay_pin is not None
    return wired or settings.broker is not None or office


class Post:
    """Make it inside a running event loop, `open_door` for the panel, then `start` it."""

    def __init__(self, settings: KioskSettings, place: Place) -> None:
        self._settings = settings
        self._place = place
        self._loop = asyncio.get_running_loop()
        report = partial(place.faults.report, remedy=PIN_REMEDY)
        self.lamps = Lamps(settings.alerts, factory=place.factory, report=report)
        """The light at the counter and the relay."""
        """The light at the counter and the relay."""
        self._line = self._make_line()
        self._door: Door | None = None
        self._press: Callable[[str, float], None] = lambda _key, _at_s: None
        self._roster = self._read_roster()
        self.duty = Duty(
            settings.alerts,
            settings.staff,
            repeat_window_s=settings.visit.repeat_window_s,
            mouth=Mouth(self._keep, self.lamps, self._tell_counter),
            clock=place.clock,
            roster=self._roster,
            closing=closing_of(settings.site),
        )
        self.store = Witness(place.outbox, clock=place.clock, listener=self.duty, kinds=HEARD)
        """What the visit keeps its events in."""

    def open_door(self, *, keys: tuple[str, ...], answers: Answers, voice: Voice) -> None:
        """Let the panel's presses through: to the visit, or as digits to the duty.

        Where nobody can sign on by buttons they all go straight to the visit.
        """
        self._press = answers.press
        by_buttons = Keys.of(self._settings.staff, keys=keys)
        if by_buttons.hold and self._roster is not None:
            self._door = Door(
                by_buttons, duty=self.duty, answers=answers, voice=voice, clock=self._place.clock
            )
            self._press = self._door.press

    def press(self, key: str, at_s: float) -> None:
        """Take an accepted press of the panel."""
        self._press(key, at_s)

    def release(self, key: str, at_s: float) -> None:
        """Take the release of a key of the panel."""
        if self._door is not None:
            self._door.release(key, at_s)

    async def start(self) -> None:
        """Take over from a former run, before anybody presses."""
        self.duty.restore(await asyncio.to_thread(self._place.outbox.recall, KINDS))
        if self._line is not None:
            self._line.start()

    async def stop(self) -> None:
        """Finish what is under way, switch everything off."""
        if self._door is not None:
            await self._door.close()
        self.duty.close()
        self.lamps.close()
        if self._line is not None:
            await asyncio.to_thread(self._line.stop)

    def _make_line(self) -> CounterLine | None:
        alerts, place = self._settings.alerts, self._place
        if alerts.broker is None or not alerts.enabled:
            return None
        return CounterLine(
            alerts.broker, topics=place.topics, clock=place.clock, on_change=self._line_changed
        )

    def _read_roster(self) -> Roster | None:
        file = self._settings.staff.file
        if file is None:
            return None
        try:
            return load_roster(self._place.beside / file)
        except ConfigFileError as error:
            remedy = "nobody can sign on until then: `smilepost check` tells all that is wrong"
            self._place.faults.report("staff", str(error).splitlines()[0], remedy=remedy)
            return None

    def _keep(self, event: EventData, at: Moment) -> Future[Receipt]:
        return self._place.outbox.append(event, at=at)

    def _tell_counter(self, alerts: tuple[Alert, ...]) -> None:
        if self._line is not None:
            self._line.show(alerts)

    def _line_changed(self, trouble: str | None) -> None:
        """Take the news over from the line's thread."""
        self._loop.call_soon_threadsafe(self._judge_line, trouble)

    def _judge_line(self, trouble: str | None) -> None:
        if trouble is None:
            self._place.faults.clear(BROKER, "the counter's broker is there")
        else:
            self._place.faults.report(BROKER, trouble, remedy="see alerts.broker")
