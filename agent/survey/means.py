"""Whether the keys of a kiosk can answer what a questionnaire asks. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.config.problem import Finding
from agent.survey.personal import WORDS
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import AnyQuestion
from agent.survey.screens import CURSOR_BUTTONS, SCALES, offered, screen


@dataclass(frozen=True, slots=True)
class Means:
    """What a kiosk has for asking and answering."""

    buttons: int
    """Physical buttons."""
    touch: bool
    """A touch screen, or a pointer and a keyboard."""
    screen: bool
    """A display to read the questions from."""
    words: frozenset[str] = WORDS
    """Of `text` and `contact` what customers can leave: somebody receives it, and it is safe."""
    invites: bool = True
    """It can invite to a survey without a rating."""


def means_findings(questionnaire: Questionnaire, *, means: Means) -> Iterator[Finding]:
    """Return every question that `means` cannot ask or answer: key path and what to mend."""
    if questionnaire.entry == "start" and not means.invites:
        text = "entry: this kiosk asks behind a rating only: use `rating`"
        yield ("entry",), text
    for index, question in enumerate(questionnaire.questions):
        if question.kind in WORDS - means.words:
            yield ("questions", index), _unwanted(question)
    if not means.screen:
        text = "questions: there is no screen to show them on: set screen.enabled, or ask nothing"
        yield ("questions",), text
    elif not means.touch:
        for index, question in enumerate(questionnaire.questions):
            if screen(question, item=None, position=1).buttons(means.buttons) == "none":
                yield ("questions", index), _text(question, means.buttons)


def _unwanted(question: AnyQuestion) -> str:
    asks = "a text" if question.kind == "text" else "a contact"
    return (
        f"question `{question.id}` asks for {asks}, and this kiosk takes none: give"
        f" feedback.public_key and feedback.ask_{question.kind}, or leave it out"
    )


def _text(question: AnyQuestion, buttons: int) -> str:
    options = len(offered(question))
    need, mend = f"but there are {buttons} buttons and no touch screen", "ask less"
    if question.kind in WORDS:
        said, mend = "needs a keyboard", "use a touch screen, or leave it out"
    elif question.kind == "multiple":
        said, mend = "lets several be chosen, which needs touch", "use kind `single`"
    else:
        said = f"has {options} {'values' if question.kind in SCALES else 'options'}"
        mend = f"use {CURSOR_BUTTONS} buttons or more" if buttons > 1 else "use a touch screen"
    return f"question `{question.id}` {said}, {need}: {mend}"
