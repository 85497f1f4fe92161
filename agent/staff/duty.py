"""Duty: the alerts and the shift of one kiosk at work, on its event loop.

The rules are pure (agent/staff/alerts.py, agent/staff/shifts.py). Here they hear what was kept,
one timer wakes them, and what they say is kept as an event, shown by the lamps, and told to the
counter's own broker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from agent.clock import Clock, Moment
from agent.events.catalogue import (
    ContactEnded,
    EventData,
    FeedbackLeft,
    RatingAmended,
    RatingGiven,
)
from agent.outbox.rows import Row
from agent.outbox.work import Receipt
from agent.staff import recall as alerts_memory
from agent.staff import shifts as shifts_memory
from agent.staff.alert import Action, Alert, Light, Relay, as_event
from agent.staff.alerts import Alerts, Rules
from agent.staff.heard import Answer, Complaint
from agent.staff.lockout import Lockout
from agent.staff.recall import recall
from agent.staff.refusals import RefusedError
from agent.staff.roster import Roster, Seller
from agent.staff.settings import AlertSettings, StaffSettings
from agent.staff.shifts import How, Patience, Shift, Shifts, recall_shift

log = logging.getLogger(__name__)

KINDS = (*alerts_memory.KINDS, *shifts_memory.KINDS)
"""Of the rows that `Duty.restore` reads."""
Closing: TypeAlias = Callable[[Shift, Moment], int | None]
"""Says when the site closes next after a shift's start, on the monotonic clock (ms); None where
that is not known, or never."""
LOOK_S = 0.2  # behind a press: its light is first, and a key that chatters is looked at once


class Switches(Protocol):
    """What lights up and rings at the counter."""

    def light(self, *, on: bool) -> None:
        """Switch the light."""
        ...

    def relay(self, *, on: bool) -> None:
        """Switch the relay."""
        ...


@dataclass(frozen=True, slots=True)
class Mouth:
    """How a duty makes itself heard."""

    keep: Callable[[EventData, Moment], Future[Receipt]]
    """Keeps an event, dated by the moment at which it was decided."""
    switches: Switches
    tell_counter: Callable[[tuple[Alert, ...]], None] = lambda _alerts: None
    """Hears the open alerts that the counter may know, whenever one of them has changed."""


class Duty:
    """Who is told what, and who is at the till. Make it inside a running event loop.

    `repeat_window_s` is how long a customer may change an answer; without a `roster` nobody can
    sign on.
    """

    def __init__(
        self,
        alerts: AlertSettings,
        staff: StaffSettings,
        *,
        repeat_window_s: float,
        mouth: Mouth,
        clock: Clock,
        roster: Roster | None = None,
        closing: Closing | None = None,
    ) -> None:
        self._settings = alerts
        self._alerts = Alerts(Rules.of(alerts, repeat_window_s=repeat_window_s))
        self._shifts = Shifts(Patience.of(staff))
        self._mouth = mouth
        self._clock = clock
        self._roster = roster
        self._closing = closing
        self._lockouts: dict[How, Lockout] = {"buttons": Lockout(), "page": Lockout()}
        self._at_counter: tuple[Alert, ...] = ()
        self._timer: asyncio.TimerHandle | None = None

    # -- for the pages of people ----------------------------------------------------------------

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be said to have been done, as configured: `how` of `resolve`."""
        return self._settings.actions

    @property
    def shift(self) -> Shift | None:
        """Who is at the till."""
        return self._shifts.current

    @property
    def language(self) -> str | None:
        """What who is at the till wants to read; None where nobody is, or does not say."""
        if self.shift is None or self._roster is None:
            return None
        return self._roster.language_of(self.shift.seller)

    def open_alerts(self) -> tuple[Alert, ...]:
        """Return the alerts that are not resolved, in the order of raising.

        Show an alert only to its `audience`: at the till nobody may see those of the manager.
        """
        return self._alerts.open

    def age_s(self, alert: Alert) -> float:
        """Return the seconds since an alert was raised."""
        return alert.after_s(self._now_ms())

    def acknowledge(self, alert: str, *, by: str) -> None:
        """Note that `by` takes an alert on: a pseudonym, `counter` or `manager`.

        A second time changes nothing. Raises StaffError when it is not open any more.
        """
        now = self._clock.moment()
        actions = self._alerts.acknowledge(alert, by=by, now_ms=now.monotonic_ms)
        self._perform(actions, at=now)
        self._shifts.be_active(now.monotonic_ms)
        self._look_soon()

    def resolve(self, alert: str, *, by: str, how: str) -> None:
        """Note what was done, one of `actions`. Raises StaffError for anything else."""
        now = self._clock.moment()
        actions = self._alerts.resolve(alert, by=by, how=how, now_ms=now.monotonic_ms)
        self._perform(actions, at=now)
        self._shifts.be_active(now.monotonic_ms)
        self._look_soon()

    async def sign_on(self, pin: str, *, how: How = "page") -> Shift | None:
        """Begin the shift of whose PIN this is; returns it.

        By buttons the PIN of who is signed on already ends their shift: None. Raises StaffError
        for a wrong PIN, and for a while after one. Checking takes a second, in a thread.
        """
        seller = await self._recognise(pin, door=how)
        enter = self._shifts.enter_by_buttons if how == "buttons" else self._sign_on_by_page
        now = self._clock.moment()
        self._keep_all(enter(seller.seller, now_ms=now.monotonic_ms), at=now)
        self._look()
        return self.shift

    def sign_off(self) -> None:
        """End the shift, if there is one."""
        now = self._clock.moment()
        self._keep_all(self._shifts.sign_off(now.monotonic_ms), at=now)
        self._look()

    # -- what happens at the till ---------------------------------------------------------------

    def hear(self, event_id: str, data: EventData, at: Moment) -> None:
        """Take an event that was kept. It is cheap: what follows from it comes a little later."""
        match data:
            case RatingGiven():
                self._take_answer(event_id, data, at.monotonic_ms)
            case RatingAmended():
                self._take_amendment(data)
            case ContactEnded():
                self._alerts.end_contact(data.contact, at_ms=at.monotonic_ms)
                self._shifts.be_active(at.monotonic_ms)
            case FeedbackLeft(about="complaint"):
                complaint = Complaint(event_id, at.monotonic_ms, rating=data.rating)
                self._alerts.complain(complaint)
            case _:
                return
        self._look_soon()

    async def ask_for_help(self, contact: str | None = None) -> None:
        """Tell everybody at once that a customer asks for someone; returns when that is kept.

        Raises StoreError when it cannot be kept: it is told all the same.
        """
        if not self._settings.enabled:
            return
        now = self._clock.moment()
        actions = self._alerts.ask_for_help(now_ms=now.monotonic_ms, contact=contact)
        kept = self._perform(actions, at=now)
        self._look_soon()
        await asyncio.gather(*(asyncio.wrap_future(each) for each in kept))

    def locked_s(self, door: How) -> float:
        """Return how long no PIN is looked at after wrong ones; 0 when one is."""
        return self._lockouts[door].remaining_ms(self._now_ms()) / 1000

    # -- start and stop -------------------------------------------------------------------------

    def restore(self, rows: Iterable[tuple[Row, dict[str, Any]]]) -> None:
        """Take over from a former run. Rows of `KINDS`, oldest first."""
        found, now = list(rows), self._clock.moment()
        self._shifts.restore(recall_shift(found, now=now))
        if self._settings.enabled:
            memory = recall(found, now=now)
            self._perform(self._alerts.restore(memory, now_ms=now.monotonic_ms), at=now)
        self._look()

    def close(self) -> None:
        """Stop the timer. What is open is taken up again by the next run."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    # -- inside -----------------------------------------------------------------------------------

    def _take_answer(self, event_id: str, given: RatingGiven, at_ms: int) -> None:
        if "test" in given.flags:
            return
        self._shifts.be_active(at_ms)
        answer = Answer(
            event_id, at_ms, given.sentiment, counts=given.counts, contact=given.contact
        )
        if self._settings.enabled:
            self._alerts.answer(answer)

    def _take_amendment(self, amended: RatingAmended) -> None:
        now = self._clock.moment()
        actions = self._alerts.amend(
            amended.rating,
            counts=amended.counts,
            contact=amended.contact,
            now_ms=now.monotonic_ms,
        )
        self._perform(actions, at=now)

    def _sign_on_by_page(self, seller: str, *, now_ms: int) -> list[Any]:
        return list(self._shifts.sign_on(seller, how="page", now_ms=now_ms))

    async def _recognise(self, pin: str, *, door: How) -> Seller:
        if self._roster is None:
            text = "nobody can sign on here: name a staff file in staff.file"
            raise RefusedError("no_roster", text)
        lockout = self._lockouts[door]
        lockout.attempt(self._now_ms())
        seller = await asyncio.to_thread(self._roster.seller_of, pin)
        if seller is None:
            log.warning("a wrong PIN by %s", door)
            left_s = -(-lockout.remaining_ms(self._now_ms()) // 1000)
            text = f"this is nobody's PIN: the next one is looked at in {left_s} s"
            raise RefusedError("nobodys_pin", text)
        lockout.succeed()
        return seller

    def _look_soon(self) -> None:
        """Look a moment later: a press must not wait for what is made of it."""
        self._wake_at(self._clock.monotonic() + LOOK_S)

    def _look(self) -> None:
        """Do what has become due, and set the timer for what comes next."""
        self.close()
        now = self._clock.moment()
        self._keep_all(self._shifts.tick(now.monotonic_ms), at=now)
        if self._closing is not None and self.shift is not None:
            self._shifts.close_at(self._closing(self.shift, now))
        if self._settings.enabled:
            self._perform(self._alerts.tick(now.monotonic_ms), at=now)
        due = [self._shifts.next_due_ms, self._alerts.next_due_ms(now.monotonic_ms)]
        if wanted := [each for each in due if each is not None]:
            self._wake_at(min(wanted) / 1000)

    def _wake_at(self, at_s: float) -> None:
        """Set the timer, unless it is set for something sooner."""
        loop = asyncio.get_running_loop()
        wake_s = loop.time() + max(0.0, at_s - self._clock.monotonic())
        if self._timer is not None:
            if self._timer.when() <= wake_s:
                return
            self._timer.cancel()
        self._timer = loop.call_at(wake_s, self._look)

    def _perform(self, actions: Iterable[Action], *, at: Moment) -> list[Future[Receipt]]:
        """Keep what is to be kept and switch what is to be switched."""
        kept = []
        for action in actions:
            event = as_event(action)
            if event is not None:
                kept.append(self._keep(event, at))
            elif isinstance(action, Light):
                self._mouth.switches.light(on=action.on)
            elif isinstance(action, Relay):
                self._mouth.switches.relay(on=action.on)
        self._tell_counter()
        return kept

    def _tell_counter(self) -> None:
        """Tell what the counter may know, if that has changed: another moment would say more."""
        open_now = tuple(a for a in self._alerts.open if a.audience == "counter")
        if open_now != self._at_counter:
            self._at_counter = open_now
            self._mouth.tell_counter(open_now)

    def _keep_all(self, events: Iterable[EventData], *, at: Moment) -> None:
        for event in events:
            self._keep(event, at)

    def _keep(self, event: EventData, at: Moment) -> Future[Receipt]:
        kept = self._mouth.keep(event, at)
        kept.add_done_callback(_tell_if_lost)
        return kept

    def _now_ms(self) -> int:
        return self._clock.moment().monotonic_ms


def _tell_if_lost(kept: Future[Receipt]) -> None:
    error = kept.exception()
    if error is not None:
        log.error("what staff were told could not be kept: %s", error)
