"""Sessions on the event loop: what is kept of them, and when."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from agent.errors import StoreError, SurveyError
from agent.events.catalogue import Answer, ResponseGiven
from agent.survey.catalogue import built_in_catalogue
from agent.survey.facts import RatingFact
from agent.survey.offer import Offer, Opening, Sheet
from agent.survey.questionnaire import Questionnaire
from agent.testing import FakeClock
from agent.testing.store import ListStore
from agent.visit.surveys import Surveys

T = TypeVar("T")

FCR = {"id": "settled", "kind": "fcr"}
NPS = {"id": "recommend", "kind": "nps", "subject": {"en": "our shop", "de": "unseren Laden"}}
TWO = (NPS, FCR)


def sheet(*questions: dict[str, Any], **more: Any) -> Sheet:
    facts = {"id": "q", "languages": ["en", "de"], "questions": questions or TWO} | more
    return Sheet(Questionnaire.model_validate(facts), "v1")


class Desk:
    """Surveys with everything around them faked but the event loop."""

    def __init__(self, *sheets: Sheet) -> None:
        self.store = ListStore()
        self.clock = FakeClock(monotonic_s=100.0)
        offer = Offer(
            sheets or (sheet(),),
            catalogue=built_in_catalogue(),
            now=lambda: datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
            rng=random.Random(1),
        )
        self.surveys = Surveys(self.store, clock=self.clock, offer=offer, rating_id=self._rating_id)

    async def _rating_id(self, ref: int) -> str:
        await asyncio.sleep(0)
        return f"rating-{ref}"

    def open(self, rating: int | None = 1, **facts: Any) -> bool:
        fact = None if rating is None else RatingFact(5, 5)
        facts = {"language": "en", "rating": fact} | facts
        return self.surveys.open(rating, Opening(at_s=self.clock.monotonic(), **facts))

    @property
    def responses(self) -> list[ResponseGiven]:
        return self.store.of(ResponseGiven)

    @property
    def answers(self) -> list[Answer]:
        return [answer for response in self.responses for answer in response.answers]

    def asked(self) -> str | None:
        session = self.surveys.session
        return None if session is None or session.screen is None else session.screen.question


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def begun(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start something and let it go as far as it can."""
    task = asyncio.ensure_future(work)
    for _ in range(5):
        await asyncio.sleep(0)
    return task


async def test_every_answer_is_kept_when_it_is_given(desk: Desk) -> None:
    assert desk.open()
    await desk.surveys.answer(["9"], channel="touch")
    assert [(r.rating, r.questionnaire) for r in desk.responses] == [("rating-1", "q")]
    assert [(a.question, a.value, a.ended) for a in desk.answers] == [("recommend", 9, "answered")]
    assert desk.asked() == "settled"

    await desk.surveys.answer(["yes"], channel="touch")
    assert [a.question for a in desk.answers] == ["recommend", "settled"]
    assert len({r.session for r in desk.responses}) == 1, "one name joins the parts"
    assert desk.surveys.session is None


async def test_what_comes_while_an_answer_is_being_kept_is_a_second_tap(desk: Desk) -> None:
    desk.open()
    desk.store.hold = True
    first = await begun(desk.surveys.answer(["9"], channel="touch"))
    assert await desk.surveys.answer(["yes"], channel="touch") is None
    assert await desk.surveys.skip(channel="touch") is None
    assert not desk.surveys.back()
    desk.store.hold = False
    desk.store.release()
    assert await first is not None
    assert desk.asked() == "settled"
    assert [a.options for a in desk.answers] == [("9",)]


async def test_an_end_while_an_answer_is_being_kept_tells_nothing_twice(desk: Desk) -> None:
    desk.open()
    desk.store.hold = True
    answering = await begun(desk.surveys.answer(["9"], channel="touch"))
    ending = await begun(desk.surveys.end("interrupted"))
    assert desk.surveys.session is None
    assert desk.open(rating=2), "the next customer is asked at once"
    desk.store.hold = False
    desk.store.release()
    await asyncio.gather(answering, ending)
    await desk.surveys.end("timeout")
    told = [(r.rating, a.question, a.ended) for r in desk.responses for a in r.answers]
    assert told == [
        ("rating-1", "recommend", "answered"),
        ("rating-1", "settled", "interrupted"),
        ("rating-2", "recommend", "timeout"),
    ]
    assert len({r.session for r in desk.responses}) == 2


async def test_an_answer_that_was_gone_back_to_is_told_anew(desk: Desk) -> None:
    desk.open()
    await desk.surveys.answer(["9"], channel="touch")
    assert desk.surveys.back()
    assert desk.asked() == "recommend"
    await desk.surveys.answer(["3"], channel="touch")
    assert [a.value for a in desk.answers] == [9, 3]
    assert len({r.session for r in desk.responses}) == 1


async def test_an_answer_only_looked_at_again_is_not_told_twice(desk: Desk) -> None:
    desk.open()
    await desk.surveys.answer(["9"], channel="touch")
    desk.surveys.back()
    await desk.surveys.end("walked_away")
    assert [(a.question, a.ended) for a in desk.answers] == [
        ("recommend", "answered"),
        ("settled", "walked_away"),
    ]


async def test_an_answer_that_could_not_be_kept_goes_with_the_next(desk: Desk) -> None:
    desk.open()
    desk.store.broken = True
    with pytest.raises(StoreError):
        await desk.surveys.answer(["9"], channel="touch")
    desk.store.broken = False
    await desk.surveys.answer(["yes"], channel="touch")
    assert [[a.question for a in r.answers] for r in desk.responses] == [["recommend", "settled"]]


async def test_what_is_not_offered_changes_nothing(desk: Desk) -> None:
    desk.open()
    with pytest.raises(SurveyError, match="does not offer 11"):
        await desk.surveys.answer(["11"], channel="touch")
    assert desk.asked() == "recommend"
    assert desk.responses == []


async def test_while_somebody_is_asked_only_the_rating_changes(desk: Desk) -> None:
    desk.open(rating=1)
    session = desk.surveys.session
    assert desk.open(rating=2)
    assert desk.surveys.session is session
    await desk.surveys.answer(["9"], channel="touch")
    assert desk.responses[0].rating == "rating-2"


async def test_a_survey_that_follows_no_rating_never_gets_one() -> None:
    desk = Desk(sheet(entry="start"))
    desk.open(rating=None)
    assert desk.open(rating=2)
    await desk.surveys.answer(["9"], channel="touch")
    assert desk.responses[0].rating is None


async def test_who_has_somebody_behind_gets_the_first_question_only(desk: Desk) -> None:
    desk.open()
    desk.surveys.hurry(waiting=True)
    await desk.surveys.answer(["9"], channel="touch")
    assert desk.surveys.session is None
    assert [a.question for a in desk.answers] == ["recommend"]


async def test_the_language_of_an_answer_is_the_one_it_was_given_in(desk: Desk) -> None:
    desk.open()
    desk.surveys.speak("de")
    desk.surveys.speak("fr")
    await desk.surveys.answer(["9"], channel="touch")
    assert desk.answers[0].language == "de"


async def test_nothing_is_asked_without_a_questionnaire_for_it() -> None:
    desk = Desk(sheet(entry="start"))
    assert not desk.open()
    assert desk.open(rating=None)
    await desk.surveys.end("timeout")
    assert desk.responses[0].rating is None
    assert not Desk(sheet()).open(language="pl"), "nor in a language it has not"
    assert not Desk(sheet(schedule={"days": ["sun"]})).open()


async def test_nothing_is_open_where_nothing_can_be_ended() -> None:
    desk = Desk()
    assert await desk.surveys.end("timeout") is None
    assert await desk.surveys.answer(["9"], channel="touch") is None
    assert desk.surveys.asked is None


async def test_a_session_without_a_question_is_none() -> None:
    never = {"when": {"question": "settled", "answered": True}}
    empty = Desk(sheet(NPS | never, FCR | never))
    assert not empty.open()
    assert empty.surveys.session is None


async def test_a_quota_ends_the_asking_for_the_hour() -> None:
    desk = Desk(sheet(per_hour=1))
    assert desk.open()
    await desk.surveys.end("timeout")
    assert not desk.open()
    desk.clock.advance(3601)
    assert desk.open()
