"""The steps a customer is led through."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from agent.screen.asked import ChoiceAsked, Place, StillThereAsked, TextAsked
from agent.visit.dialogue import Dialogue
from agent.visit.settings import VisitSettings

CHOICE = ChoiceAsked(title="Why?", place=Place(topic="q.why"), options=())
TEXT = TextAsked(title="Tell us more", place=Place(topic="q.more"))


def make_dialogue() -> Dialogue:
    return Dialogue(VisitSettings(), language="en")


def test_a_survey_nobody_has_touched_closes_soon() -> None:
    stage = make_dialogue().ask(CHOICE, untouched=True)

    assert (stage.name, stage.asked, stage.closes_s) == ("survey", CHOICE, 12.0)


def test_whoever_has_begun_gets_time_and_more_for_writing() -> None:
    dialogue = make_dialogue()

    assert dialogue.ask(CHOICE, untouched=False).closes_s == 30.0
    assert dialogue.ask(TEXT, untouched=False).closes_s == 60.0


def test_a_warning_names_the_question_it_interrupts_and_leaves_time_to_answer() -> None:
    dialogue = make_dialogue()
    dialogue.ask(TEXT, untouched=False)

    stage = dialogue.warn()

    assert (stage.name, stage.closes_s) == ("still_there", 20.0)
    assert stage.asked == StillThereAsked(topic="q.more")


def test_answers_are_thanked_for_longer_than_a_press() -> None:
    dialogue = make_dialogue()

    assert dialogue.thank(survey=False).closes_s == 2.0
    assert dialogue.thank(survey=True).closes_s == 5.0


def test_a_press_during_the_thanks_skips_them() -> None:
    dialogue = make_dialogue()
    dialogue.thank(survey=True)

    assert dialogue.ask(CHOICE, untouched=True).name == "survey"


def test_thanks_end_in_attract_and_the_first_language() -> None:
    dialogue = make_dialogue()
    dialogue.speak("pl")
    thanks = dialogue.thank(survey=False)
    assert thanks.language == "pl"

    stage = dialogue.expire(thanks.revision)

    assert stage is not None
    assert (stage.name, stage.language) == ("attract", "en")


def test_a_timer_of_a_stage_long_gone_changes_nothing() -> None:
    dialogue = make_dialogue()
    old = dialogue.ask(CHOICE, untouched=True).revision
    dialogue.thank(survey=True)

    assert dialogue.expire(old) is None


def test_an_arrival_opens_the_question_and_a_departure_closes_it() -> None:
    dialogue = make_dialogue()

    arrived = dialogue.arrive()
    departed = dialogue.depart()

    assert arrived is not None
    assert departed is not None
    assert (arrived.name, departed.name) == ("question", "attract")


def test_a_departure_does_not_interrupt_an_answer() -> None:
    dialogue = make_dialogue()
    dialogue.ask(CHOICE, untouched=True)

    assert dialogue.depart() is None
    assert dialogue.stage.name == "survey"


def test_choosing_a_language_keeps_the_step_and_its_time() -> None:
    dialogue = make_dialogue()
    dialogue.thank(survey=True)

    stage = dialogue.speak("de")

    assert (stage.name, stage.language, stage.closes_s) == ("thanks", "de", 5.0)


@given(st.lists(st.sampled_from(["arrive", "depart", "ask", "warn", "thank", "speak", "expire"])))
def test_there_is_no_dead_end_and_revisions_only_grow(moves: list[str]) -> None:
    dialogue, last = make_dialogue(), 0
    actions: dict[str, Callable[[], object]] = {
        "arrive": dialogue.arrive,
        "depart": dialogue.depart,
        "ask": lambda: dialogue.ask(CHOICE, untouched=False),
        "warn": dialogue.warn,
        "thank": lambda: dialogue.thank(survey=True),
        "speak": lambda: dialogue.speak("pl"),
        "expire": lambda: dialogue.expire(dialogue.stage.revision),
    }
    for move in moves:
        actions[move]()
        assert dialogue.stage.revision >= last
        last = dialogue.stage.revision
    dialogue.expire(dialogue.stage.revision)

    assert (dialogue.stage.name, dialogue.stage.language) == ("attract", "en")
