"""A visit on a display without touch: the buttons rate, and then answer what is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agent.events.catalogue import Answer, RatingAmended, RatingGiven, ResponseGiven
from agent.screen.views import Choice
from agent.survey.offer import Sheet
from agent.survey.questionnaire import Questionnaire
from agent.testing import FakeClock
from agent.testing.store import ListStore
from agent.visit import Stage, Visit
from agent.visit.settings import VisitSettings
from tests.visit.till import Signals, noon, offer_of, settle

KEYS = ("bad", "okay", "good")
FCR = {"id": "settled", "kind": "fcr"}
NPS = {"id": "recommend", "kind": "nps", "subject": {"en": "our shop"}}
FEELING = {"id": "feeling", "kind": "faces", "scale": 3, "text": {"en": "How was it?"}}


class Till:
    """A visit whose page paints whatever it is shown, and whose customers take their time."""

    def __init__(self, *questions: dict[str, Any], touch: bool = False, **facts: Any) -> None:
        form = {"id": "q", "languages": ["en"], "questions": questions or (FCR, NPS)} | facts
        self.clock = FakeClock()
        self.now = noon()
        self.store = ListStore()
        self.visit = Visit(
            VisitSettings(scale=3),
            keys=KEYS,
            languages=("en",),
            store=self.store,
            offer=offer_of(Sheet(Questionnaire.model_validate(form), "v1"), now=lambda: self.now),
            clock=self.clock,
            acknowledgement=Signals(),
            show=lambda _stage: None,
            plain=not touch,
        )
        self.visit.prompt(on=True)
        self.visit.look()
        self.visit.painted()

    async def press(self, key: str, *, after_s: float = 3.0) -> None:
        self.clock.advance(after_s)
        self.visit.press(key, at_s=self.clock.monotonic())
        await settle()
        self.visit.painted()

    @property
    def stage(self) -> Stage:
        return self.visit.stage

    @property
    def ratings(self) -> list[tuple[str, bool]]:
        return [(r.key, r.counts) for r in self.store.of(RatingGiven)]

    @property
    def answers(self) -> list[Answer]:
        return [a for r in self.store.of(ResponseGiven) for a in r.answers]

    @property
    def told(self) -> list[tuple[str, tuple[str, ...], str]]:
        return [(a.question, a.options, a.ended) for a in self.answers]


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    made = Till()
    yield made
    await made.visit.close()


async def test_a_press_rates_and_the_next_presses_answer(till: Till) -> None:
    await till.press("good")
    await till.press("bad")
    for key in ("bad", "bad", "okay"):
        await till.press(key)
    assert till.told == [("settled", ("yes",), "answered"), ("recommend", ("9",), "answered")]
    assert {a.channel for a in till.answers} == {"button"}
    assert till.stage.name == "thanks"
    assert till.ratings == [("good", True)], "no answer is a rating"
    assert till.visit.presses == {"good": 1}


async def test_whoever_presses_again_at_once_changes_the_rating_and_answers_nothing(
    till: Till,
) -> None:
    await till.press("bad")
    await till.press("good", after_s=1.5)
    assert till.ratings == [("bad", True), ("good", True)]
    assert [a.flags for a in till.store.of(RatingAmended)] == [("changed",)]
    assert (till.answers, till.stage.name) == ([], "survey")


async def test_hammering_on_a_button_answers_nothing(till: Till) -> None:
    for _ in range(20):
        await till.press("good", after_s=0.3)
    assert [counts for _, counts in till.ratings] == [True] + [False] * 19
    assert till.answers == []


async def test_a_question_can_be_skipped_and_returned_to(till: Till) -> None:
    await till.press("good")
    await till.press("good")
    assert till.told == [("settled", (), "skipped")]
    for key in ("bad", "good", "good", "okay"):  # round to `back`, behind `skip`
        await till.press(key)
    assert till.stage.buttons is not None
    assert till.stage.buttons.direct, "the first question is there again"
    await till.press("okay")
    assert till.told[-1] == ("settled", ("no",), "answered")


async def test_the_button_that_confirms_does_nothing_before_the_cursor_stands_anywhere() -> None:
    till = Till(NPS)
    await till.press("good")
    await till.press("okay")
    assert (till.answers, till.stage.name) == ([], "survey")
    assert len(till.ratings) == 1
    await till.visit.close()


async def test_with_touch_a_button_stays_a_rating() -> None:
    till = Till(touch=True)
    await till.press("good")
    await till.press("bad", after_s=6.0)
    assert [key for key, _ in till.ratings] == ["good", "bad"]
    assert till.told == [("settled", (), "interrupted")]
    await till.visit.close()


async def test_without_a_page_every_press_is_a_rating(till: Till) -> None:
    await till.press("good")
    till.visit.unseen()
    await till.press("bad", after_s=6.0)
    assert [key for key, _ in till.ratings] == ["good", "bad"]
    assert all(a.ended == "interrupted" for a in till.answers)


async def test_a_button_that_got_stuck_in_an_answer_takes_no_rating_back(till: Till) -> None:
    await till.press("good")
    await till.press("good")
    till.visit.mark_stuck("good")
    await till.press("okay", after_s=0.1)
    assert till.store.of(RatingAmended) == []


async def test_the_installers_button_test_comes_before_everything(till: Till) -> None:
    await till.press("good")
    till.visit.begin_trial()
    await till.press("bad")
    assert till.store.of(RatingGiven)[-1].flags == ("test",)
    assert till.answers == []


async def test_a_newcomer_finds_the_faces_and_not_the_question_to_the_one_before(
    till: Till,
) -> None:
    till.visit.watch(on=True)
    now_ms = round(till.clock.monotonic() * 1000)
    till.visit.arrive("ann", arrived_ms=now_ms - 2000)
    await till.press("good")
    till.visit.leave("ann", left_ms=now_ms + 3000)
    assert till.stage.name == "survey"
    till.visit.arrive("ben", arrived_ms=now_ms + 4000)
    await till.press("bad")
    assert [key for key, _ in till.ratings] == ["good", "bad"]
    assert till.told[0] == ("settled", (), "walked_away")


async def test_whoever_has_begun_is_not_sent_away_for_being_seen_anew(till: Till) -> None:
    till.visit.watch(on=True)
    now_ms = round(till.clock.monotonic() * 1000)
    till.visit.arrive("ann", arrived_ms=now_ms - 2000)
    await till.press("good")
    await till.press("bad")
    till.visit.leave("ann", left_ms=now_ms + 6000)
    till.visit.arrive("ann-again", arrived_ms=now_ms + 7000)
    assert till.stage.name == "survey"
    assert till.told == [("settled", ("yes",), "answered")]


# -- a survey that follows no rating --------------------------------------------------------------


async def test_an_invitation_is_taken_up_by_any_button_and_no_rating_is_given() -> None:
    till = Till(FEELING, NPS, entry="start")
    assert (till.stage.name, till.stage.invites) == ("attract", True)
    await till.press("okay")
    assert till.stage.name == "survey"
    await till.press("good")
    (answer,) = till.answers
    assert (answer.question, answer.options, answer.value) == ("feeling", ("3",), 3)
    assert till.store.of(ResponseGiven)[0].rating is None
    assert till.ratings == []
    await till.visit.close()


async def test_on_a_touch_screen_the_invitation_is_taken_up_by_its_key_and_buttons_rate() -> None:
    till = Till(FEELING, entry="start", touch=True)
    assert till.stage.invites
    await till.press("good")
    assert till.ratings == [("good", True)]
    assert till.stage.name == "thanks"
    await till.visit.close()

    till = Till(FEELING, entry="start", touch=True)
    begin = Choice(revision=till.stage.revision, option="begin")
    assert till.visit.choose(begin) is None
    assert till.stage.name == "survey"
    answer = Choice(revision=till.stage.revision, option="2")
    assert till.visit.choose(answer) is None
    await till.press("bad", after_s=0.0)
    assert (till.told, till.answers[0].channel) == ([("feeling", ("2",), "answered")], "touch")
    await till.visit.close()


async def test_a_face_cannot_be_chosen_where_the_kiosk_invites() -> None:
    till = Till(FEELING, entry="start", touch=True)
    face = Choice(revision=till.stage.revision, option="good")
    assert till.visit.choose(face) == "good cannot be chosen here"
    await till.visit.close()


async def test_whoever_is_hasty_behind_a_survey_begins_no_second_one() -> None:
    till = Till(FEELING, entry="start")
    await till.press("okay")
    await till.press("good")
    assert till.stage.name == "thanks"
    await till.press("good", after_s=1.0)
    assert till.stage.name == "thanks"
    await till.press("good", after_s=2.0)
    assert (till.stage.name, till.ratings) == ("survey", [])
    await till.visit.close()


async def test_where_the_hours_quota_is_used_up_it_asks_for_a_rating_again() -> None:
    till = Till(FEELING, entry="start", per_hour=1)
    await till.press("okay")
    await till.press("good")
    await till.press("good", after_s=30.0)
    assert till.ratings == [("good", True)]
    await till.visit.close()


async def test_an_invitation_appears_when_its_hour_has_come() -> None:
    till = Till(FEELING, entry="start", schedule={"begins": "12:30"})
    assert not till.stage.invites
    till.now = till.now.replace(hour=13)
    till.visit.look()
    assert till.stage.invites
    await till.visit.close()


async def test_somebody_behind_the_customer_leaves_them_the_first_question_only() -> None:
    till = Till(FEELING, NPS, entry="start")
    till.visit.watch(on=True)
    now_ms = round(till.clock.monotonic() * 1000)
    for contact in ("ann", "ben"):
        till.visit.arrive(contact, arrived_ms=now_ms - 2000)
    assert (till.stage.name, till.stage.invites) == ("question", True)
    till.visit.painted()
    await till.press("okay")
    await till.press("good")
    assert (till.told, till.stage.name) == ([("feeling", ("3",), "answered")], "thanks")
    await till.visit.close()


async def test_whoever_is_left_out_by_the_lots_is_thanked_all_the_same() -> None:
    rare = FEELING | {"sampling": {"share": 0.000001}}
    till = Till(rare, entry="start")
    await till.press("okay")
    assert (till.stage.name, till.answers, till.ratings) == ("thanks", [], [])
    await till.visit.close()
