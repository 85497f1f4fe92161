"""The judge: remembers the presses that may still matter, and what was told about them. Pure.

The rules are evaluated anew at every press; what changed is told as amendments. After five
minutes of nothing that could change it a verdict is final, and only whose answer it is remains
known for as long as that contact is there.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.visit.rules import (
    CHORD_MS,
    HAMMERING_PRESSES,
    RULE_VERSION,
    Person,
    Press,
    Rules,
    Verdict,
    decide,
    groups,
    people,
    say_play,
)

__all__ = ["MEMORY_MS", "RULE_VERSION", "Amendment", "Judge", "Press", "Rules", "Verdict"]

MEMORY_MS = 300_000
CONTACT_PRESSES = 100
"""Of a contact that stays and goes on pressing this many final verdicts are remembered."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """A press is seen differently than told before."""

    press: Press
    verdict: Verdict


class Judge:
    """Tells what presses mean. Feed it presses, and who is there, in order of time."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._presses: list[Press] = []
        self._told: dict[int, Amendment] = {}
        self._final: dict[str, list[Amendment]] = {}
        """Of every contact that is not over: what can no longer change."""
        self._hammered: dict[int, Press] = {}
        """Of a full group, by its first press: the last one that went on with it."""

    def press(self, press: Press) -> tuple[Verdict, list[Amendment]]:
        """Take a new press: its verdict as far as known, and what changed about others."""
        person = self._hammering(press)
        if person is not None:
            return say_play(press, person.contact), []
        self._settle(press.at_ms - MEMORY_MS)
        self._presses.append(press)
        self._presses.sort(key=lambda p: (p.at_ms, p.ref))
        amended = self._review()
        verdict = self._told[press.ref].verdict
        return verdict, [a for a in amended if a.press.ref != press.ref]

    def begin(self, contact: str) -> None:
        """Learn that a contact is there: its answer stands until `end`."""
        self._final.setdefault(contact, [])

    def end(self, contact: str) -> None:
        """Learn that no press can be a contact's any more."""
        self._final.pop(contact, None)

    def attribute(self, ref: int, contact: str) -> list[Amendment]:
        """Learn who made a press."""
        return self._replace(ref, contact=contact)

    def mark_stuck(self, key: str) -> list[Amendment]:
        """Learn that the last press of a key was no press: it was never released."""
        refs = [p.ref for p in self._presses if p.key == key]
        return self._replace(refs[-1], stuck=True) if refs else []

    def mark_staff(self, key: str, *, at_ms: int) -> list[Amendment]:
        """Learn that a press was somebody's who signs on; one that is not remembered is let be."""
        refs = [p.ref for p in self._presses if p.key == key and p.at_ms == at_ms]
        return self._replace(refs[-1], staff=True) if refs else []

    def restore(self, told: Sequence[Amendment]) -> list[Amendment]:
        """Take over what a former run of the agent told; returns what it had no time to say."""
        self._presses = sorted((a.press for a in told), key=lambda p: (p.at_ms, p.ref))
        self._told = {a.press.ref: a for a in told}
        return self._review()

    def known(self) -> tuple[Amendment, ...]:
        """Return all remembered presses with their verdicts, in order of time."""
        final = [a for amendments in self._final.values() for a in amendments]
        told = [*final, *(self._told[p.ref] for p in self._presses)]
        return tuple(sorted(told, key=lambda a: (a.press.at_ms, a.press.ref)))

    def _replace(self, ref: int, **facts: object) -> list[Amendment]:
        changed = [replace(p, **facts) if p.ref == ref else p for p in self._presses]  # type: ignore[arg-type]
        self._presses = changed
        return self._review()

    def _review(self) -> list[Amendment]:
        """Judge everything anew; return and remember what differs from what was told."""
        verdicts = decide(self._presses, self._rules, answered=self._answered())
        now = [Amendment(p, verdicts[p.ref]) for p in self._presses]
        news = [a for a in now if a != self._told.get(a.press.ref)]
        self._told |= {a.press.ref: a for a in news}
        return news

    def _answered(self) -> dict[str, Press | None]:
        return {
            contact: next((a.press for a in final if a.verdict.counts), None)
            for contact, final in self._final.items()
            if final
        }

    def _people(self) -> list[Person]:
        sound = [p for p in self._presses if p.sound]
        return people(sound, self._rules, answered=self._answered())

    def _hammering(self, press: Press) -> Person | None:
        """Return who goes on with a full group by this press, which is then not remembered.

        A contact that chatters or a key that is drummed on for minutes would else have every
        press weighed against all before it, and the light would come later and later.
        """
        if press.test or len(self._presses) < HAMMERING_PRESSES:
            return None
        person = _maker(press, self._people())
        group = groups(person.presses, self._rules)[-1] if person is not None else []
        if len(group) < HAMMERING_PRESSES or not self._rules.joins(self._last_of(group), press):
            return None
        self._hammered[group[0].ref] = press
        return person

    def _last_of(self, group: list[Press]) -> Press:
        return self._hammered.get(group[0].ref, group[-1])

    def _settle(self, before_ms: int) -> None:
        """Take verdicts as final up to the last instant before `before_ms` that parts no group."""
        until_ms = self._last_parting(before_ms)
        if until_ms is None:
            return
        for press in [p for p in self._presses if p.at_ms <= until_ms]:
            self._keep_final(self._told.pop(press.ref))
            self._hammered.pop(press.ref, None)
        self._presses = [p for p in self._presses if p.at_ms > until_ms]

    def _last_parting(self, before_ms: int) -> int | None:
        """Return when what came up to then and what came after have nothing to do together."""
        if not self._presses or self._presses[0].at_ms >= before_ms:
            return None
        found = [group for who in self._people() for group in groups(who.presses, self._rules)]
        spans = [(group[0].at_ms, self._last_of(group).at_ms) for group in found]
        spans += [
            (a.at_ms, b.at_ms)
            for a, b in itertools.pairwise(self._presses)
            if b.at_ms - a.at_ms <= CHORD_MS
        ]
        parting = None
        for press in self._presses:
            if press.at_ms < before_ms and not any(a <= press.at_ms < b for a, b in spans):
                parting = press.at_ms
        return parting

    def _keep_final(self, amendment: Amendment) -> None:
        """Remember a final verdict of a contact that is not over, the counting one always."""
        contact = amendment.verdict.contact
        if contact is None or contact not in self._final:
            return
        final = self._final[contact]
        final.append(amendment)
        if len(final) > CONTACT_PRESSES:
            final.remove(next(a for a in final if not a.verdict.counts))


def _maker(press: Press, found: list[Person]) -> Person | None:
    """Return who a press is of if it goes on with anything: its contact, else who pressed last."""
    mine = next(
        (p for p in found if press.contact is not None and p.contact == press.contact), None
    )
    last = max(found, key=lambda p: (p.presses[-1].at_ms, p.presses[-1].ref), default=None)
    if mine is not None or last is None:
        return mine
    return None if None not in {last.contact, press.contact} else last
