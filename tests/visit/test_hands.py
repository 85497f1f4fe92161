"""Buttons below a display without touch: every option can be reached, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.screen.asked import Buttons, ChoiceAsked, Place, Use
from agent.survey.screens import Kind, Screen
from agent.visit.hands import CHANGE_S, GUARD_S, Hands, buttons_for, confirmed, moved, ring
from agent.visit.stage import Stage, StageName

KEYS = ("bad", "okay", "good")


def screen(options: int, *, position: int = 1, kind: Kind = "nps") -> Screen:
    ids = tuple(str(number) for number in range(options))
    return Screen(
        question="q", kind=kind, item=None, position=position, options=ids, needs="one", most=1
    )


def does(buttons: Buttons | None) -> list[str]:
    return [] if buttons is None else [use.option or use.does for use in buttons.uses]


ANY_SCREEN = st.builds(
    lambda options, position: screen(options, position=position),
    st.integers(1, 11),
    st.integers(1, 3),
)


def test_options_lie_over_the_first_buttons_and_the_others_lead_out() -> None:
    assert does(buttons_for(screen(3), count=3)) == ["0", "1", "2"]
    assert does(buttons_for(screen(2), count=5)) == ["0", "1", "nothing", "nothing", "skip"]
    assert does(buttons_for(screen(2, position=2), count=5)) == [
        "0",
        "1",
        "nothing",
        "back",
        "skip",
    ]
    assert does(buttons_for(screen(2, position=2), count=3)) == ["0", "1", "skip"]


def test_a_longer_scale_has_a_cursor_and_what_buttons_are_left_lead_out() -> None:
    middle = ["left", "confirm", "right"]
    assert does(buttons_for(screen(11), count=3)) == middle
    assert does(buttons_for(screen(11, position=2), count=4)) == [*middle, "skip"]
    assert does(buttons_for(screen(11, position=2), count=5)) == ["back", *middle, "skip"]
    assert does(buttons_for(screen(11), count=5)) == ["nothing", *middle, "skip"]


def test_two_buttons_cannot_answer_a_longer_scale() -> None:
    assert buttons_for(screen(11), count=2) is None


@given(shown=ANY_SCREEN, count=st.integers(2, 5))
def test_every_option_and_the_way_out_can_be_reached_and_nothing_else(
    shown: Screen, count: int
) -> None:
    buttons = buttons_for(shown, count=count)
    if buttons is None:
        assert count < 3
        return
    assert len(buttons.uses) == count
    direct = {use.option for use in buttons.uses if use.does == "choose"}
    ways = {use.does for use in buttons.uses}
    if "confirm" not in ways:
        assert direct == set(shown.options)
        return
    reached, now = [], buttons
    for _ in ring(shown, buttons):
        now = moved(shown, now, right=True)
        reached.append(confirmed(now))
    assert [use.option for use in reached if use.does == "choose"] == list(shown.options)
    assert {use.does for use in reached} | ways >= {"skip"}
    assert ("back" in {use.does for use in reached} | ways) == (shown.position > 1)


@given(shown=ANY_SCREEN, steps=st.lists(st.booleans(), min_size=1, max_size=30))
def test_a_step_back_undoes_a_step(shown: Screen, steps: list[bool]) -> None:
    now = buttons_for(replace(shown, options=tuple("abcdefg")), count=3)
    assert now is not None
    long = replace(shown, options=tuple("abcdefg"))
    for right in steps:
        now = moved(long, now, right=right)
        assert moved(long, moved(long, now, right=True), right=False) == now


def test_the_cursor_begins_nowhere_so_that_no_answer_is_suggested() -> None:
    buttons = buttons_for(screen(11), count=3)
    assert buttons is not None
    assert confirmed(buttons) == Use(does="nothing")
    assert moved(screen(11), buttons, right=True).cursor == "0"
    assert moved(screen(11), buttons, right=False).cursor == "10"


# -- what a press means ---------------------------------------------------------------------------


def stage(name: StageName, buttons: Buttons | None = None, *, topic: str = "q") -> Stage:
    asked = ChoiceAsked(title="Why?", place=Place(topic=topic), options=())
    return Stage(name, 1, "en", asked=asked if buttons else None, buttons=buttons)


@pytest.fixture
def hands() -> Hands:
    """Three buttons under three options, on the glass since second 100."""
    made = Hands(KEYS)
    made.show(stage("survey", buttons_for(screen(3), count=3)))
    made.paint(at_s=100.0)
    return made


def test_a_press_means_what_stands_over_its_button(hands: Hands) -> None:
    assert hands.take("okay", at_s=103.0, changeable=True) == Use(does="choose", option="1")


@pytest.mark.parametrize("name", ["attract", "question", "thanks", "out_of_order"])
def test_where_nothing_is_asked_of_the_buttons_a_press_is_a_rating(name: StageName) -> None:
    hands = Hands(KEYS)
    hands.show(stage(name))
    hands.paint(at_s=100.0)
    assert hands.take("okay", at_s=103.0, changeable=False) is None


def test_before_the_question_can_be_read_a_press_changes_the_rating(hands: Hands) -> None:
    assert hands.take("bad", at_s=100.0 + CHANGE_S - 0.1, changeable=True) is None
    hands.rated("bad", at_s=101.9)
    assert hands.take("good", at_s=101.9 + CHANGE_S - 0.1, changeable=True) is None


def test_a_second_push_is_no_answer_to_the_next_question(hands: Hands) -> None:
    hands.show(stage("survey", buttons_for(screen(2), count=3), topic="next"))
    assert hands.take("bad", at_s=110.0, changeable=False) == Use(does="nothing"), "not seen yet"
    hands.paint(at_s=110.0)
    assert hands.take("bad", at_s=110.0 + GUARD_S / 2, changeable=False) == Use(does="nothing")
    assert hands.take("bad", at_s=110.01 + GUARD_S, changeable=False) == Use(
        does="choose", option="0"
    )


def test_a_cursor_that_moves_is_no_new_question() -> None:
    hands, buttons = Hands(KEYS), buttons_for(screen(11), count=3)
    assert buttons is not None
    hands.show(stage("survey", buttons))
    hands.paint(at_s=100.0)
    hands.show(stage("survey", moved(screen(11), buttons, right=True)))
    assert hands.take("okay", at_s=101.0, changeable=False) == Use(does="choose", option="0")


def test_without_a_page_the_buttons_are_what_is_printed_on_them(hands: Hands) -> None:
    hands.lose()
    assert hands.take("okay", at_s=120.0, changeable=False) is None
    hands.paint(at_s=130.0)
    assert hands.take("okay", at_s=131.0, changeable=False) == Use(does="choose", option="1")


def test_with_touch_no_button_answers() -> None:
    hands = Hands(())
    hands.show(stage("survey", buttons_for(screen(3), count=3)))
    hands.paint(at_s=100.0)
    assert hands.take("okay", at_s=120.0, changeable=False) is None


def test_it_is_known_which_key_was_last_pressed_for_an_answer(hands: Hands) -> None:
    hands.rated("okay", at_s=90.0)
    hands.take("okay", at_s=103.0, changeable=False)
    assert not hands.last_rated("okay")
    hands.rated("okay", at_s=140.0)
    assert hands.last_rated("okay")


def test_during_the_thanks_of_a_kiosk_that_invites_a_press_begins_anew_after_a_while() -> None:
    hands = Hands(KEYS)
    hands.show(Stage("thanks", 1, "en", invites=True))
    hands.paint(at_s=100.0)
    assert hands.take("okay", at_s=101.0, changeable=False) == Use(does="nothing")
    assert hands.take("okay", at_s=100.0 + CHANGE_S, changeable=False) == Use(does="begin")
