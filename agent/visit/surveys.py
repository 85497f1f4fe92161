"""The survey behind an answer, on the event loop. Every answer is kept when it is given.

A response is told in parts: each `response.given` of a session holds what was answered since the
one before, so a power cut costs no more than the open question. Where a customer goes back and
answers anew, the later part holds.

Words are personal and go another way: they stay in memory while the session lasts, and whatever
ends it has the desk make one `feedback.left` of them.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agent.clock import Clock
from agent.events.catalogue import Answer, Channel, ResponseGiven
from agent.feedback.cases import draw_case
from agent.feedback.desk import Behind
from agent.feedback.gathering import Draft, gathered
from agent.feedback.leaving import Left
from agent.outbox.work import Receipt
from agent.screen.asked import Asked, Parting
from agent.survey.offer import Offer, Opening
from agent.survey.screens import Needs
from agent.survey.session import Cut, Session
from agent.survey.showing import Words, asked
from agent.visit.ratings import Store

SESSION_BYTES = 8


class Desk(Protocol):
    """Takes what customers leave; `agent.feedback.desk` has the one of a kiosk."""

    async def note(self, left: Left | None, *, behind: Behind) -> None:
        """Note what they have sent so far; None where they have taken it back."""
        ...

    async def take(self, left: Left, *, behind: Behind) -> Parting:
        """Keep it, and return what the thanks say of it."""
        ...


@dataclass(slots=True, eq=False)
class _Response:
    """A session, and what was told of it."""

    session: Session
    rating: int | None
    """The press it belongs to."""
    name: str = field(default_factory=lambda: secrets.token_hex(SESSION_BYTES))
    told: dict[tuple[str, str | None], Answer] = field(default_factory=dict)
    touched: bool = False
    """Whether the customer has done anything with it."""
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    draft: Draft = field(default_factory=Draft)
    """What was written, until it is handed over."""
    case: str = field(default_factory=draw_case)
    """The number under which that is filed."""
    noted: Left | None = None
    """What the desk has a note of."""
    event_id: str | None = None
    """Of the part that was told last."""
    handed_over: bool = False

    @property
    def news(self) -> dict[tuple[str, str | None], Answer]:
        """Answers that were not told yet, or otherwise."""
        answers = {(answer.question, answer.item): answer for answer in self.session.answers}
        return {key: answer for key, answer in answers.items() if self.told.get(key) != answer}


class Surveys:
    """At most one session is open; it belongs to the last rating given while it was."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        offer: Offer,
        rating_id: Callable[[int], Awaitable[str | None]],
        desk: Desk | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._offer = offer
        self._rating_id = rating_id
        self._desk = desk
        self._open: _Response | None = None
        self.parting: Parting | None = None
        """What the thanks say to who has just left something; None where nobody has."""

    @property
    def session(self) -> Session | None:
        """The session that is open."""
        return None if self._open is None else self._open.session

    @property
    def touched(self) -> bool:
        """Whether the customer has done anything with the open session."""
        return self._open is not None and self._open.touched

    @property
    def untouched(self) -> bool:
        """Whether a session is open that nobody has done anything with."""
        return self._open is not None and not self._open.touched

    @property
    def options(self) -> tuple[str, ...]:
        """What the open screen offers."""
        session = self.session
        return () if session is None or session.screen is None else session.screen.options

    @property
    def needs(self) -> Needs | None:
        """What answers the open screen; None where nothing is asked."""
        session = self.session
        return None if session is None or session.screen is None else session.screen.needs

    def touch(self) -> None:
        """Note that somebody is at it."""
        if self._open is not None:
            self._open.touched = True

    @property
    def asked(self) -> Asked | None:
        """What is asked now, in words; None when nothing is."""
        session = self.session
        if session is None or session.screen is None:
            return None
        words = Words(session.questionnaire, self._offer.catalogue, session.language)
        return asked(session.screen, words=words)

    def invites(self, language: str) -> bool:
        """Tell whether there is a survey to invite to now, without a rating."""
        return self._offer.invites(language, at_s=self._clock.monotonic())

    def open(self, rating: int | None, opening: Opening) -> bool:
        """Begin to ask, or go on; tells whether there is a question.

        While somebody is asked already only the rating changes, of a survey that follows one.
        """
        self.parting = None
        if self._open is not None:
            if self._open.rating is not None:
                self._open.rating = rating
            return True
        session = self._offer.open(opening)
        if session is None:
            return False
        self._open = _Response(session, rating)
        self._close_over(self._open)
        return self._open is not None

    def hurry(self, *, waiting: bool) -> None:
        """Learn whether somebody stands behind the customer."""
        if self._open is not None:
            self._open.session.waiting = waiting

    def speak(self, language: str) -> None:
        """Go on in another language, where the questionnaire has it."""
        if self._open is not None and language in self._open.session.questionnaire.languages:
            self._open.session.speak(language)

    async def answer(self, options: Sequence[str], *, channel: Channel) -> Receipt | None:
        """Keep the answer to the screen shown now; None if another is being kept: a second tap.

        Raises `SurveyError` for what is not offered, `StoreError` where it cannot be kept: it is
        then kept with the next one.
        """
        response = self._waiting()
        if response is None:
            return None
        response.session.answer(options, at_s=self._clock.monotonic(), channel=channel)
        return await self._keep(response)

    async def write(self, words: str, *, channel: Channel) -> Receipt | None:
        """Keep that the screen shown now was answered in words, and remember these.

        Raises like `answer`.
        """
        response = self._waiting()
        if response is None or response.session.screen is None:
            return None
        question = response.session.screen.question
        at_s = self._clock.monotonic()
        response.session.answer(at_s=at_s, channel=channel, text_given=True)
        response.draft.words[question] = words
        return await self._keep(response)

    async def skip(self, *, channel: Channel | None) -> Receipt | None:
        """Keep that the screen shown now was skipped."""
        response = self._waiting()
        if response is None:
            return None
        response.session.skip(at_s=self._clock.monotonic(), channel=channel)
        return await self._keep(response)

    def back(self) -> bool:
        """Return to the screen before; tells whether there was one."""
        response = self._waiting()
        return response is not None and response.session.back(at_s=self._clock.monotonic())

    async def end(self, how: Cut) -> Receipt | None:
        """End the session from outside and keep what is left of it; None if none was open."""
        response = self._open
        if response is None:
            return None
        response.session.end(how, at_s=self._clock.monotonic())
        return await self._keep(response)

    def _waiting(self) -> _Response | None:
        """Return the response that waits for the customer."""
        response = self._open
        if response is None or response.writing.locked():
            return None
        response.touched = True
        return response

    async def _keep(self, response: _Response) -> Receipt | None:
        self._close_over(response)
        async with response.writing:
            try:
                await self._note(response)
                return await self._tell(response)
            finally:  # also where the store refuses the answers: it may take the words
                await self._hand_over(response)

    async def _tell(self, response: _Response) -> Receipt | None:
        news = response.news
        if not news:
            return None
        receipt = await self._write(response, tuple(news.values()))
        response.told |= news
        response.event_id = receipt.event_id
        return receipt

    async def _note(self, response: _Response) -> None:
        """Have the desk note what was written, and what was changed of it, on the way."""
        if self._desk is None or not response.draft.words:
            return
        left = gathered(response.draft, session=response.session)
        done = response.session.screen is None and left is not None  # it is filed at once
        if left != response.noted and not done:
            response.noted = left
            await self._desk.note(left, behind=await self._behind(response))

    async def _behind(self, response: _Response) -> Behind:
        rating = None if response.rating is None else await self._rating_id(response.rating)
        there = response.session.ending in {"complete", "waiting"}
        return Behind(case=response.case, rating=rating, response=response.event_id, there=there)

    async def _hand_over(self, response: _Response) -> None:
        """Leave with the desk what the customer wrote, once, when the session is over."""
        session = response.session
        if self._desk is None or session.screen is not None or response.handed_over:
            return
        left = gathered(response.draft, session=session)
        if left is None:
            return
        response.handed_over = True
        behind = await self._behind(response)
        parting = await self._desk.take(left, behind=behind)
        if behind.there and self._open is None:
            self.parting = parting

    async def _write(self, response: _Response, answers: tuple[Answer, ...]) -> Receipt:
        rating = None if response.rating is None else await self._rating_id(response.rating)
        event = ResponseGiven(
            rating=rating,
            answers=answers,
            questionnaire=response.session.questionnaire.id,
            session=response.name,
        )
        return await asyncio.wrap_future(self._store.append(event))

    def _close_over(self, response: _Response) -> None:
        """Let go of a session that has nothing more to ask."""
        if self._open is response and response.session.screen is None:
            self._open = None
            self._offer.settle(response.session, at_s=self._clock.monotonic())
