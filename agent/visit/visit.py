"""One kiosk's visits: presses and choices in, events and stages out.

The order of a press is a promise: it is judged, committed, and only then acknowledged by light,
sound and screen. Everything here runs on the event loop; time comes in from outside.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from agent.clock import Clock, Moment
from agent.events.catalogue import (
    Answer,
    Channel,
    ContactEnded,
    EventData,
    PromptShown,
    RatingAmended,
    RatingGiven,
    ResponseGiven,
)
from agent.outbox.writer import Receipt
from agent.screen.views import Choice, LanguageChoice
from agent.visit.dialogue import Dialogue
from agent.visit.judge import RULE_VERSION, Amendment, Judge, Press, Verdict, Windows
from agent.visit.ledger import Entry, Ledger
from agent.visit.scale import DEFAULT_KEYS, Sentiment, sentiment
from agent.visit.settings import VisitSettings
from agent.visit.stage import Stage

SKIP = "skip"


class Store(Protocol):
    """Where facts are kept; the outbox, or a list in a test."""

    def append(self, data: EventData, *, at: Moment | None = None) -> Future[Receipt]:
        """Keep an event."""
        ...


class Acknowledgement(Protocol):
    """How a person is told; the panel's lights and buzzer, or nothing at all."""

    def wait(self) -> None:
        """Show that something is under way, if it takes long."""
        ...

    def acknowledge(self, *, durable: bool) -> None:
        """Thank, the same for every answer."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """A rating that a former run of the agent stored, with the last word on it."""

    press: Press
    event_id: str
    verdict: Verdict
    value: int


@dataclass(slots=True)
class _Session:
    """A reasons screen that is open."""

    rating: asyncio.Future[str]
    opened_s: float
    language: str


class Visit:
    """The rules of `visit` at work. Make it inside a running event loop."""

    def __init__(
        self,
        settings: VisitSettings,
        *,
        keys: tuple[str, ...],
        languages: tuple[str, ...],
        store: Store,
        clock: Clock,
        acknowledgement: Acknowledgement,
        show: Callable[[Stage], None],
    ) -> None:
        self._settings = settings
        self._keys = keys or DEFAULT_KEYS[settings.scale]
        self._languages = languages
        self._store = store
        self._clock = clock
        self._acknowledgement = acknowledgement
        self._show = show
        self._loop = asyncio.get_running_loop()
        alone_ms = int(settings.repeat_window_s * 1000)
        self._judge = Judge(Windows(alone_ms, int(settings.repeat_window_crowd_s * 1000)))
        self._ledger = Ledger(
            join_after_leaving_ms=int(settings.join_after_leaving_s * 1000), settle_ms=alone_ms
        )
        self._dialogue = Dialogue(settings, language=languages[0])
        self._next_ref = 1
        self._ids: dict[int, asyncio.Future[str]] = {}
        self._values: dict[int, int] = {}
        self._session: _Session | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._amendments: asyncio.Queue[Amendment] = asyncio.Queue()
        self._amending = asyncio.create_task(self._write_amendments())
        self._stage_timer: asyncio.TimerHandle | None = None
        self._ledger_timer: asyncio.TimerHandle | None = None
        self._watching = False
        self.presses: Counter[str] = Counter()

    @property
    def stage(self) -> Stage:
        """What the customer faces."""
        return self._dialogue.stage

    @property
    def keys(self) -> tuple[str, ...]:
        """Ids of the answers, the worst first."""
        return self._keys

    @property
    def present(self) -> int:
        """Contacts present now."""
        return self._ledger.present

    # -- answers ------------------------------------------------------------------------------

    def press(self, key: str, *, at_s: float, channel: Channel = "button") -> None:
        """Take an accepted press of a button or a face. `at_s` is monotonic."""
        moment = self._clock.moment(at_s)
        press = self._make_press(key, moment.monotonic_ms)
        verdict, amendments = self._judge.press(press)
        self.presses[key] += 1
        self._acknowledgement.wait()
        kept = self._store.append(self._rating(press, verdict, channel), at=moment)
        self._ids[press.ref] = self._loop.create_future()
        self._start(self._acknowledge(press, kept))
        self._amend(amendments)

    def mark_stuck(self, key: str) -> None:
        """Learn that the last press of a key was never released."""
        self._amend(self._judge.mark_stuck(key))

    def choose(self, choice: Choice) -> str | None:
        """Take a choice from the page; returns why it is refused, or None."""
        stage = self._dialogue.stage
        if choice.revision != stage.revision:
            return "this screen has been answered already"
        if stage.name in {"attract", "question"} and choice.option in self._keys:
            self.press(choice.option, at_s=self._clock.monotonic(), channel=choice.channel)
            return None
        if stage.name == "reasons":
            return self._choose_reason(choice)
        return f"{choice.option} cannot be chosen here"

    def speak(self, choice: LanguageChoice) -> str | None:
        """Take another language from the page; returns why it is refused, or None."""
        if choice.revision != self._dialogue.stage.revision:
            return "this screen has changed already"
        if choice.code not in self._languages:
            return f"language {choice.code} is not configured here"
        self._enter(self._dialogue.speak(choice.code))
        return None

    # -- presence -----------------------------------------------------------------------------

    def watch(self, *, on: bool) -> None:
        """Learn whether a camera is counting contacts; when it stops, everybody is gone."""
        self._watching = on
        if not on:
            self._ledger.leave_all(left_ms=self._now_ms())
            self._depart_if_alone()

    def prompt(self, *, on: bool) -> None:
        """Learn whether the question can be seen: a page, or buttons with a printed one."""
        self._ledger.prompt(on=on, at_ms=self._now_ms())

    def arrive(self, contact: str, *, arrived_ms: int) -> None:
        """Take a contact that has been present long enough to be one."""
        self._ledger.arrive(contact, arrived_ms=arrived_ms)
        self._claim_presses(contact, arrived_ms)
        stage = self._dialogue.arrive()
        if stage is not None:
            self._enter(stage)
            self._store.append(PromptShown(contact=contact, language=stage.language))

    def leave(self, contact: str, *, left_ms: int) -> None:
        """Take the end of a contact's presence."""
        self._ledger.leave(contact, left_ms=left_ms)
        self._depart_if_alone()

    # -- start and stop -----------------------------------------------------------------------

    def restore(self, told: list[Told]) -> None:
        """Take over the presses of a former run, so that a crash does not split an answer."""
        for rating in told:
            known = self._loop.create_future()
            known.set_result(rating.event_id)
            self._ids[rating.press.ref] = known
            self._values[rating.press.ref] = rating.value
        self._next_ref = 1 + max((t.press.ref for t in told), default=0)
        self._amend(self._judge.restore([Amendment(t.press, t.verdict) for t in told]))

    async def close(self) -> None:
        """Finish what is under way and enter every open contact."""
        for timer in (self._stage_timer, self._ledger_timer):
            if timer is not None:
                timer.cancel()
        self._end_session("interrupted")
        while self._tasks:
            await asyncio.gather(*self._tasks)
        self._write_entries(self._ledger.close_all(self._now_ms()))
        while self._tasks:
            await asyncio.gather(*self._tasks)
        await self._amendments.join()
        self._amending.cancel()

    # -- inside -------------------------------------------------------------------------------

    def _make_press(self, key: str, at_ms: int) -> Press:
        contact = self._ledger.attribute(at_ms)
        if contact is not None:
            self._ledger.note_press(contact, at_ms=at_ms)
        ref, self._next_ref = self._next_ref, self._next_ref + 1
        self._values[ref] = self._keys.index(key) + 1
        crowd = self._ledger.present > 1
        return Press(ref, key, at_ms, contact=contact, watched=self._watching, crowd=crowd)

    def _rating(self, press: Press, verdict: Verdict, channel: Channel) -> RatingGiven:
        value, scale = self._values[press.ref], self._settings.scale
        return RatingGiven(
            key=press.key,
            value=value,
            scale=scale,
            sentiment=sentiment(value, scale=scale),
            channel=channel,
            counts=verdict.counts,
            flags=verdict.flags,
            rule_version=RULE_VERSION,
            contact=press.contact,
            language=self._dialogue.stage.language,
        )

    async def _acknowledge(self, press: Press, kept: Future[Receipt]) -> None:
        receipt = await asyncio.wrap_future(kept)
        self._ids[press.ref].set_result(receipt.event_id)
        self._acknowledgement.acknowledge(durable=receipt.durable)
        self._open_session(press)
        self._enter(self._dialogue.press())

    def _open_session(self, press: Press) -> None:
        """Ask for reasons; an answer changed while they are asked keeps the session."""
        if self._session is not None:
            self._session.rating = self._ids[press.ref]
        elif self._settings.reasons:
            now_s, language = self._clock.monotonic(), self._dialogue.stage.language
            self._session = _Session(self._ids[press.ref], now_s, language)

    def _choose_reason(self, choice: Choice) -> str | None:
        if choice.option == SKIP:
            self._end_session("skipped", channel=choice.channel)
            self._enter(self._dialogue.skip())
            return None
        if choice.option not in {reason.id for reason in self._settings.reasons}:
            return f"{choice.option} is not one of the reasons asked"
        kept = self._end_session("answered", options=(choice.option,), channel=choice.channel)
        if kept is not None:
            self._start(self._thank_for_reason(kept))
        return None

    def _end_session(
        self, ended: str, *, options: tuple[str, ...] = (), channel: Channel | None = None
    ) -> asyncio.Future[Receipt] | None:
        session, self._session = self._session, None
        if session is None:
            return None
        answer = Answer.model_validate(
            {
                "question": "reasons",
                "options": options,
                "ended": ended,
                "duration_s": round(self._clock.monotonic() - session.opened_s, 3),
                "language": self._dialogue.stage.language,
                "channel": channel,
            }
        )
        rating = session.rating.result() if session.rating.done() else None
        return asyncio.wrap_future(
            self._store.append(ResponseGiven(rating=rating, answers=(answer,)))
        )

    async def _thank_for_reason(self, kept: asyncio.Future[Receipt]) -> None:
        receipt = await kept
        self._acknowledgement.acknowledge(durable=receipt.durable)
        self._enter(self._dialogue.give_reason())

    def _enter(self, stage: Stage) -> None:
        """Show a stage and let it end by itself when it has a time."""
        if self._stage_timer is not None:
            self._stage_timer.cancel()
        if stage.closes_s is not None:
            self._stage_timer = self._loop.call_later(stage.closes_s, self._expire, stage.revision)
        self._show(stage)

    def _expire(self, revision: int) -> None:
        was = self._dialogue.stage.name
        stage = self._dialogue.expire(revision)
        if stage is None:
            return
        if was == "reasons":
            self._end_session("timeout")
        self._enter(self._back_to_work(stage))

    def _back_to_work(self, stage: Stage) -> Stage:
        """Stay at the question while somebody is present."""
        alone = self._ledger.present == 0
        return stage if alone or stage.name != "attract" else self._dialogue.arrive() or stage

    def _depart_if_alone(self) -> None:
        if self._ledger.present == 0:
            stage = self._dialogue.depart()
            if stage is not None:
                self._enter(stage)
        self._schedule_ledger()

    def _claim_presses(self, contact: str, arrived_ms: int) -> None:
        """Give a new contact the presses made since it arrived, before it was confirmed."""
        for known in self._judge.known():
            press = known.press
            late = press.at_ms >= arrived_ms
            if late and self._ledger.give_up(press.contact, at_ms=press.at_ms):
                self._ledger.note_press(contact, at_ms=press.at_ms)
                self._amend(self._judge.attribute(press.ref, contact))

    def _schedule_ledger(self) -> None:
        if self._ledger_timer is not None:
            self._ledger_timer.cancel()
        due_ms = self._ledger.next_due_ms()
        if due_ms is not None:
            self._ledger_timer = self._loop.call_at(due_ms / 1000, self._close_contacts)

    def _close_contacts(self) -> None:
        self._write_entries(self._ledger.close_due(self._now_ms()))
        self._schedule_ledger()

    def _write_entries(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._start(self._write_entry(entry))

    async def _write_entry(self, entry: Entry) -> None:
        """Write one contact's end, once its ratings have their ids."""
        ratings = [k for k in self._judge.known() if k.press.contact == entry.contact]
        ids = [await self._ids[k.press.ref] for k in ratings]
        counting = [self._sentiment(k.press) for k in ratings if k.verdict.counts]
        ended = ContactEnded(
            contact=entry.contact,
            dwell_s=round(entry.dwell_s, 3),
            asked=entry.asked,
            answered=bool(counting),
            sentiment=counting[-1] if counting else None,
            ratings=tuple(ids),
        )
        self._store.append(ended, at=self._clock.moment(entry.left_ms / 1000))

    def _sentiment(self, press: Press) -> Sentiment:
        return sentiment(self._values[press.ref], scale=self._settings.scale)

    def _amend(self, amendments: list[Amendment]) -> None:
        for amendment in amendments:
            self._amendments.put_nowait(amendment)

    async def _write_amendments(self) -> None:
        """Write amendments one after the other, each after the rating it names."""
        while True:
            amendment = await self._amendments.get()
            verdict = amendment.verdict
            self._store.append(
                RatingAmended(
                    rating=await self._ids[amendment.press.ref],
                    counts=verdict.counts,
                    flags=verdict.flags,
                    rule_version=RULE_VERSION,
                    contact=amendment.press.contact,
                )
            )
            self._amendments.task_done()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _now_ms(self) -> int:
        return int(self._clock.monotonic() * 1000)
