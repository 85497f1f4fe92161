"""The steps a customer is led through."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from agent.visit.dialogue import Dialogue
from agent.visit.settings import ReasonSettings, VisitSettings

REASON = ReasonSettings(id="staff", label={"en": "Staff"})


def make_dialogue(*, reasons: bool = True) -> Dialogue:
    settings = VisitSettings(reasons=(REASON,) if reasons else ())
    return Dialogue(settings, language="en")


def test_a_press_leads_to_the_reasons_and_they_close_by_themselves() -> None:
    stage = make_dialogue().press()

    assert (stage.name, stage.closes_s) == ("reasons", 12.0)


def test_without_reasons_a_press_is_thanked_for_at_once() -> None:
    stage = make_dialogue(reasons=False).press()

    assert (stage.name, stage.closes_s) == ("thanks", 2.0)


def test_a_reason_is_thanked_for_longer() -> None:
    dialogue = make_dialogue()
    dialogue.press()

    assert dialogue.give_reason().closes_s == 5.0


def test_a_press_during_the_thanks_skips_them() -> None:
    dialogue = make_dialogue()
    dialogue.press()
    dialogue.give_reason()

    assert dialogue.press().name == "reasons"


def test_thanks_end_in_attract_and_the_first_language() -> None:
    dialogue = make_dialogue(reasons=False)
    dialogue.speak("pl")
    thanks = dialogue.press()
    assert thanks.language == "pl"

    stage = dialogue.expire(thanks.revision)

    assert stage is not None
    assert (stage.name, stage.language) == ("attract", "en")


def test_a_timer_of_a_stage_long_gone_changes_nothing() -> None:
    dialogue = make_dialogue()
    old = dialogue.press().revision
    dialogue.give_reason()

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
    dialogue.press()

    assert dialogue.depart() is None
    assert dialogue.stage.name == "reasons"


def test_choosing_a_language_keeps_the_step_and_its_time() -> None:
    dialogue = make_dialogue()
    dialogue.press()

    stage = dialogue.speak("de")

    assert (stage.name, stage.language, stage.closes_s) == ("reasons", "de", 12.0)


@given(st.lists(st.sampled_from(["arrive", "depart", "press", "reason", "skip", "expire"])))
def test_there_is_no_dead_end_and_revisions_only_grow(moves: list[str]) -> None:
    dialogue, last = make_dialogue(), 0
    for move in moves:
        actions: dict[str, Callable[[], object]] = {
            "arrive": dialogue.arrive,
            "depart": dialogue.depart,
            "press": dialogue.press,
            "reason": dialogue.give_reason,
            "skip": dialogue.skip,
            "expire": lambda: dialogue.expire(dialogue.stage.revision),
        }
        actions[move]()
        assert dialogue.stage.revision >= last
        last = dialogue.stage.revision
    for _ in range(3):
        dialogue.expire(dialogue.stage.revision)

    assert dialogue.stage.name == "attract"
