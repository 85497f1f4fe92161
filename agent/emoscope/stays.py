"""The contacts so far: when each was there, and when it smiled. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import median

from agent.emoscope.series import Reading, Series
from agent.vision.contacts import Contact
from agent.vision.measurement import SMILE, Measured
from agent.vision.pipeline import Departure, Looked, Seen

NEXT_S = 0.6
"""Smiles seen less than this apart are one stretch."""
PASSED_S = 10.0
"""Who was not seen for so long and is no contact went by."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, in seconds from the first frame."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Stay:
    """One contact, in seconds from the first frame."""

    number: int
    """In the order in which they were counted, from 1."""
    start_s: float
    end_s: float
    """When last seen."""
    measured: Measured = field(default_factory=Measured)
    smiles: tuple[Span, ...] = ()
    """When its face smiled."""

    @property
    def dwell_s(self) -> float:
        """From arrival to the last sighting."""
        return self.end_s - self.start_s

    def smiled(self, at_s: float) -> Stay:
        """Return it with a smile seen at `at_s`."""
        last = self.smiles[-1] if self.smiles else None
        if last is None or at_s - last.end_s > NEXT_S:
            return replace(self, smiles=(*self.smiles, Span(at_s, at_s)))
        return replace(self, smiles=(*self.smiles[:-1], Span(last.start_s, at_s)))


class Stays:
    """Folds what the frames told into contacts and steps of time."""

    def __init__(self, *, keep: int | None = None) -> None:
        """`keep` limits the steps of `series`; contacts are all kept."""
        self.series = Series(keep=keep)
        self._zero_s: float | None = None
        self._now_s = 0.0
        self._arriving: dict[str, Stay] = {}
        self._here: dict[str, Stay] = {}
        self._gone: list[Stay] = []

    @property
    def here(self) -> tuple[Stay, ...]:
        """The contacts in view, or out of it for so short a time that they may come back."""
        return tuple(self._here.values())

    @property
    def gone(self) -> tuple[Stay, ...]:
        """The contacts who left, in the order of leaving."""
        return tuple(self._gone)

    @property
    def count(self) -> int:
        """All contacts so far."""
        return len(self._here) + len(self._gone)

    @property
    def now_s(self) -> float:
        """The last frame, in seconds from the first."""
        return self._now_s

    @property
    def dwell_median_s(self) -> float | None:
        """Half of the contacts so far stayed longer."""
        dwells = [stay.dwell_s for stay in (*self._gone, *self._here.values())]
        return median(dwells) if dwells else None

    def number(self, contact: Contact) -> int | None:
        """Return the number of a contact in view."""
        stay = self._here.get(contact.id)
        return stay.number if stay else None

    def add(self, looked: Looked, *, at_s: float) -> None:
        """Take what one frame told; `at_s` never goes back."""
        self._now_s = self._since(at_s)
        for contact in looked.began:
            self._began(contact)
        for seen in looked.seen:
            self._see(seen)
        self.leave(looked.left)
        readings = [
            Reading(seen.smile, seen.level)
            for seen in looked.seen
            if seen.contact is not None and seen.level is not None
        ]
        self.series.add(self._now_s, present=looked.present, readings=readings)

    def leave(self, departures: Iterable[Departure]) -> None:
        """Note who left."""
        for departure in departures:
            stay = self._here.pop(departure.contact.id, None)
            if stay is not None:
                self._gone.append(replace(stay, measured=departure.measured))

    def _began(self, contact: Contact) -> None:
        before = self._arriving.pop(contact.id, None)
        self._here[contact.id] = Stay(
            number=self.count + 1,
            start_s=self._since(contact.arrived_s),
            end_s=self._since(contact.seen_s),
            smiles=before.smiles if before else (),
        )

    def _see(self, seen: Seen) -> None:
        if seen.contact is None:
            return
        held = self._here if seen.contact.id in self._here else self._arriving
        start_s = self._since(seen.contact.arrived_s)
        stay = held.get(seen.contact.id) or Stay(0, start_s, start_s)
        stay = replace(stay, end_s=self._since(seen.contact.seen_s), measured=seen.measured)
        smiles = seen.level is not None and seen.smile >= SMILE
        held[seen.contact.id] = stay.smiled(self._now_s) if smiles else stay
        if held is self._arriving:
            self._forget_passers()

    def _forget_passers(self) -> None:
        """Keep only who was seen a moment ago: others went by."""
        self._arriving = {
            name: stay
            for name, stay in self._arriving.items()
            if self._now_s - stay.end_s < PASSED_S
        }

    def _since(self, at_s: float) -> float:
        if self._zero_s is None:
            self._zero_s = at_s
        return at_s - self._zero_s
