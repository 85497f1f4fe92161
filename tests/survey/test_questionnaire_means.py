"""A questionnaire asks only what the keys of its kiosk can answer."""

from __future__ import annotations

from typing import Any

import pytest

from agent.config.problem import dotted
from agent.survey.means import Means, means_findings
from tests.survey.drafts import choice, draft, faces, fcr, nps, text

CONTACT = {"id": "c", "kind": "contact", "text": {"en": "Reply?"}, "consent": {"en": "Yes."}}


def told(*questions: dict[str, Any], **means: Any) -> dict[str, str]:
    kiosk = Means(**{"buttons": 5, "touch": False, "screen": True, **means})
    return {dotted(key): words for key, words in means_findings(draft(*questions), means=kiosk)}


def test_touch_answers_everything() -> None:
    questions = nps("n"), choice("m", "x", "y", kind="multiple"), text("t"), CONTACT
    assert told(*questions, touch=True, buttons=0) == {}


@pytest.mark.parametrize(
    ("question", "buttons"),
    [
        (faces("f", scale=5), 5),
        (faces("f", scale=3), 3),
        (fcr("f"), 2),
        (choice("f", "a", "b", "c"), 3),
        (nps("f"), 3),
        (choice("f", "a", "b", "c", "d", "e", "f"), 3),
    ],
)
def test_buttons_answer_what_lies_over_them_and_all_that_is_longer_with_a_cursor(
    question: dict[str, Any], buttons: int
) -> None:
    assert told(question, buttons=buttons) == {}


@pytest.mark.parametrize(
    ("question", "buttons", "words"),
    [
        (nps("q"), 2, "has 11 values, but there are 2 buttons and no touch screen: use 3 buttons"),
        (choice("q", "a", "b", "c"), 2, "has 3 options, but there are 2 buttons"),
        (fcr("q"), 1, "has 2 options, but there are 1 buttons and no touch screen: use a touch"),
        (fcr("q"), 0, "use a touch screen"),
        (choice("q", "a", "b", kind="multiple"), 5, "which needs touch"),
        (text("q"), 5, "needs a keyboard"),
        ({**CONTACT, "id": "q"}, 5, "use a touch screen, or leave it out"),
    ],
)
def test_what_buttons_cannot_answer_is_told_at_the_question(
    question: dict[str, Any], buttons: int, words: str
) -> None:
    found = told(fcr("first"), question, buttons=buttons)
    assert words in found["questions[1]"]
    assert "`q`" in found["questions[1]"]


def test_without_a_screen_nothing_can_be_asked() -> None:
    assert "no screen to show them on" in told(faces("f"), screen=False)["questions"]
