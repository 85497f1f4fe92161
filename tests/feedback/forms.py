"""Questionnaires that ask for words, short ways to go through them, and a shop with its hours."""

from __future__ import annotations

from typing import Any

from agent.feedback.gathering import Draft, gathered
from agent.feedback.leaving import Left
from agent.survey.questionnaire import Questionnaire
from agent.survey.session import Session

KIND: dict[str, Any] = {
    "id": "kind",
    "kind": "single",
    "text": {"en": "What is it?"},
    "options": [
        {"id": name, "label": {"en": name}}
        for name in ("praise", "complaint", "suggestion", "question")
    ],
}
ABOUT: dict[str, Any] = {
    "id": "about",
    "kind": "multiple",
    "text": {"en": "What is it about?"},
    "factors": ["staff", "waiting_time", "price"],
}
PERSON: dict[str, Any] = {
    "id": "person",
    "kind": "single",
    "text": {"en": "Is it about the person?"},
    "options": [
        {"id": "about_person", "label": {"en": "Yes"}},
        {"id": "not_about_person", "label": {"en": "No"}},
    ],
}
WORDS: dict[str, Any] = {"id": "words", "kind": "text", "text": {"en": "Tell us."}}
REPLY: dict[str, Any] = {
    "id": "reply",
    "kind": "contact",
    "text": {"en": "An answer?"},
    "consent": {"en": "I agree."},
}
FCR: dict[str, Any] = {"id": "settled", "kind": "fcr"}


def form(*questions: dict[str, Any]) -> Questionnaire:
    return Questionnaire.model_validate(
        {"id": "form", "languages": ["en"], "place": "lounge", "questions": questions}
    )


class Way:
    """One customer's way through a questionnaire, with what they write."""

    def __init__(self, *questions: dict[str, Any]) -> None:
        self.session = Session(form(*questions), version="v", language="en", opened_s=0)
        self.draft = Draft()

    def choose(self, *options: str) -> Way:
        self.session.answer(options, at_s=1, channel="touch")
        return self

    def write(self, words: str) -> Way:
        screen = self.session.screen
        assert screen is not None
        self.session.answer(at_s=1, channel="touch", text_given=True)
        self.draft.words[screen.question] = words
        return self

    def skip(self) -> Way:
        self.session.skip(at_s=1, channel="touch")
        return self

    def back(self) -> Way:
        assert self.session.back(at_s=1)
        return self

    @property
    def left(self) -> Left | None:
        return gathered(self.draft, session=self.session)
