"""What a questionnaire asks that is personal, and which question tells what it is about. Pure.

Words travel apart from the other answers, as one piece of feedback a visit. What that is, praise
or a complaint, only the customer can say: in a question whose options are these words and no
others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from agent.config.problem import Finding
from agent.events.personal import MOST_CHARACTERS, About
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import AnyQuestion, SingleQuestion, TextQuestion
from agent.survey.screens import offered

WORDS = frozenset({"text", "contact"})
"""Kinds of question that are answered in the customer's own words."""
UNSAID: About = "comment"
"""What words are about where nobody asked, or the customer did not say."""
SAYINGS = frozenset(get_args(About)) - {UNSAID}
"""The options of a question that tells what words are about."""
NOT_ABOUT_PERSON = "not_about_person"
"""The option by which a customer says that it is not about who served them."""


def asks_words(questionnaire: Questionnaire) -> bool:
    """Tell whether something is asked that is answered in words."""
    return any(question.kind in WORDS for question in questionnaire.questions)


def tells_about(question: AnyQuestion) -> bool:
    """Tell whether the answer says what the customer's words are about."""
    options = set(offered(question))
    return isinstance(question, SingleQuestion) and bool(options) and options <= SAYINGS


def personal_findings(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Return what keeps words from arriving whole and by their right name."""
    if not asks_words(questionnaire):
        return
    yield from _unclear(questionnaire)
    lengths = [q.most_characters for q in questionnaire.questions if isinstance(q, TextQuestion)]
    if sum(lengths) + len(lengths) - 1 > MOST_CHARACTERS:
        text = f"questions: their texts may have {sum(lengths)} characters together"
        yield ("questions",), f"{text}, and {MOST_CHARACTERS} travel: lower most_characters"


def _unclear(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Return questions that seem to tell what words are about, and cannot."""
    first = ""
    for index, question in enumerate(questionnaire.questions):
        if not SAYINGS & set(offered(question)):
            continue
        text = f"question `{question.id}` asks what the words are about"
        if not tells_about(question):
            known = ", ".join(sorted(SAYINGS))
            mend = f"let it be a `single` of {known} and no more, or name its options otherwise"
            yield ("questions", index), f"{text}: {mend}"
        elif first:
            yield ("questions", index), f"{text}, and so does `{first}`: keep one of them"
        first = first or question.id
