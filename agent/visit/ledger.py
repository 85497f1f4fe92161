"""The ledger of contacts: who is present, who was asked, who answered. Pure.

Every contact ends in exactly one entry. A contact that left without an answer waits a little: a
press within 10 s of leaving still belongs to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ASKED_MS = 1_000

Account = Literal[
    "asked_answered", "asked_silent", "unasked_answered", "unasked_silent", "opted_out"
]

SeenBy = Literal["camera", "sensor"]


def account(*, asked: bool, answered: bool, opted_out: bool = False) -> Account:
    """Return where a contact that is over stands in the ledger.

    C, the contacts served, is the sum of all but `opted_out`; the silent are the two silent ones;
    the response rate is asked_answered / (asked_answered + asked_silent).
    """
    if opted_out:
        return "opted_out"
    if asked:
        return "asked_answered" if answered else "asked_silent"
    return "unasked_answered" if answered else "unasked_silent"


def prompting(*, visible: bool, armed: bool, by_till: bool) -> bool:
    """Tell whether somebody is being asked: by a page or a printed question that can be seen.

    Where the till arms the kiosk nobody is asked before it does, whatever stands there.
    """
    return armed if by_till else visible or armed


@dataclass(slots=True)
class Presence:
    """One contact that has not been entered yet."""

    contact: str
    arrived_ms: int
    seen_by: SeenBy
    left_ms: int | None = None
    pressed_ms: int | None = None
    """Its last press."""
    prompted_ms: int = 0
    """How long a prompt was there for it."""
    opted_out: bool = False
    """It wants no camera: it is not counted, and no press is taken for its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger knows when a contact is over."""

    contact: str
    arrived_ms: int
    left_ms: int
    asked: bool
    opted_out: bool = False
    seen_by: SeenBy = "camera"

    @property
    def dwell_s(self) -> float:
        """From arrival to leaving."""
        return max(0, self.left_ms - self.arrived_ms) / 1000


class Ledger:
    """Times in milliseconds of the monotonic clock."""

    def __init__(self, *, join_after_leaving_ms: int, settle_ms: int) -> None:
        self._join_ms = join_after_leaving_ms
        self._settle_ms = settle_ms
        self._open: dict[str, Presence] = {}
        self._prompting_since_ms: int | None = None

    @property
    def present(self) -> int:
        """How many contacts are there now."""
        return sum(1 for p in self._open.values() if p.left_ms is None)

    @property
    def prompting(self) -> bool:
        """Whether a prompt is there now."""
        return self._prompting_since_ms is not None

    def arrive(self, contact: str, *, arrived_ms: int, seen_by: SeenBy = "camera") -> None:
        """Open a contact."""
        self._open[contact] = Presence(contact, arrived_ms, seen_by)

    def leave(self, contact: str, *, left_ms: int) -> None:
        """Note that a contact is gone; unknown ones are ignored."""
        presence = self._open.get(contact)
        if presence is not None and presence.left_ms is None:
            self._count_prompt(presence, until_ms=left_ms)
            presence.left_ms = left_ms

    def leave_all(self, *, left_ms: int) -> None:
        """Note that nobody can be seen any more."""
        for contact in list(self._open):
            self.leave(contact, left_ms=left_ms)

    def prompt(self, *, on: bool, at_ms: int) -> None:
        """Note that the question is, or is no longer, in front of people."""
        if on == (self._prompting_since_ms is not None):
            return
        for presence in self._open.values():
            if presence.left_ms is None:
                self._count_prompt(presence, until_ms=at_ms)
        self._prompting_since_ms = at_ms if on else None

    def attribute(self, at_ms: int) -> str | None:
        """Say who makes a press now: the newest who has not answered, else the newest.

        With nobody present, the last who left without an answer not long ago; else None.
        """
        here = self._likeliest_here()
        if here is not None:
            return here.contact
        gone = [p for p in self._open.values() if self._may_still_answer(p, at_ms)]
        return max(gone, key=lambda p: p.left_ms or 0).contact if gone else None

    def opt_out(self, at_ms: int) -> str | None:
        """Take out of the count who asks for it now: whoever a press would be attributed to.

        Returns the contact, None when nobody is seen.
        """
        contact = self.attribute(at_ms)
        if contact is not None:
            self._open[contact].opted_out = True
        return contact

    def note_press(self, contact: str, *, at_ms: int) -> None:
        """Note that a press was attributed to a contact."""
        if contact in self._open:
            self._open[contact].pressed_ms = at_ms

    def give_up(self, contact: str | None, *, at_ms: int) -> bool:
        """Tell whether a press at `at_ms` may go to a newcomer instead of `contact`.

        It may if nobody had it, or if its contact had left by then; that contact is then again
        one who has not answered.
        """
        if contact is None:
            return True
        presence = self._open.get(contact)
        if presence is None or presence.left_ms is None or presence.left_ms > at_ms:
            return False
        presence.pressed_ms = None
        return True

    def close_due(self, now_ms: int) -> list[Entry]:
        """Enter the contacts nothing more can happen to, in order of leaving."""
        return self._enter([p for p in self._open.values() if self._due_ms(p) <= now_ms])

    def close_all(self, now_ms: int) -> list[Entry]:
        """Enter everybody: the kiosk stops."""
        self.leave_all(left_ms=now_ms)
        return self._enter(list(self._open.values()))

    def next_due_ms(self) -> int | None:
        """Return when `close_due` will have something; None while nobody has left."""
        left = [self._due_ms(p) for p in self._open.values() if p.left_ms is not None]
        return int(min(left)) if left else None

    def _likeliest_here(self) -> Presence | None:
        here = [p for p in self._open.values() if p.left_ms is None and not p.opted_out]
        return max(here, key=lambda p: (p.pressed_ms is None, p.arrived_ms), default=None)

    def _may_still_answer(self, presence: Presence, at_ms: int) -> bool:
        recent = presence.left_ms is not None and at_ms - presence.left_ms <= self._join_ms
        return recent and presence.pressed_ms is None and not presence.opted_out

    def _due_ms(self, presence: Presence) -> float:
        if presence.left_ms is None:
            return float("inf")
        if presence.pressed_ms is None:
            return presence.left_ms + self._join_ms
        return max(presence.left_ms, presence.pressed_ms + self._settle_ms)

    def _enter(self, over: list[Presence]) -> list[Entry]:
        for presence in over:
            del self._open[presence.contact]
        entries = [
            Entry(
                p.contact,
                p.arrived_ms,
                p.left_ms,
                asked=p.prompted_ms >= ASKED_MS,
                opted_out=p.opted_out,
                seen_by=p.seen_by,
            )
            for p in over
            if p.left_ms is not None
        ]
        return sorted(entries, key=lambda e: e.left_ms)

    def _count_prompt(self, presence: Presence, *, until_ms: int) -> None:
        if self._prompting_since_ms is not None:
            since_ms = max(self._prompting_since_ms, presence.arrived_ms)
            presence.prompted_ms += max(0, until_ms - since_ms)
