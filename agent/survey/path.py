"""Which question comes next: conditions, branches, lots. Pure.

The path is walked anew from its beginning after every answer, so going back is nothing but
forgetting the last one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agent.events.catalogue import Answer
from agent.survey.facts import Facts, RatingFact, holds
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import (
    END,
    AnyQuestion,
    MultipleQuestion,
    ServperfQuestion,
    SingleQuestion,
    WomiQuestion,
)
from agent.survey.screens import DISCOURAGE, RECOMMEND


@dataclass(frozen=True, slots=True)
class Plan:
    """What was drawn for one session before it began."""

    left_out: frozenset[str] = frozenset()
    """Questions that this session does not get."""
    items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of every SERVPERF question the items drawn; without any it is not asked."""


class Step(NamedTuple):
    """A question, and which of its items."""

    question: AnyQuestion
    item: str | None

    @property
    def key(self) -> tuple[str, str | None]:
        """What tells it from the other steps of its session."""
        return self.question.id, self.item


class Path:
    """The way through one questionnaire for one customer.

    In a discreet questionnaire the rating decides nothing. A question that is passed over (its
    condition does not hold, or the lot left it out) leads where it leads without an answer, so that
    nobody strays from one branch into another. No question comes twice: where one leads back, the
    path ends.
    """

    def __init__(
        self, questionnaire: Questionnaire, *, plan: Plan, rating: RatingFact | None
    ) -> None:
        self._questionnaire = questionnaire
        self._plan = plan
        self._rating = None if questionnaire.discreet else rating
        questions = questionnaire.questions
        self._by_id = {question.id: question for question in questions}
        followers = (*(question.id for question in questions[1:]), END)
        self._followers = {q.id: f for q, f in zip(questions, followers, strict=True)}

    def step_behind(self, answers: Sequence[Answer]) -> Step | None:
        """Return the first step without an answer; None at the end."""
        given = {(answer.question, answer.item): answer for answer in answers}
        facts = Facts.behind(self._rating)
        question: AnyQuestion | None = self._questionnaire.questions[0]
        walked: set[str] = set()
        while question is not None and question.id not in walked:
            walked.add(question.id)
            items = self._items(question, facts)
            for item in items:
                if (question.id, item) not in given:
                    return Step(question, item)
            answered = [given[question.id, item] for item in items]
            for answer in answered:
                facts.add(answer, of=question)
            question = self._behind(question, answered)
        return None

    def _items(self, question: AnyQuestion, facts: Facts) -> tuple[str | None, ...]:
        """Return what is asked of a question: nothing where it is passed over."""
        if question.id in self._plan.left_out or not holds(question.when, facts):
            return ()
        match question:
            case WomiQuestion():
                return (RECOMMEND, DISCOURAGE)
            case ServperfQuestion():
                return self._plan.items.get(question.id, ())
            case _:
                return (None,)

    def _behind(self, question: AnyQuestion, answers: Sequence[Answer]) -> AnyQuestion | None:
        chosen = {option for answer in answers for option in answer.options}
        target = _branch(question, chosen) or question.next or self._followers[question.id]
        return self._by_id.get(target)


def _branch(question: AnyQuestion, chosen: set[str]) -> str | None:
    """Return where the choice leads: of several, the first in the questionnaire's order."""
    if not isinstance(question, SingleQuestion | MultipleQuestion):
        return None
    branches = (option.next for option in question.options if option.id in chosen)
    return next((branch for branch in branches if branch), None)
