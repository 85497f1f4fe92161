"""What a press means: which ratings count, and why the others do not. Pure, and versioned.

Every accepted press is kept; these rules only say whether it counts. They look at all presses
that may belong together and are evaluated anew at every press; what changed is told as
amendments. So replaying the raw presses through a version of the rules always gives the same
verdicts.

The worked cases stand, one by one, in tests/visit/test_judge.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agent.events.catalogue import Flag

RULE_VERSION = 2

CHORD_MS = 80
PLAY_MS = 5_000
PLAY_PRESSES = 5
HAMMERING_PRESSES = 100  # in one window that never closes: no answer comes after so many
MEMORY_MS = 300_000


@dataclass(frozen=True, slots=True)
class Press:
    """One accepted press."""

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
    stuck: bool = False
    """The key was not released in time."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a press counts, and what is remarkable about it."""

    counts: bool
    flags: tuple[Flag, ...] = ()
    contact: str | None = None
    """Who answered: of a press nobody was seen for, the contact that belongs to the same answer."""


PLAY = Verdict(counts=False, flags=("play",))


@dataclass(frozen=True, slots=True)
class Amendment:
    """A press is seen differently than told before."""

    press: Press
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Windows:
    """W: presses this close together belong to one answer."""

    alone_ms: int = 5_000
    crowd_ms: int = 2_000

    def joins(self, earlier: Press, later: Press) -> bool:
        """Tell whether `later` falls in the window that `earlier` opened."""
        width_ms = self.crowd_ms if later.crowd else self.alone_ms
        return later.at_ms - earlier.at_ms <= width_ms


def decide(presses: Sequence[Press], windows: Windows) -> dict[int, Verdict]:
    """Return the verdict of every press, by `ref`. `presses` are in order of time."""
    verdicts: dict[int, Verdict] = {}
    for press in presses:
        if press.stuck:
            verdicts[press.ref] = Verdict(counts=False, flags=("stuck",))
    sound = [p for p in presses if not p.stuck]
    chords = _chords(sound)
    people = _people(sound, windows)
    for person in people:
        verdicts |= _judge_person(person.presses, windows, chords)
    contacts = {p.ref: person.contact for person in people for p in person.presses}
    return {p.ref: _with_presence(p, verdicts[p.ref], contacts.get(p.ref)) for p in presses}


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
class _Person:
    """Presses of the same person, in order of time, and the first contact among them."""

    presses: list[Press]
    contact: str | None

    def add(self, press: Press) -> None:
        self.presses.append(press)
        self.contact = self.contact or press.contact


def _people(presses: Iterable[Press], windows: Windows) -> list[_Person]:
    """Sort presses by who made them.

    A press belongs to its contact. One that nobody can be named for, or the first of a contact,
    follows the press before it if it falls in its window and no camera tells the two apart;
    otherwise it is somebody new.
    """
    people: list[_Person] = []
    last: _Person | None = None
    for press in presses:
        known = _person_of(press, people) or _followed(press, last, windows)
        if known is None:
            last = _Person([press], press.contact)
            people.append(last)
        else:
            last = known
            last.add(press)
    return people


def _person_of(press: Press, people: list[_Person]) -> _Person | None:
    mine = (p for p in people if press.contact is not None and p.contact == press.contact)
    return next(mine, None)


def _followed(press: Press, last: _Person | None, windows: Windows) -> _Person | None:
    """Return the person of the press before, if this one can be theirs too."""
    if last is None or not windows.joins(last.presses[-1], press):
        return None
    told_apart = None not in {last.contact, press.contact}
    return None if told_apart else last


def _contact_of(presses: list[Press]) -> str | None:
    return next((p.contact for p in presses if p.contact is not None), None)


def _judge_person(presses: list[Press], windows: Windows, chords: set[int]) -> dict[int, Verdict]:
    """Judge the presses of one person: one answer counts, the last of the first group.

    Chords never count, but they are part of the playing they may be seen in.
    """
    chord = Verdict(counts=False, flags=("chord",))
    verdicts = {p.ref: chord for p in presses if p.ref in chords}
    standing: Press | None = None
    for group in _groups(presses, windows):
        answers = [p for p in group[:HAMMERING_PRESSES] if p.ref not in chords]
        verdicts |= {p.ref: PLAY for p in group[HAMMERING_PRESSES:]}
        if _is_play(group[:HAMMERING_PRESSES]):
            verdicts |= {p.ref: PLAY for p in answers}
        elif standing is not None:
            verdicts |= {p.ref: _judge_late(p, standing) for p in answers}
        elif answers:
            standing = _judge_answer(answers, verdicts)
    return verdicts


def _groups(presses: list[Press], windows: Windows) -> list[list[Press]]:
    """Split where the window has closed."""
    groups: list[list[Press]] = []
    for press in presses:
        if groups and windows.joins(groups[-1][-1], press):
            groups[-1].append(press)
        else:
            groups.append([press])
    return groups


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


def _with_presence(press: Press, verdict: Verdict, contact: str | None) -> Verdict:
    who = contact or press.contact
    unseen: tuple[Flag, ...] = ("no_contact",) if press.watched and who is None else ()
    if not unseen and who == verdict.contact:
        return verdict
    return replace(verdict, flags=verdict.flags + unseen, contact=who)


class Judge:
    """Remembers the presses that may still matter and what was told about them."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._presses: list[Press] = []
        self._told: dict[int, Amendment] = {}
        self._hammered: Press | None = None

    def press(self, press: Press) -> tuple[Verdict, list[Amendment]]:
        """Take a new press: its verdict as far as known, and what changed about others."""
        full = self._full_group_of(press)
        if full:
            return _with_presence(press, PLAY, _contact_of(full)), []
        self._forget(press.at_ms)
        self._presses.append(press)
        self._presses.sort(key=lambda p: (p.at_ms, p.ref))
        amended = self._review()
        verdict = self._told[press.ref].verdict
        return verdict, [a for a in amended if a.press.ref != press.ref]

    def attribute(self, ref: int, contact: str) -> list[Amendment]:
        """Learn who made a press."""
        return self._replace(ref, contact=contact)

    def mark_stuck(self, key: str) -> list[Amendment]:
        """Learn that the last press of a key was no press: it was never released."""
        refs = [p.ref for p in self._presses if p.key == key]
        return self._replace(refs[-1], stuck=True) if refs else []

    def restore(self, told: Sequence[Amendment]) -> list[Amendment]:
        """Take over what a former run of the agent told; returns what it had no time to say."""
        self._presses = sorted((a.press for a in told), key=lambda p: (p.at_ms, p.ref))
        self._told = {a.press.ref: a for a in told}
        return self._review()

    def known(self) -> tuple[Amendment, ...]:
        """Return all remembered presses with their verdicts, in order of time."""
        return tuple(self._told[p.ref] for p in self._presses)

    def _replace(self, ref: int, **facts: object) -> list[Amendment]:
        changed = [replace(p, **facts) if p.ref == ref else p for p in self._presses]  # type: ignore[arg-type]
        self._presses = changed
        return self._review()

    def _review(self) -> list[Amendment]:
        """Judge everything anew; return and remember what differs from what was told."""
        verdicts = decide(self._presses, self._windows)
        now = [Amendment(p, verdicts[p.ref]) for p in self._presses]
        news = [a for a in now if a != self._told.get(a.press.ref)]
        self._told |= {a.press.ref: a for a in news}
        return news

    def _full_group_of(self, press: Press) -> list[Press]:
        """Return the group that a press goes on with if it is full; it is not remembered then.

        A contact that chatters or a key that is drummed on for minutes would else have every
        press weighed against all before it, and the light would come later and later.
        """
        if len(self._presses) < HAMMERING_PRESSES:
            return []
        people = _people([p for p in self._presses if not p.stuck], self._windows)
        group = _groups(people[-1].presses, self._windows)[-1] if people else []
        goes_on = len(group) >= HAMMERING_PRESSES and (
            press.contact in {None, _contact_of(group)}
            and self._windows.joins(self._hammered or group[-1], press)
        )
        self._hammered = press if goes_on else None
        return group if goes_on else []

    def _forget(self, now_ms: int) -> None:
        """Drop what is too old to matter, never a part of one group."""
        old = [i for i, p in enumerate(self._presses) if p.at_ms < now_ms - MEMORY_MS]
        for index in reversed(old):
            after = self._presses[index + 1 : index + 2]
            if not after or not self._may_belong(self._presses[index], after[0]):
                for press in self._presses[: index + 1]:
                    del self._told[press.ref]
                self._presses = self._presses[index + 1 :]
                return

    def _may_belong(self, earlier: Press, later: Press) -> bool:
        """Tell whether two neighbours can be of one group: in one window, of no two contacts."""
        contacts = {earlier.contact, later.contact}
        told_apart = len(contacts) > 1 and None not in contacts
        return self._windows.joins(earlier, later) and not told_apart
