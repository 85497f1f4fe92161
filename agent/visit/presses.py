"""Presses as ratings: numbered, judged, kept, and amended as more becomes known."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from agent.clock import Clock
from agent.events.catalogue import Channel
from agent.outbox.work import Receipt
from agent.visit.contacts import Contacts
from agent.visit.judge import Amendment, Judge
from agent.visit.ledger import SeenBy
from agent.visit.ratings import Ratings, Store, Told
from agent.visit.rules import Press, Rules
from agent.visit.settings import VisitSettings


class Rated(NamedTuple):
    """A press that was taken as a rating."""

    kept: asyncio.Future[Receipt]
    """Resolves when it is kept."""
    newcomer: bool
    """It counts and changes nobody's answer: it is of somebody else than the one before."""


class Presses:
    """Make it inside a running event loop. Of several presses of a visit the last is its answer."""

    def __init__(
        self, settings: VisitSettings, *, keys: tuple[str, ...], store: Store, clock: Clock
    ) -> None:
        self._clock = clock
        self._judge = Judge(Rules.of(settings))
        self._ratings = Ratings(store, keys=keys)
        self._keys = keys
        self._next_ref = 1
        self.answer = 1
        """The press that is the answer of who is being asked, or was last."""
        self.counts: Counter[str] = Counter()
        """How often each key was pressed in this run, button tests left out."""
        self.contacts = Contacts(
            settings, store=store, clock=clock, ratings=self._ratings, judge=self._judge
        )
        """Who is present."""
        self.event_id = self._ratings.event_id

    def rate(self, key: str, *, at_s: float, channel: Channel, language: str) -> Rated:
        """Take a press as a rating."""
        moment = self._clock.moment(at_s)
        press = self._of_contact(key, moment.monotonic_ms)
        verdict, amendments = self._judge.press(press)
        self.counts[key] += 1
        kept = self._ratings.give(press, verdict, channel=channel, language=language, at=moment)
        changed = self.answer in {amendment.press.ref for amendment in amendments}
        if verdict.counts:
            self.answer = press.ref
        self._ratings.amend(amendments)
        return Rated(kept, newcomer=verdict.counts and not changed)

    def try_out(
        self, key: str, *, at_s: float, channel: Channel, language: str
    ) -> asyncio.Future[Receipt]:
        """Take a press of the button test: it is nobody's."""
        moment = self._clock.moment(at_s)
        press = Press(self._number(), key, moment.monotonic_ms, test=True)
        verdict, _ = self._judge.press(press)
        return self._ratings.give(press, verdict, channel=channel, language=language, at=moment)

    def mark_stuck(self, key: str) -> None:
        """Learn that the last press of a key was never released."""
        self._ratings.amend(self._judge.mark_stuck(key))

    def disown(self, presses: Sequence[tuple[str, int]]) -> None:
        """Learn that presses (key, monotonic ms) were of staff."""
        for key, at_ms in presses:
            self._ratings.amend(self._judge.mark_staff(key, at_ms=at_ms))

    def arrive(self, contact: str, *, arrived_ms: int, seen_by: SeenBy) -> None:
        """Take a contact, and learn which earlier presses were its own."""
        for ref in self.contacts.arrive(contact, arrived_ms=arrived_ms, seen_by=seen_by):
            self._ratings.amend(self._judge.attribute(ref, contact))

    def restore(self, told: Sequence[Told]) -> None:
        """Take over what a former run kept."""
        mine = [rating for rating in told if rating.press.key in self._keys]
        self._ratings.restore(mine)
        self._next_ref = 1 + max((t.press.ref for t in mine), default=0)
        amendments = self._judge.restore([Amendment(t.press, t.verdict) for t in mine])
        self._ratings.amend(amendments)

    async def close(self) -> None:
        """Enter every open contact, and write everything that waits."""
        await self.contacts.close()
        await self._ratings.close()

    def _of_contact(self, key: str, at_ms: int) -> Press:
        contacts = self.contacts
        return Press(
            self._number(),
            key,
            at_ms,
            contact=contacts.attribute(at_ms),
            watched=contacts.watched,
            crowd=contacts.present > 1,
            prompted=contacts.prompted,
        )

    def _number(self) -> int:
        ref, self._next_ref = self._next_ref, self._next_ref + 1
        return ref
