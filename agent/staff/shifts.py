"""Shifts: who is at the till, from signing on until one of four ends. Pure.

A shift ends when its seller signs off, when somebody else signs on (`handover`), when nothing has
happened for hours (`timeout`), and when the site closes (`closing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from agent.clock import Moment
from agent.events.catalogue import ShiftEnded, ShiftStarted
from agent.outbox.rows import Row
from agent.staff.alerts import random_id
from agent.staff.recall import monotonic_of
from agent.staff.settings import StaffSettings

How: TypeAlias = Literal["buttons", "page"]
Ending: TypeAlias = Literal["signed_off", "timeout", "handover", "closing"]
ShiftEvent: TypeAlias = ShiftStarted | ShiftEnded

KINDS = ("shift.started", "shift.ended", "rating.given")


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift that goes on. Times are on the monotonic clock."""

    id: str
    """Random; ratings carry it."""
    seller: str
    """A pseudonym."""
    started_ms: int
    active_ms: int
    """When something last happened: a rating, a contact, an alert taken on."""


@dataclass(frozen=True, slots=True)
class Patience:
    """When a shift ends by itself."""

    idle_ms: int = 4 * 3_600_000

    @classmethod
    def of(cls, settings: StaffSettings) -> Patience:
        """Read it from the configuration."""
        return cls(round(settings.idle_hours * 3_600_000))


class Shifts:
    """The till's shift, if there is one. Every method returns the events to be kept, in order."""

    def __init__(self, patience: Patience, *, new_id: Callable[[], str] = random_id) -> None:
        self._patience = patience
        self._new_id = new_id
        self._now: Shift | None = None
        self._closes_ms: int | None = None

    @property
    def current(self) -> Shift | None:
        """Who is at the till."""
        return self._now

    @property
    def next_due_ms(self) -> int | None:
        """When the shift ends by itself unless something happens; None without one."""
        return None if self._now is None else self._end_of(self._now)[0]

    def close_at(self, closes_ms: int | None) -> None:
        """Learn when the site closes next; None: not known, or never."""
        self._closes_ms = closes_ms

    def sign_on(self, seller: str, *, how: How, now_ms: int) -> list[ShiftEvent]:
        """Begin a shift; somebody else's ends with it. Who is signed on already stays so."""
        events: list[ShiftEvent] = [*self.tick(now_ms)]
        if self._now is not None and self._now.seller == seller:
            self.be_active(now_ms)
            return events
        events += self._end("handover", now_ms=now_ms)
        self._now = Shift(self._new_id(), seller, now_ms, now_ms)
        return [*events, ShiftStarted(shift=self._now.id, seller=seller, how=how)]

    def enter_by_buttons(self, seller: str, *, now_ms: int) -> list[ShiftEvent]:
        """Take a PIN by buttons: it signs on, and who is signed on already off."""
        ended = self.tick(now_ms)
        if self._now is not None and self._now.seller == seller:
            return [*ended, *self.sign_off(now_ms)]
        return [*ended, *self.sign_on(seller, how="buttons", now_ms=now_ms)]

    def sign_off(self, now_ms: int) -> list[ShiftEnded]:
        """End the shift, if there is one."""
        return self.tick(now_ms) or self._end("signed_off", now_ms=now_ms)

    def be_active(self, at_ms: int) -> None:
        """Note that something happened at the till."""
        if self._now is not None and at_ms > self._now.active_ms:
            now = self._now
            self._now = Shift(now.id, now.seller, now.started_ms, at_ms)

    def tick(self, now_ms: int) -> list[ShiftEnded]:
        """End a shift whose time is over."""
        if self._now is None:
            return []
        due_ms, how = self._end_of(self._now)
        return self._end(how, now_ms=now_ms) if now_ms >= due_ms else []

    def restore(self, shift: Shift | None) -> None:
        """Take up a shift of a former run; `tick` ends it if its time is over."""
        self._now = shift

    def _end_of(self, shift: Shift) -> tuple[int, Ending]:
        """Return when a shift ends by itself and why."""
        idle_ms = shift.active_ms + self._patience.idle_ms
        closes_ms = self._closes_ms
        if closes_ms is not None and shift.started_ms < closes_ms < idle_ms:
            return closes_ms, "closing"
        return idle_ms, "timeout"

    def _end(self, how: Ending, *, now_ms: int) -> list[ShiftEnded]:
        if self._now is None:
            return []
        shift, self._now = self._now, None
        duration_s = max(0, now_ms - shift.started_ms) / 1000
        return [ShiftEnded(shift=shift.id, how=how, duration_s=duration_s)]


def recall_shift(rows: Iterable[tuple[Row, dict[str, Any]]], *, now: Moment) -> Shift | None:
    """Return the shift that a former run left open. Rows of `KINDS`, oldest first."""
    shift: Shift | None = None
    for row, facts in rows:
        at_ms = monotonic_of(row, now=now)
        if row.kind == "shift.started":
            shift = Shift(facts["shift"], facts["seller"], at_ms, at_ms)
        elif row.kind == "shift.ended":
            shift = None
        elif row.kind == "rating.given" and shift is not None:
            shift = Shift(shift.id, shift.seller, shift.started_ms, max(at_ms, shift.active_ms))
    return shift
