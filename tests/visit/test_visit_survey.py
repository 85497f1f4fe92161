"""A visit with a questionnaire behind the rating: from the press to the thanks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agent.events.catalogue import Answer, RatingGiven, ResponseGiven
from agent.screen.asked import ScaleAsked, StillThereAsked
from agent.screen.views import (
    Active,
    Back,
    Choices,
    LanguageChoice,
    MoreTime,
    Said,
    Written,
)
from agent.survey.offer import Sheet
from agent.survey.questionnaire import Questionnaire
from agent.visit import dialogue
from tests.visit import till as tills
from tests.visit.till import SETTINGS, now_s, settle

NPS = {"id": "recommend", "kind": "nps", "subject": {"en": "our shop", "de": "unseren Laden"}}
WHY = {
    "id": "why",
    "kind": "multiple",
    "text": {"en": "What was it?", "de": "Was war es?"},
    "options": [
        {"id": "staff", "label": {"en": "Staff", "de": "Personal"}},
        {"id": "price", "label": {"en": "Price", "de": "Preis"}},
        {"id": "queue", "label": {"en": "Queue", "de": "Schlange"}},
    ],
    "most": 2,
}


class Till(tills.Till):
    """A till that asks for a number, and why."""

    def __init__(self, *questions: dict[str, Any]) -> None:
        facts = {"id": "q", "languages": ["en", "de"], "questions": questions or (NPS, WHY)}
        sheet = Sheet(Questionnaire.model_validate(facts), "v1")
        super().__init__(sheet, languages=("en", "de"))

    async def say(self, said: type[Said], **facts: Any) -> str | None:
        return await self.hear(said.model_validate({"revision": self.stage.revision} | facts))

    @property
    def title(self) -> str:
        return getattr(self.stage.asked, "title", "")

    @property
    def answers(self) -> list[Answer]:
        return [answer for r in self.store.of(ResponseGiven) for answer in r.answers]

    def ended(self) -> list[tuple[str, str]]:
        return [(answer.question, answer.ended) for answer in self.answers]


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    made = Till()
    yield made
    await made.visit.close()


async def test_a_press_a_number_two_reasons_and_thanks(till: Till) -> None:
    await till.press()
    assert isinstance(till.stage.asked, ScaleAsked)
    assert await till.choose("9") is None
    assert till.title == "What was it?"
    assert await till.say(Choices, options=["queue", "staff"]) is None
    assert till.stage.name == "thanks"

    assert [(a.question, a.value, a.options) for a in till.answers] == [
        ("recommend", 9, ("9",)),
        ("why", None, ("staff", "queue")),
    ]
    assert [r.rating for r in till.store.of(ResponseGiven)] == ["event-1", "event-1"]
    assert till.signals.kept == 3, "each is acknowledged, the press as well"


async def test_a_power_cut_costs_the_open_question_only(till: Till) -> None:
    await till.press()
    await till.choose("3")
    assert [event.kind for event in till.store.events] == ["rating.given", "response.given"]


async def test_back_shows_the_question_before_and_its_new_answer_holds(till: Till) -> None:
    await till.press()
    await till.choose("3")
    assert await till.say(Back) is None
    assert isinstance(till.stage.asked, ScaleAsked)
    await till.choose("10")
    assert [a.value for a in till.answers if a.question == "recommend"] == [3, 10]
    assert till.title == "What was it?"


async def test_skipping_leads_on_to_the_next_question(till: Till) -> None:
    await till.press()
    assert await till.choose("skip") is None
    assert till.title == "What was it?"
    assert await till.choose("skip") is None
    assert till.stage.name == "thanks"
    assert till.ended() == [("recommend", "skipped"), ("why", "skipped")]


async def test_the_rest_comes_in_the_language_that_was_chosen_on_the_way(till: Till) -> None:
    await till.press()
    await till.choose("9")
    chosen = LanguageChoice(revision=till.stage.revision, code="de")
    assert till.visit.speak(chosen) is None
    assert (till.stage.name, till.title, till.stage.language) == ("survey", "Was war es?", "de")
    await till.say(Choices, options=["price"])
    assert [a.language for a in till.answers] == ["en", "de"]


async def test_who_has_begun_is_asked_whether_they_are_still_there(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "QUESTION_IDLE_S", 0.05)
    monkeypatch.setattr(dialogue, "STILL_THERE_S", 0.2)
    await till.press()
    await till.choose("9")
    await asyncio.sleep(0.1)
    assert isinstance(till.stage.asked, StillThereAsked)
    assert await till.say(MoreTime) is None
    assert (till.stage.name, till.title) == ("survey", "What was it?")

    await asyncio.sleep(0.4)
    assert till.stage.name == "thanks"
    assert till.ended() == [("recommend", "answered"), ("why", "timeout")]


async def test_the_warning_may_be_read_in_another_language(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "QUESTION_IDLE_S", 0.05)
    await till.press()
    await till.choose("9")
    await asyncio.sleep(0.1)
    chosen = LanguageChoice(revision=till.stage.revision, code="de")
    assert till.visit.speak(chosen) is None
    assert (till.stage.name, till.stage.language) == ("still_there", "de")
    assert isinstance(till.stage.asked, StillThereAsked)
    await till.say(MoreTime)
    assert till.title == "Was war es?"


async def test_who_was_seen_to_leave_walked_away_and_is_not_asked_whether_they_are_there(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "QUESTION_IDLE_S", 0.1)
    till.visit.watch(on=True)
    now_ms = round(now_s() * 1000)
    till.visit.arrive("ann", arrived_ms=now_ms - 5000)
    await till.press()
    await till.choose("9")
    till.visit.leave("ann", left_ms=now_ms)
    assert till.stage.name == "survey", "a face bowed over the screen may come back"
    await asyncio.sleep(0.2)
    assert till.stages[-1].name == "thanks"
    assert till.ended() == [("recommend", "answered"), ("why", "walked_away")]


async def test_a_touch_keeps_the_screen_open_without_changing_it(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "QUESTION_IDLE_S", 0.2)
    await till.press()
    await till.choose("9")
    revision = till.stage.revision
    for _ in range(6):
        await asyncio.sleep(0.05)
        assert await till.say(Active) is None
    assert (till.stage.name, till.stage.revision) == ("survey", revision)


async def test_the_next_customer_ends_the_survey_of_the_one_before() -> None:
    till = Till()
    await till.press("bad")
    await till.choose("2")
    hasty = SETTINGS.repeat_window_s + 0.1
    till.visit.press("good", at_s=now_s() + hasty)
    await settle()
    assert till.ended() == [("recommend", "answered"), ("why", "interrupted")]
    assert isinstance(till.stage.asked, ScaleAsked), "and is asked from the beginning"
    assert len(till.store.of(RatingGiven)) == 2
    await till.visit.close()


async def test_what_the_screen_does_not_offer_is_refused(till: Till) -> None:
    await till.press()
    assert await till.choose("11") == "11 is not offered by this question"
    assert await till.say(Written, text="hello") == "nothing is to be written here"
    late = Back(revision=till.stage.revision - 1)
    assert till.visit.hear(late) == "this screen has changed already"
    assert till.answers == []


async def test_more_than_may_be_chosen_is_no_answer_and_the_question_stays(till: Till) -> None:
    await till.press()
    await till.choose("9")
    await till.say(Choices, options=["staff", "price", "queue"])
    assert till.title == "What was it?"
    assert till.ended() == [("recommend", "answered")]


async def test_closing_keeps_what_was_under_way() -> None:
    till = Till()
    await till.press()
    await till.choose("9")
    await till.visit.close()
    assert till.ended() == [("recommend", "answered"), ("why", "interrupted")]
