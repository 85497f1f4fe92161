"""A condition asks what can be known, of what was asked before, and can hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.survey.facts import Facts, holds
from agent.survey.possible import answers_to, narrowed, world_of
from tests.survey.drafts import choice, draft, faces, fcr, found, nps, text

WHEN = "questions[1].when"


def told(first: dict[str, Any], when: dict[str, Any], **settings: Any) -> dict[str, str]:
    """Return what is wrong with a condition of question `b` behind `first`."""
    return found(draft(first, fcr("b", when=when), **settings))


@pytest.mark.parametrize(
    ("first", "when"),
    [
        (fcr("a"), {"has": ["no"]}),
        (fcr("a"), {"answered": False}),
        (nps("a"), {"at_least": 9}),
        (nps("a"), {"at_least": 0, "at_most": 10}),
        (faces("a", scale=4), {"sentiment": "dissatisfied"}),
        (choice("a", "x", "y"), {"has": ["x", "y"]}),
        (choice("a", factors=["staff", "price"]), {"has": ["staff"]}),
        (choice("a", "x", "y", kind="multiple"), {"has": ["x"], "answered": True}),
        (text("a"), {"answered": True}),
    ],
)
def test_what_can_be_known_may_be_asked(first: dict[str, Any], when: dict[str, Any]) -> None:
    assert told(first, {"question": "a", **when}) == {}


@pytest.mark.parametrize(
    ("first", "when", "words"),
    [
        (fcr("a"), {"at_least": 1}, "`a` is no scale: use `has` with its options instead"),
        (nps("a"), {"has": ["9"]}, "`a` is a scale: use at_least and at_most instead of `has`"),
        (
            faces("a"),
            {"at_least": 6},
            "`a` is a scale from 1 to 5: at_least cannot be 6",
        ),
        (nps("a"), {"sentiment": "satisfied"}, "`a` has no sentiment: only the rating and faces"),
        (choice("a", "red", "green"), {"has": ["gren"]}, "no option `gren`: did you mean `green`?"),
        (choice("a", "x", "y"), {"has": ["quux"]}, "has no option `quux`: there is x, y"),
        (text("a"), {"has": ["x"]}, "`a` has no options: only `answered` can be asked of it"),
        (
            fcr("a"),
            {"answered": False, "has": ["no"]},
            "leave out what stands beside `answered: false`",
        ),
    ],
)
def test_what_a_question_cannot_have_is_told(
    first: dict[str, Any], when: dict[str, Any], words: str
) -> None:
    assert words in told(first, {"question": "a", **when})[WHEN]


def test_the_value_of_a_drawn_statement_cannot_be_compared() -> None:
    servperf = {"id": "a", "kind": "servperf", "subject": {"en": "us"}}
    words = told(servperf, {"question": "a", "at_most": 3})[WHEN]
    assert "asks everyone something else" in words
    assert told(servperf, {"question": "a", "answered": True}) == {}


def test_an_unknown_question_gets_its_likely_meaning() -> None:
    words = told(fcr("settled"), {"question": "setled", "has": ["no"]})[WHEN]
    assert words == (
        "question `b`: a condition on `setled`, which is no question: did you mean `settled`?"
    )


def test_a_later_question_cannot_be_asked_about() -> None:
    when = {"question": "c", "has": ["no"]}
    words = found(draft(fcr("a"), fcr("b", when=when), fcr("c")))[WHEN]
    assert "on `c`, which is not asked before it: ask it earlier" in words


def test_a_question_cannot_ask_about_itself() -> None:
    assert "not asked before it" in told(fcr("a"), {"question": "b", "has": ["no"]})[WHEN]


def test_earlier_is_what_comes_earlier_on_the_way_not_in_the_list() -> None:
    when = {"question": "c", "has": ["no"]}
    questions = fcr("a", next="c"), fcr("b", when=when, next="end"), fcr("c", next="b")
    assert found(draft(*questions)) == {}


def test_every_part_of_a_nested_condition_is_told_at_its_place() -> None:
    parts = [{"question": "a", "at_least": 3}, {"none": [{"question": "x"}]}]
    both = told(fcr("a"), {"any": parts})
    assert set(both) == {"questions[1].when.any[0]", "questions[1].when.any[1].none[0]"}


def test_a_condition_on_the_rating_would_tell_bystanders() -> None:
    when = {"question": "rating", "sentiment": "dissatisfied"}
    words = told(fcr("a"), when)[WHEN]
    assert "would tell bystanders what it was: remove it, or set `discreet: false`" in words
    assert told(fcr("a"), when, discreet=False) == {}


def test_a_questionnaire_without_a_rating_in_front_cannot_ask_about_it() -> None:
    when = {"question": "rating", "at_most": 2}
    words = told(fcr("a"), when, entry="start", discreet=False)[WHEN]
    assert "`entry: start` has none in front: use `entry: rating`" in words


def test_the_rating_has_no_options() -> None:
    words = told(fcr("a"), {"question": "rating", "has": ["5"]}, discreet=False)[WHEN]
    assert "the rating has no options" in words


@pytest.mark.parametrize(
    "when",
    [
        {"question": "a", "at_least": 8, "at_most": 3},
        {"all": [{"question": "a", "at_least": 8}, {"question": "a", "at_most": 3}]},
        {"all": [{"question": "a", "answered": False}, {"question": "a", "at_least": 1}]},
        {"all": [{"question": "a"}, {"none": [{"question": "a", "answered": True}]}]},
    ],
)
def test_a_condition_that_can_never_hold_is_told(when: dict[str, Any]) -> None:
    words = told(nps("a"), when)
    assert words == {WHEN: "question `b`: its condition can never hold: mend or remove it"}


def test_several_options_of_a_multiple_choice_may_be_wanted_together() -> None:
    both = {"all": [{"question": "a", "has": ["x"]}, {"question": "a", "has": ["y"]}]}
    assert told(choice("a", "x", "y", kind="multiple"), both) == {}
    assert "can never hold" in told(choice("a", "x", "y"), both)[WHEN]


def test_what_may_be_known_of_a_question_is_every_answer_and_none() -> None:
    (a, b) = draft(nps("a"), choice("b", "x", "y", kind="multiple")).questions
    assert len(answers_to(a)) == 12
    assert {known.options for known in answers_to(b) if known} == {("x",), ("y",), ("x", "y")}


ABOUT_A = st.builds(
    lambda low, high, answered: {
        "question": "a",
        **({} if low is None else {"at_least": low}),
        **({} if high is None else {"at_most": high}),
        **({} if answered is None else {"answered": answered}),
    },
    st.none() | st.integers(0, 10),
    st.none() | st.integers(0, 10),
    st.none() | st.booleans(),
)
CONDITIONS = st.recursive(
    ABOUT_A,
    lambda parts: st.builds(
        lambda form, inner: {form: inner},
        st.sampled_from(["all", "any", "none"]),
        st.lists(parts, min_size=1, max_size=3),
    ),
    max_leaves=5,
)


@given(CONDITIONS)
def test_never_is_said_exactly_of_conditions_that_no_answer_meets(when: dict[str, Any]) -> None:
    questionnaire = draft(nps("a"), fcr("b", when=when))
    condition = questionnaire.questions[1].when
    met = [
        known
        for known in answers_to(questionnaire.questions[0])
        if holds(condition, Facts({"a": known} if known else {}))
    ]
    narrow = narrowed(world_of(questionnaire), condition)
    assert (narrow is None) == (not met)
    assert narrow is None or narrow["a"] == frozenset(met)
