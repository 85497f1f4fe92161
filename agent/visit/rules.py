"""What a press means: which ratings count, and why the others do not. Pure, and versioned.

Every accepted press is kept; these rules only say whether it counts. They look at all presses
that may belong together, so replaying the raw presses through a version of the rules always gives
the same verdicts.

The worked cases stand, one by one, in tests/visit/test_worked_cases.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from agent.events.catalogue import Flag
from agent.visit.settings import VisitSettings

RULE_VERSION = 4

CHORD_MS = 80
PLAY_MS = 5_000
PLAY_PRESSES = 5
HAMMERING_PRESSES = 100  # in one window that never closes: no answer comes after so many


@dataclass(frozen=True, slots=True)
class Press:
    """One accepted press: what was the case when it was made, and nothing that was concluded."""

    ref: int
    """A number of our own, growing with every press."""
    key: str
    at_ms: int
    """CLOCK_MONOTONIC."""
    contact: str | None = None
    """Who pressed, where a camera counts."""
    watched: bool = False
    """A camera was counting at the time."""
    crowd: bool = False
    """Several contacts were present: people follow each other more closely."""
    prompted: bool = True
    """The question could be seen, or the till had armed the lights."""
    test: bool = False
    """An installer was trying the buttons."""
    stuck: bool = False
    """The key was not released in time."""
    staff: bool = False
    """The key was held by somebody who signs on: no customer's."""

    @property
    def sound(self) -> bool:
        """Whether it may be a customer's at all."""
        return not (self.stuck or self.test or self.staff)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a press counts, and what is remarkable about it."""

    counts: bool
    flags: tuple[Flag, ...] = ()
    contact: str | None = None
    """Who answered: of a press nobody was seen for, the contact that belongs to the same answer."""


PLAY = Verdict(counts=False, flags=("play",))
CHORD = Verdict(counts=False, flags=("chord",))
STUCK = Verdict(counts=False, flags=("stuck",))
TEST = Verdict(counts=False, flags=("test",))
STAFF = Verdict(counts=False, flags=("staff",))
UNPROMPTED = Verdict(counts=False)  # the flag is said of every press that was made before a prompt


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs from kiosk to kiosk."""

    alone_ms: int = 5_000
    """W: presses this close together belong to one answer."""
    crowd_ms: int = 2_000
    """The same with several contacts present."""
    unprompted_counts: bool = True
    """False where the till says when an answer is due: nobody else is asked."""

    @classmethod
    def of(cls, settings: VisitSettings) -> Rules:
        """Read them from the configuration."""
        return cls(
            alone_ms=round(settings.repeat_window_s * 1000),
            crowd_ms=round(settings.repeat_window_crowd_s * 1000),
            unprompted_counts=settings.armed_by == "none",
        )

    def joins(self, earlier: Press, later: Press) -> bool:
        """Tell whether `later` falls in the window that `earlier` opened."""
        width_ms = self.crowd_ms if later.crowd else self.alone_ms
        return later.at_ms - earlier.at_ms <= width_ms

    def takes(self, press: Press) -> bool:
        """Tell whether a press may be an answer at all."""
        return press.prompted or self.unprompted_counts


Answered = Mapping[str, Press | None]
"""Contacts that have pressed before, each with the press that counts, if one does."""
NOBODY: Answered = MappingProxyType({})


def decide(
    presses: Sequence[Press], rules: Rules, *, answered: Answered = NOBODY
) -> dict[int, Verdict]:
    """Return the verdict of every press, by `ref`. `presses` are in order of time.

    `answered` stands for presses of the same contacts that were judged for good.
    """
    sound = [p for p in presses if p.sound]
    chords = _chords(sound)
    verdicts: dict[int, Verdict] = {}
    contacts: dict[int, str | None] = {}
    for person in people(sound, rules, answered=answered):
        standing = answered.get(person.contact) if person.contact is not None else None
        verdicts |= _judge_person(person.presses, rules, chords, standing)
        contacts |= {p.ref: person.contact for p in person.presses}
    verdicts |= {p.ref: _judge_unsound(p) for p in presses if not p.sound}
    return {p.ref: _with_remarks(p, verdicts[p.ref], contacts.get(p.ref)) for p in presses}


def _judge_unsound(press: Press) -> Verdict:
    if press.test:
        return TEST
    return STAFF if press.staff else STUCK


def say_play(press: Press, contact: str | None) -> Verdict:
    """Return the verdict of a press that goes on with a group of a hundred."""
    return _with_remarks(press, PLAY, contact)


def _chords(presses: Sequence[Press]) -> set[int]:
    """Return the presses that lie within 80 ms of a press of another key."""
    chords: set[int] = set()
    for index, press in enumerate(presses):
        for earlier in reversed(presses[:index]):
            if press.at_ms - earlier.at_ms > CHORD_MS:
                break
            if earlier.key != press.key:
                chords |= {earlier.ref, press.ref}
    return chords


@dataclass(slots=True)
class Person:
    """Presses of the same person, in order of time, and the first contact among them."""

    presses: list[Press]
    contact: str | None

    def add(self, press: Press) -> None:
        """Take one more press."""
        self.presses.append(press)
        self.contact = self.contact or press.contact


def people(presses: Iterable[Press], rules: Rules, *, answered: Iterable[str] = ()) -> list[Person]:
    """Sort presses by who made them. `answered`: contacts known from before.

    A press belongs to its contact. One that nobody can be named for, or the first of a contact,
    follows the press before it if it falls in its window and no camera tells the two apart;
    otherwise it is somebody new.
    """
    found = [Person([], contact) for contact in answered]
    last: Person | None = None
    for press in presses:
        known = _person_of(press, found) or _followed(press, last, rules)
        if known is None:
            last = Person([press], press.contact)
            found.append(last)
        else:
            last = known
            last.add(press)
    return [person for person in found if person.presses]


def _person_of(press: Press, found: list[Person]) -> Person | None:
    mine = (p for p in found if press.contact is not None and p.contact == press.contact)
    return next(mine, None)


def _followed(press: Press, last: Person | None, rules: Rules) -> Person | None:
    """Return the person of the press before, if this one can be theirs too."""
    if last is None or not rules.joins(last.presses[-1], press):
        return None
    told_apart = None not in {last.contact, press.contact}
    return None if told_apart else last


def _judge_person(
    presses: list[Press], rules: Rules, chords: set[int], standing: Press | None
) -> dict[int, Verdict]:
    """Judge the presses of one person: one answer counts, the last of the first group.

    Chords never count, nor does what nobody asked for where the till says when to ask; but they
    are part of the playing they may be seen in.
    """
    verdicts = {p.ref: UNPROMPTED for p in presses if not rules.takes(p)}
    verdicts |= {p.ref: CHORD for p in presses if p.ref in chords}
    for group in groups(presses, rules):
        answers = [p for p in group[:HAMMERING_PRESSES] if p.ref not in verdicts]
        verdicts |= {p.ref: PLAY for p in group[HAMMERING_PRESSES:]}
        if _is_play(group[:HAMMERING_PRESSES]):
            verdicts |= {p.ref: PLAY for p in answers}
        elif standing is not None:
            verdicts |= {p.ref: _judge_late(p, standing) for p in answers}
        elif answers:
            standing = _judge_answer(answers, verdicts)
    return verdicts


def groups(presses: list[Press], rules: Rules) -> list[list[Press]]:
    """Split one person's presses where the window has closed."""
    found: list[list[Press]] = []
    for press in presses:
        if found and rules.joins(found[-1][-1], press):
            found[-1].append(press)
        else:
            found.append([press])
    return found


def _is_play(group: list[Press]) -> bool:
    """Tell whether somewhere five presses on several keys fall into five seconds."""
    for index in range(len(group) - PLAY_PRESSES + 1):
        burst = group[index : index + PLAY_PRESSES]
        several = len({p.key for p in burst}) > 1
        if several and burst[-1].at_ms - burst[0].at_ms <= PLAY_MS:
            return True
    return False


def _judge_answer(group: list[Press], verdicts: dict[int, Verdict]) -> Press:
    """Judge one group: the last change of mind stands. Returns the press that counts."""
    standing = group[0]
    for press in group[1:]:
        if press.key == standing.key:
            verdicts[press.ref] = Verdict(counts=False, flags=("repeat",))
        else:
            verdicts[standing.ref] = Verdict(counts=False, flags=("changed",))
            standing = press
    verdicts[standing.ref] = Verdict(counts=True)
    return standing


def _judge_late(press: Press, standing: Press) -> Verdict:
    """Judge a press after the window: what was answered first stands."""
    flag: Flag = "repeat" if press.key == standing.key else "late_change"
    return Verdict(counts=False, flags=(flag,))


def _with_remarks(press: Press, verdict: Verdict, contact: str | None) -> Verdict:
    """Add who it was, and what is remarkable whether a press counts or not."""
    who = contact or press.contact
    flags = verdict.flags
    if press.watched and who is None:
        flags += ("no_contact",)
    if not press.prompted:
        flags += ("unprompted",)
    return replace(verdict, flags=flags, contact=who)
