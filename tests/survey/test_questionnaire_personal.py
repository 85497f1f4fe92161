"""What is refused of questionnaires that ask for words."""

from __future__ import annotations

from typing import Any

from agent.config.problem import dotted
from agent.survey.personal import asks_words, personal_findings, tells_about
from agent.survey.questionnaire import Questionnaire
from tests.survey.drafts import choice, draft, fcr, text


def told(*questions: dict[str, Any]) -> dict[str, str]:
    return {dotted(key): words for key, words in personal_findings(draft(*questions))}


def test_a_question_with_the_four_options_tells_what_words_are_about() -> None:
    assert told(choice("k", "praise", "complaint", "suggestion", "question"), text("w")) == {}
    assert told(choice("k", "praise", "complaint"), text("w")) == {}


def test_words_need_no_such_question() -> None:
    assert told(text("w"), choice("f", "staff", "price")) == {}


def test_only_a_single_choice_of_nothing_else_can_tell_it() -> None:
    mixed = told(choice("k", "praise", "complaint", "other"), text("w"))
    several = told(choice("k", "praise", "complaint", kind="multiple"), text("w"))

    for found in (mixed, several):
        assert list(found) == ["questions[0]"]
        assert "let it be a `single` of complaint, praise, question, suggestion" in str(found)


def test_two_such_questions_would_contradict_each_other() -> None:
    found = told(choice("k", "praise", "complaint"), choice("l", "praise", "question"), text("w"))

    assert found == {
        "questions[1]": "question `l` asks what the words are about, and so does `k`: keep one"
        " of them"
    }


def test_without_words_such_options_mean_nothing() -> None:
    assert told(choice("k", "praise", "other"), fcr("f")) == {}


def test_more_text_than_can_travel_is_refused() -> None:
    assert told(text("a", most_characters=1000), text("b", most_characters=999)) == {}
    found = told(text("a", most_characters=1000), text("b", most_characters=1000))

    assert "2000 characters together, and 2000 travel" in found["questions"]


def test_what_is_personal_is_known() -> None:
    form: Questionnaire = draft(choice("k", "praise", "question"), fcr("f"), text("w"))

    assert asks_words(form)
    assert not asks_words(draft(fcr("f")))
    assert [q.id for q in form.questions if tells_about(q)] == ["k"]
