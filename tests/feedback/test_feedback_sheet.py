"""The built-in questionnaire, and when it is asked."""

from __future__ import annotations

from pathlib import Path

from agent.feedback.settings import FeedbackSettings
from agent.feedback.sheet import BUILT_IN, feedback_sheet
from agent.screen.settings import ScreenSettings
from agent.survey.offer import Sheet
from agent.survey.personal import asks_words, tells_about
from tests.feedback.forms import FCR, WORDS, form

ROOT = Path(__file__).parents[2]
ON = FeedbackSettings(enabled=True, plain=True)


def test_it_is_the_example_that_a_company_may_change() -> None:
    example = (ROOT / "config/questionnaires/feedback.yaml").read_text("utf-8").splitlines()

    assert BUILT_IN.read_text("utf-8").splitlines()[1:] == example[1:]


def test_it_is_asked_where_feedback_is_on() -> None:
    sheet = feedback_sheet(ON, beside=[Sheet(form(FCR), "v")])

    assert sheet is not None
    assert sheet.questionnaire.id == "feedback"
    assert feedback_sheet(FeedbackSettings(), beside=[]) is None


def test_a_questionnaire_of_the_companys_own_that_asks_for_words_takes_its_place() -> None:
    assert feedback_sheet(ON, beside=[Sheet(form(FCR, WORDS), "v")]) is None


def test_it_asks_behind_a_rating_for_words_and_what_they_are_about() -> None:
    sheet = feedback_sheet(ON, beside=[])

    assert sheet is not None
    questions = sheet.questionnaire.questions
    assert sheet.questionnaire.entry == "rating"
    assert asks_words(sheet.questionnaire)
    assert [q.id for q in questions if tells_about(q)] == ["kind"]


def test_it_speaks_every_language_that_a_screen_can_have() -> None:
    sheet = feedback_sheet(ON, beside=[])
    field = ScreenSettings.model_json_schema()["properties"]["languages"]["items"]

    assert sheet is not None
    assert set(sheet.questionnaire.languages) == set(field["enum"])
