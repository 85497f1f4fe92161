"""What one customer left in a survey session: its answers, and the words beside them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from agent.events.catalogue import Answer
from agent.events.personal import About
from agent.feedback.leaving import Left
from agent.survey.personal import NOT_ABOUT_PERSON, UNSAID, asks_words, tells_about
from agent.survey.questions import AnyQuestion, MultipleQuestion, SingleQuestion
from agent.survey.session import Session

MOST_FACTORS = 12


@dataclass(slots=True)
class Draft:
    """What one customer has sent in their own words; it stays in memory until they are done."""

    words: dict[str, str] = field(default_factory=dict, repr=False)
    """By question; the last one sent holds."""


def gathered(draft: Draft, *, session: Session) -> Left | None:
    """Return what the customer of a session has left so far; None where that is nothing.

    Words count while their question counts as answered: who goes back and skips it takes them back.
    Without words it is still something to say that this is a complaint.
    """
    if not asks_words(session.questionnaire):
        return None
    answers = {answer.question: answer for answer in session.answers if answer.ended == "answered"}
    questions = [q for q in session.questionnaire.questions if q.id in answers]
    texts = _words(draft, questions, kind="text")
    contacts = _words(draft, questions, kind="contact")
    about = next((answers[q.id].options[0] for q in questions if tells_about(q)), None)
    if about is None and not texts and not contacts:
        return None
    return Left(
        about=cast("About", about or UNSAID),
        language=session.language,
        factors=_factors(questions, answers),
        text="\n".join(texts),
        contact="\n".join(contacts),
        wants_reply=bool(contacts),
        not_about_person=any(NOT_ABOUT_PERSON in answer.options for answer in answers.values()),
    )


def _words(draft: Draft, questions: list[AnyQuestion], *, kind: str) -> list[str]:
    return [draft.words[q.id] for q in questions if q.kind == kind and q.id in draft.words]


def _factors(questions: list[AnyQuestion], answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """Return the reasons that were chosen, each once, in the order they stood."""
    offered = [q for q in questions if isinstance(q, SingleQuestion | MultipleQuestion)]
    chosen = (option for q in offered if q.factors for option in answers[q.id].options)
    return tuple(dict.fromkeys(chosen))[:MOST_FACTORS]
