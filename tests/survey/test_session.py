"""One customer's way through a questionnaire."""

from __future__ import annotations

from typing import Any

import pytest

from agent.errors import SurveyError
from agent.events.catalogue import Answer
from agent.survey.answers import response
from agent.survey.facts import RatingFact
from agent.survey.path import Plan
from agent.survey.questionnaire import Questionnaire
from agent.survey.session import Session
from tests.survey.forms import ask, options, questionnaire

UNHAPPY = RatingFact(1, scale=5)
HAPPY = RatingFact(5, scale=5)
REASON = ask("single", "reason", options=options("staff", "price"))
BOTH = {"id": "both"}
THREE = questionnaire(ask("nps", "nps", driver="emotion"), REASON, ask("fcr", "settled"))


def open_session(form: Questionnaire, **fields: Any) -> Session:
    known: dict[str, Any] = {"version": "v1", "language": "en", "opened_s": 100.0}
    return Session(form, **(known | fields))


def asked(session: Session) -> str | None:
    return session.screen.question if session.screen else None


def outcome(session: Session) -> list[tuple[str, str]]:
    return [(answer.question, answer.ended) for answer in session.answers]


def test_questions_come_in_the_order_of_the_list() -> None:
    session = open_session(THREE)

    assert asked(session) == "nps"
    session.answer(["9"], at_s=103.0, channel="touch")
    assert asked(session) == "reason"
    session.answer(["staff"], at_s=105.0, channel="button")
    assert asked(session) == "settled"
    session.answer(["yes"], at_s=106.0, channel="keyboard")
    assert session.screen is None
    assert session.ending == "complete"


def test_an_answer_says_all_there_is_to_know_of_it() -> None:
    session = open_session(THREE)
    session.answer(["9"], at_s=103.25, channel="touch")

    assert session.answers == (
        Answer(
            question="nps",
            options=("9",),
            value=9,
            ended="answered",
            duration_s=3.25,
            language="en",
            channel="touch",
            position=1,
            version="v1",
            driver="emotion",
        ),
    )


def test_a_choice_has_no_value() -> None:
    session = open_session(questionnaire(REASON))
    session.answer(["price"], at_s=101.0, channel="touch")

    assert session.answers[0].value is None
    assert session.answers[0].options == ("price",)


def test_what_was_skipped_is_an_answer_that_chose_nothing() -> None:
    session = open_session(THREE)
    session.skip(at_s=102.0)

    assert (session.answers[0].ended, session.answers[0].options) == ("skipped", ())
    assert session.answers[0].channel is None
    assert asked(session) == "reason"


def test_the_language_of_an_answer_is_the_one_it_was_given_in() -> None:
    session = open_session(THREE)
    session.answer(["9"], at_s=101.0, channel="touch")
    session.speak("de")
    session.answer(["staff"], at_s=102.0, channel="touch")

    assert [answer.language for answer in session.answers] == ["en", "de"]


def test_a_language_the_questionnaire_has_not_is_refused() -> None:
    session = open_session(THREE)

    with pytest.raises(SurveyError, match="no language 'pl': choose one of en, de"):
        session.speak("pl")
    assert session.language == "en"
    with pytest.raises(SurveyError, match="no language 'fr'"):
        open_session(THREE, language="fr")


@pytest.mark.parametrize(
    ("given", "text_given", "said"),
    [
        (["11"], False, "does not offer 11"),
        (["9", "10"], False, "takes at most 1"),
        (["9", "9"], False, "takes at most 1"),
        ([], False, "wants a choice and no text"),
        (["9"], True, "wants a choice and no text"),
    ],
)
def test_what_was_not_offered_is_refused_and_changes_nothing(
    given: list[str], *, text_given: bool, said: str
) -> None:
    session = open_session(THREE)

    with pytest.raises(SurveyError, match=said):
        session.answer(given, at_s=101.0, channel="touch", text_given=text_given)
    assert session.answers == ()
    assert asked(session) == "nps"


def test_several_choices_are_told_in_the_order_of_the_questionnaire() -> None:
    several = ask("multiple", "what", options=options("x", "y", "z"), most=2)
    session = open_session(questionnaire(several))

    with pytest.raises(SurveyError, match="takes at most 2"):
        session.answer(["x", "y", "z"], at_s=101.0, channel="touch")
    session.answer(["z", "x"], at_s=102.0, channel="touch")
    assert session.answers[0].options == ("x", "z")


def test_a_text_counts_as_an_answer_and_is_not_in_it() -> None:
    session = open_session(questionnaire(ask("text", "words"), ask("contact", "reach")))

    with pytest.raises(SurveyError, match="wants a text"):
        session.answer(at_s=101.0, channel="touch")
    session.answer(text_given=True, at_s=102.0, channel="touch")
    with pytest.raises(SurveyError, match="does not offer x: choose from nothing"):
        session.answer(["x"], text_given=True, at_s=103.0, channel="touch")
    session.answer(text_given=True, at_s=104.0, channel="touch")
    assert outcome(session) == [("words", "answered"), ("reach", "answered")]
    assert all(not answer.options for answer in session.answers)


def test_nothing_is_taken_after_the_end() -> None:
    session = open_session(questionnaire(REASON))
    session.skip(at_s=101.0)

    with pytest.raises(SurveyError, match="the session is over"):
        session.skip(at_s=102.0)
    with pytest.raises(SurveyError, match="the session is over"):
        session.answer(["staff"], at_s=102.0, channel="touch")
    assert not session.back(at_s=102.0)
    session.end("timeout", at_s=130.0)
    assert session.ending == "complete"
    assert outcome(session) == [("reason", "skipped")]


@pytest.mark.parametrize(
    ("how", "ended"),
    [
        ("timeout", "timeout"),
        ("walked_away", "walked_away"),
        ("interrupted", "interrupted"),
        ("waiting", "interrupted"),
    ],
)
def test_a_session_that_is_cut_keeps_what_was_answered(how: Any, ended: str) -> None:
    session = open_session(THREE)
    session.answer(["3"], at_s=102.0, channel="touch")
    session.end(how, at_s=112.0)

    assert outcome(session) == [("nps", "answered"), ("reason", ended)]
    assert session.answers[1].duration_s == 10.0
    assert session.screen is None
    assert session.ending == how


def test_a_choice_may_branch() -> None:
    branching = ask("single", "way", options=options("far", near="last", done="end"))
    form = questionnaire(branching, ask("fcr", "middle"), ask("fcr", "last"))

    for choice, behind in (("far", "middle"), ("near", "last"), ("done", None)):
        session = open_session(form)
        session.answer([choice], at_s=101.0, channel="touch")
        assert asked(session) == behind


def test_of_several_choices_the_first_with_a_branch_leads() -> None:
    several = ask("multiple", "what", options=options("plain", one="last", two="end"))
    session = open_session(questionnaire(several, ask("fcr", "middle"), ask("fcr", "last")))
    session.answer(["two", "plain", "one"], at_s=101.0, channel="touch")

    assert asked(session) == "last"


def test_a_question_leads_where_its_next_says_when_the_choice_does_not() -> None:
    form = questionnaire(ask("fcr", "first", next="last"), REASON, ask("fcr", "last"))
    answered, skipped = open_session(form), open_session(form)
    answered.answer(["no"], at_s=101.0, channel="touch")
    skipped.skip(at_s=101.0)

    assert asked(answered) == asked(skipped) == "last"


def test_a_question_whose_condition_does_not_hold_is_passed_over() -> None:
    passed = ask("fcr", "sorry", when={"question": "nps", "at_most": 6})
    form = questionnaire(ask("nps", "nps"), passed, REASON)
    happy, unhappy = open_session(form), open_session(form)
    happy.answer(["7"], at_s=101.0, channel="touch")
    unhappy.answer(["6"], at_s=101.0, channel="touch")

    assert asked(happy) == "reason"
    assert asked(unhappy) == "sorry"
    assert outcome(happy) == [("nps", "answered")]


def test_who_is_left_out_of_one_branch_does_not_stray_into_another() -> None:
    way = ask("single", "way", options=options(left="one", right="two"))
    form = questionnaire(way, ask("fcr", "one", next="both"), ask("fcr", "two"), REASON | BOTH)
    session = open_session(form, plan=Plan(left_out=frozenset({"one"})))
    session.answer(["left"], at_s=101.0, channel="touch")

    assert asked(session) == "both"


def test_the_rating_decides_where_the_questionnaire_is_not_discreet() -> None:
    sorry = ask("fcr", "sorry", when={"question": "rating", "sentiment": "dissatisfied"})
    open_form = questionnaire(sorry, REASON, discreet=False)
    discreet = questionnaire(sorry, REASON)

    assert asked(open_session(open_form, rating=UNHAPPY)) == "sorry"
    assert asked(open_session(open_form, rating=HAPPY)) == "reason"
    assert asked(open_session(open_form)) == "reason"
    assert asked(open_session(discreet, rating=UNHAPPY)) == "reason"


def test_nothing_to_ask_is_over_at_once() -> None:
    session = open_session(THREE, plan=Plan(left_out=frozenset({"nps", "reason", "settled"})))

    assert (session.screen, session.ending, session.answers) == (None, "complete", ())


def test_a_pair_is_two_screens_of_one_question() -> None:
    session = open_session(questionnaire(ask("womi", "pair")))
    assert session.screen is not None
    assert (session.screen.item, session.screen.position) == ("recommend", 1)
    session.answer(["10"], at_s=101.0, channel="touch")
    assert session.screen is not None
    assert (session.screen.item, session.screen.position) == ("discourage", 2)
    session.answer(["1"], at_s=102.0, channel="touch")

    assert [(a.item, a.value) for a in session.answers] == [("recommend", 10), ("discourage", 1)]


def test_only_the_items_that_were_drawn_are_asked() -> None:
    form = questionnaire(ask("servperf", "service", items=2), REASON)
    session = open_session(form, plan=Plan(items={"service": ("19", "4")}))
    session.answer(["7"], at_s=101.0, channel="touch")
    session.skip(at_s=102.0)

    assert [answer.item for answer in session.answers] == ["19", "4"]
    assert asked(session) == "reason"
    assert asked(open_session(form)) == "reason"


def test_where_a_branch_leads_back_the_session_ends() -> None:
    circle = ask("single", "way", options=options(again="way", round="other"))
    session = open_session(questionnaire(circle, ask("fcr", "other", next="way")))
    session.answer(["round"], at_s=101.0, channel="touch")
    session.answer(["yes"], at_s=102.0, channel="touch")

    assert session.ending == "complete"
    assert outcome(session) == [("way", "answered"), ("other", "answered")]


def test_while_somebody_waits_the_first_question_is_all() -> None:
    session = open_session(THREE, waiting=True)
    session.answer(["9"], at_s=101.0, channel="touch")

    assert session.screen is None
    assert session.ending == "waiting"
    assert outcome(session) == [("nps", "answered")]


def test_who_starts_to_wait_in_mid_session_waits_for_the_open_question_only() -> None:
    session = open_session(THREE)
    session.answer(["9"], at_s=101.0, channel="touch")
    session.waiting = True
    assert asked(session) == "reason"
    session.answer(["price"], at_s=102.0, channel="touch")

    assert session.ending == "waiting"


def test_who_stops_waiting_hurries_nobody() -> None:
    session = open_session(THREE, waiting=True)
    session.waiting = False
    session.answer(["9"], at_s=101.0, channel="touch")

    assert asked(session) == "reason"


def test_a_questionnaire_may_ask_all_even_while_somebody_waits() -> None:
    form = questionnaire(*[ask("fcr", name) for name in ("a", "b")], while_waiting="all")
    session = open_session(form, waiting=True)
    session.skip(at_s=101.0)

    assert asked(session) == "b"


def test_a_pair_is_asked_whole_even_while_somebody_waits() -> None:
    session = open_session(questionnaire(ask("womi", "pair"), REASON), waiting=True)
    session.answer(["10"], at_s=101.0, channel="touch")
    assert asked(session) == "pair"
    session.answer(["1"], at_s=102.0, channel="touch")

    assert session.ending == "waiting"


def test_the_event_holds_the_answers_and_where_they_come_from() -> None:
    session = open_session(THREE)
    session.answer(["9"], at_s=101.0, channel="touch")
    session.end("walked_away", at_s=103.0)
    event = response(session, session_id="b5d4045c3f466fa9", rating="/a/b/c/0/7")

    assert event.answers == session.answers
    assert (event.questionnaire, event.session) == ("form", "b5d4045c3f466fa9")
    assert event.rating == "/a/b/c/0/7"
