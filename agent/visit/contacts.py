"""Contacts on the event loop: the ledger with its timer, and the events it ends in."""

from __future__ import annotations

import asyncio

from agent.clock import Clock
from agent.events.catalogue import ContactEnded
from agent.visit.judge import Amendment, Judge
from agent.visit.ledger import Entry, Ledger, SeenBy, prompting
from agent.visit.ratings import Ratings, Store
from agent.visit.settings import VisitSettings

NAMED_RATINGS = 100


class Contacts:
    """Who is present. The judge is told who comes and goes, and knows what they pressed."""

    def __init__(
        self,
        settings: VisitSettings,
        *,
        store: Store,
        clock: Clock,
        ratings: Ratings,
        judge: Judge,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ratings = ratings
        self._judge = judge
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()
        self._visible = self._armed = False
        self._armed_by_till = settings.armed_by == "till"
        self.watched = False
        self.ledger = Ledger(
            join_after_leaving_ms=round(settings.join_after_leaving_s * 1000),
            settle_ms=round(settings.repeat_window_s * 1000),
        )

    @property
    def present(self) -> int:
        """How many are present now."""
        return self.ledger.present

    def attribute(self, at_ms: int) -> str | None:
        """Say whose a press is, and note that they pressed."""
        contact = self.ledger.attribute(at_ms)
        if contact is not None:
            self.ledger.note_press(contact, at_ms=at_ms)
        return contact

    def arrive(self, contact: str, *, arrived_ms: int, seen_by: SeenBy = "camera") -> list[int]:
        """Open a contact; returns the refs of earlier presses that turn out to be its own."""
        self.ledger.arrive(contact, arrived_ms=arrived_ms, seen_by=seen_by)
        self._judge.begin(contact)
        later = [k.press for k in self._judge.known() if k.press.at_ms >= arrived_ms]
        claimed = [p for p in later if not p.test and self.ledger.give_up(p.contact, at_ms=p.at_ms)]
        for press in claimed:
            self.ledger.note_press(contact, at_ms=press.at_ms)
        return [press.ref for press in claimed]

    def leave(self, contact: str, *, left_ms: int) -> None:
        """Note that a contact is gone."""
        self.ledger.leave(contact, left_ms=left_ms)
        self._schedule()

    def watch(self, *, on: bool) -> None:
        """Learn whether a camera counts; when it stops, nobody can be seen any more."""
        self.watched = on
        if not on:
            self.ledger.leave_all(left_ms=self._now_ms())
            self._schedule()

    @property
    def prompted(self) -> bool:
        """Whether somebody is being asked now."""
        return self.ledger.prompting

    def prompt(self, *, on: bool) -> None:
        """Learn whether the question can be seen."""
        self._visible = on
        self._prompt()

    def arm(self, *, on: bool) -> None:
        """Learn whether the till has armed the lights."""
        self._armed = on
        self._prompt()

    def opt_out(self) -> str | None:
        """Take whoever wants no camera out of the count; returns which contact that was."""
        return self.ledger.opt_out(self._now_ms())

    async def close(self) -> None:
        """Enter everybody."""
        if self._timer is not None:
            self._timer.cancel()
        self._enter(self.ledger.close_all(self._now_ms()))
        await asyncio.gather(*self._writing)

    def _prompt(self) -> None:
        on = prompting(visible=self._visible, armed=self._armed, by_till=self._armed_by_till)
        self.ledger.prompt(on=on, at_ms=self._now_ms())

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_ms = self.ledger.next_due_ms()
        if due_ms is not None:
            wait_s = due_ms / 1000 - self._clock.monotonic()
            self._timer = asyncio.get_running_loop().call_later(max(0.0, wait_s), self._close_due)

    def _close_due(self) -> None:
        self._enter(self.ledger.close_due(self._now_ms()))
        self._schedule()

    def _enter(self, entries: list[Entry]) -> None:
        for entry in entries:
            task = asyncio.create_task(self._write(entry))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _write(self, entry: Entry) -> None:
        """Write one contact's end, once its ratings have their ids."""
        ratings = _newest([k for k in self._judge.known() if k.verdict.contact == entry.contact])
        self._judge.end(entry.contact)
        counting = [self._ratings.sentiment(k.press) for k in ratings if k.verdict.counts]
        ids = [await self._ratings.event_id(k.press.ref) for k in ratings]
        ended = ContactEnded(
            contact=entry.contact,
            dwell_s=round(entry.dwell_s, 3),
            asked=entry.asked,
            answered=bool(counting),
            sentiment=counting[-1] if counting else None,
            ratings=tuple(rating for rating in ids if rating is not None),
            served_by=entry.seen_by,
            opted_out=entry.opted_out,
        )
        self._store.append(ended, at=self._clock.moment(entry.left_ms / 1000))

    def _now_ms(self) -> int:
        return int(self._clock.monotonic() * 1000)


def _newest(told: list[Amendment]) -> list[Amendment]:
    """Return as many as an event may name, the counting one among them, in order of time."""
    kept = sorted(told, key=lambda a: (not a.verdict.counts, -a.press.at_ms))[:NAMED_RATINGS]
    return sorted(kept, key=lambda a: (a.press.at_ms, a.press.ref))
