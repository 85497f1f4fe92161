"""A questionnaire always ends, every question can be reached, and nobody is asked too much."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import END
from agent.survey.routes import circle, reached, routes
from tests.survey.drafts import choice, draft, faces, fcr, found, nps, option, text


def test_questions_follow_one_another_and_end() -> None:
    ways = routes(draft(fcr("a"), fcr("b")))
    assert ways == {"a": ("b",), "b": (END,)}


def test_a_question_may_lead_elsewhere_and_so_may_its_options() -> None:
    ways = routes(draft(choice("a", option("x", next="c"), "y", next="b"), fcr("b"), fcr("c")))
    assert ways["a"] == ("b", "c")


def test_a_good_questionnaire_has_nothing_to_mend() -> None:
    assert found(draft(faces("a"), choice("b", "x", "y"), text("c"))) == {}


def test_a_circle_is_named_question_by_question_where_it_closes() -> None:
    told = found(draft(fcr("a"), fcr("b"), fcr("c", next="a")))
    assert told == {
        "questions[2].next": (
            "these questions go round for ever: a > b > c > a: let one of them lead to a later"
            " question or to `end`"
        )
    }


def test_a_question_behind_itself_is_a_circle() -> None:
    assert "a > a" in found(draft(fcr("a", next="a")))["questions[0].next"]


def test_a_circle_through_an_option_is_found_at_that_option() -> None:
    told = found(draft(fcr("a"), choice("b", "x", option("y", next="a"))))
    assert "a > b > a" in told["questions[1].options[1].next"]


def test_a_circle_is_not_excused_by_a_condition() -> None:
    """A condition on an answer holds again and again."""
    told = found(draft(fcr("a"), fcr("b", when={"question": "a", "has": ["no"]}, next="a")))
    assert "a > b > a" in told["questions[1].next"]


def test_leading_to_an_earlier_place_in_the_list_is_no_circle_by_itself() -> None:
    told = found(draft(fcr("a", next="c"), fcr("b", next="end"), fcr("c", next="b")))
    assert told == {}


def test_a_way_to_nowhere_gets_its_likely_meaning() -> None:
    told = found(draft(fcr("first", next="secnd"), fcr("second")))
    assert told == {
        "questions[0].next": (
            "question `first` leads to `secnd`, which is no question: did you mean `second`?"
        )
    }


def test_an_option_that_leads_nowhere_is_told_what_there_is() -> None:
    told = found(draft(choice("a", "x", option("y", next="quux"))))
    assert told == {
        "questions[0].options[1].next": (
            "question `a` leads to `quux`, which is no question: there is a, end"
        )
    }


def test_a_question_that_nobody_can_reach_is_told() -> None:
    told = found(draft(fcr("a", next="c"), fcr("b"), fcr("c")))
    assert told == {
        "questions[1].id": (
            "question `b` can be reached by nobody: lead to it with `next`, or remove it"
        )
    }


def test_two_questions_of_one_name_are_told_at_the_second() -> None:
    told = found(draft(fcr("a"), fcr("b"), fcr("a")))
    assert told == {"questions[2].id": "question `a`: question 1 has this id, too: give it another"}


@pytest.mark.parametrize("name", ["end", "rating"])
def test_names_with_a_meaning_of_their_own_are_taken(name: str) -> None:
    assert "no question may be called so" in found(draft(fcr(name)))["questions[0].id"]


def test_a_till_takes_three_screens() -> None:
    assert found(draft(fcr("a"), fcr("b"), fcr("c"))) == {}
    told = found(draft(fcr("a"), fcr("b"), fcr("c"), fcr("d")))
    assert told == {
        "questions": (
            "questions: 3 screens are the most in a till, but these may all come: a, b, c, d:"
            " leave some out, or let conditions exclude each other"
        )
    }


def test_a_lounge_takes_ten_screens() -> None:
    assert found(draft(*(fcr(f"q{n}") for n in range(10)), place="lounge")) == {}
    assert "questions" in found(draft(*(fcr(f"q{n}") for n in range(11)), place="lounge"))


def test_womi_takes_two_screens() -> None:
    womi = {"id": "w", "kind": "womi", "subject": {"en": "us"}}
    assert found(draft(womi, fcr("a"))) == {}
    assert "w, w, a, b" in found(draft(womi, fcr("a"), fcr("b")))["questions"]


def test_servperf_takes_a_screen_for_each_item() -> None:
    servperf = {"id": "s", "kind": "servperf", "subject": {"en": "us"}, "items": 2}
    assert "s, s, a, b" in found(draft(servperf, fcr("a"), fcr("b")))["questions"]


def test_conditions_that_exclude_each_other_share_a_screen() -> None:
    why = {"at_most": 6}, {"at_least": 7, "at_most": 8}, {"at_least": 9}
    asked = [text(f"why{n}", when={"question": "n", **bounds}) for n, bounds in enumerate(why)]
    assert found(draft(nps("n"), *asked, fcr("last"))) == {}


def test_conditions_that_meet_each_other_do_not_share_a_screen() -> None:
    why = {"at_most": 6}, {"at_least": 6, "at_most": 8}
    asked = [text(f"why{n}", when={"question": "n", **bounds}) for n, bounds in enumerate(why)]
    assert "n, why0, why1, last" in found(draft(nps("n"), *asked, fcr("last")))["questions"]


def test_the_branches_of_a_choice_share_their_screens() -> None:
    ends = {"next": "end"}
    kinds = choice("k", option("x", next="b"), option("y", next="d"), next="end")
    told = found(draft(kinds, fcr("b"), fcr("c", **ends), fcr("d"), fcr("e", **ends)))
    assert told == {}


def test_a_branch_decides_what_later_conditions_can_find() -> None:
    kinds = choice("k", option("x", next="c"), "y")
    of_x = {"when": {"question": "k", "has": ["x"]}}
    assert found(draft(kinds, fcr("b"), fcr("c"), fcr("d", **of_x))) == {}


def test_a_question_that_is_passed_over_has_no_answer_for_later_conditions() -> None:
    only_no = {"when": {"question": "a", "has": ["no"]}}
    unasked = {"when": {"question": "b", "answered": True}}
    only_yes = {"when": {"question": "a", "has": ["yes"]}}
    told = found(draft(fcr("a"), fcr("b", **only_no), fcr("c", **unasked), fcr("d", **only_yes)))
    assert told == {}


def test_a_question_that_was_jumped_over_has_no_answer_either() -> None:
    both = {"all": [{"question": name, "answered": True} for name in "bc"]}
    kinds = choice("a", option("x", next="c"), "y")
    told = found(draft(kinds, fcr("b", next="d"), fcr("c"), fcr("d", when=both), fcr("e")))
    assert told == {}


def layers(count: int) -> list[dict[str, Any]]:
    """Return layers of four questions, each leading to any of the next layer: 4^count ways."""
    return [
        choice(
            f"q{layer}{place}",
            *(option(f"to{n}", next=f"q{layer + 1}{n}") for n in range(4)),
            next=f"q{layer + 1}0",
        )
        for layer in range(count)
        for place in range(4)
    ]


def test_many_ways_are_good_where_none_is_too_long() -> None:
    last = [fcr(f"q9{place}", next="end") for place in range(4)]
    assert found(draft(*layers(9)[3:], *last, place="lounge")) == {}


def test_more_ways_than_can_be_counted_are_told() -> None:
    low, high = {"question": "n", "at_most": 6}, {"question": "n", "at_least": 7}
    joint = [fcr(f"q7{place}", next="low") for place in range(4)]
    ends = [fcr("low", when=low), fcr("high", when=high)]
    told = found(draft(nps("n"), *layers(7)[3:], *joint, *ends, place="lounge"))
    assert told == {
        "questions": "questions: their conditions make too many ways to count: use fewer of them"
    }


NAMES = st.sampled_from(["a", "b", "c", "d", "e", END])


@st.composite
def questionnaires(drawing: st.DrawFn) -> Questionnaire:
    """Return up to five questions that lead anywhere, with conditions on any."""
    questions = []
    for name in drawing(st.lists(st.sampled_from("abcde"), min_size=1, max_size=5, unique=True)):
        more: dict[str, Any] = {"next": drawing(NAMES)} if drawing(st.booleans()) else {}
        if drawing(st.booleans()):
            more["when"] = {"question": drawing(st.sampled_from("abcde")), "has": ["x"]}
        options = [
            option(one, **({"next": drawing(NAMES)} if drawing(st.booleans()) else {}))
            for one in "xy"
        ]
        questions.append(choice(name, *options, **more))
    return draft(*questions, place="lounge")


def every_way(ways: dict[str, tuple[str, ...]], name: str, trail: tuple[str, ...]) -> list[int]:
    """Walk every way from `name`; a way that comes round again is an error."""
    assert name not in trail
    if name == END:
        return [len(trail)]
    return [n for behind in ways[name] for n in every_way(ways, behind, (*trail, name))]


@given(questionnaires())
@settings(max_examples=3 * settings().max_examples)
def test_every_way_through_what_passes_the_checks_ends(questionnaire: Questionnaire) -> None:
    told = found(questionnaire)
    ways = dict(routes(questionnaire))
    if not told:
        lengths = every_way(ways, questionnaire.questions[0].id, ())
        assert max(lengths) <= len(questionnaire.questions)
    elif any("go round for ever" in words for words in told.values()):
        assert any(name in reached(ways, start=ways[name]) for name in ways)


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(st.sampled_from("abcd")).map(tuple)))
def test_a_circle_is_told_exactly_where_there_is_one(ways: dict[str, tuple[str, ...]]) -> None:
    around = circle(ways)
    if around:
        assert around[0] == around[-1]
        assert all(behind in ways[name] for name, behind in pairwise(around))
    else:
        assert all(name not in reached(ways, start=ways[name]) for name in ways)
