"""What conditions look at: the rating, and the answers given so far. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from agent.events.catalogue import Answer
from agent.events.scale import Sentiment, sentiment
from agent.survey.conditions import RATING, AllOf, AnyOf, Condition, NoneOf, OfAnswer
from agent.survey.questions import AnyQuestion, FacesQuestion
from agent.survey.screens import DISCOURAGE

CLASS_NAMES: dict[Sentiment, str] = {-1: "dissatisfied", 0: "neutral", 1: "satisfied"}


@dataclass(frozen=True, slots=True)
class RatingFact:
    """The rating in front of the questionnaire: `value` (1 is the worst) of `scale` answers."""

    value: int
    scale: int


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of one answered question."""

    value: int | None = None
    options: tuple[str, ...] = ()
    sentiment: Sentiment | None = None


@dataclass(slots=True)
class Facts:
    """What is known so far, by question. Of a question with items, the first that was answered.

    A discouragement has no value: a condition on WoMI's is about the recommendation.
    """

    known: dict[str, Fact] = field(default_factory=dict)

    @classmethod
    def behind(cls, rating: RatingFact | None) -> Facts:
        """Begin with the rating, if there was one."""
        if rating is None:
            return cls()
        the_class = sentiment(rating.value, scale=rating.scale)
        return cls({RATING: Fact(rating.value, sentiment=the_class)})

    def add(self, answer: Answer, *, of: AnyQuestion) -> None:
        """Learn from the answer to the question `of`; from one that was not answered, nothing."""
        if answer.ended != "answered":
            return
        value = None if answer.item == DISCOURAGE else answer.value
        self.known.setdefault(of.id, Fact(value, answer.options, _face(of, value)))


def holds(condition: Condition | None, facts: Facts) -> bool:
    """Tell whether a condition holds; what is absent always does."""
    match condition:
        case None:
            return True
        case AllOf():
            return all(holds(part, facts) for part in condition.all)
        case AnyOf():
            return any(holds(part, facts) for part in condition.any)
        case NoneOf():
            return not any(holds(part, facts) for part in condition.none)
        case OfAnswer():
            return _holds_of(condition, facts.known.get(condition.question))
        case _:
            assert_never(condition)


def _holds_of(condition: OfAnswer, fact: Fact | None) -> bool:
    if fact is None:
        return condition.answered is False and not _asks_more(condition)
    return (
        condition.answered is not False
        and (condition.at_least is None or _value(fact, -1) >= condition.at_least)
        and (condition.at_most is None or _value(fact, 11) <= condition.at_most)
        and (not condition.has or not set(condition.has).isdisjoint(fact.options))
        and (condition.sentiment is None or condition.sentiment == _class_name(fact))
    )


def _asks_more(condition: OfAnswer) -> bool:
    bounds = (condition.at_least, condition.at_most, condition.sentiment)
    return bool(condition.has) or bounds != (None, None, None)


def _value(fact: Fact, otherwise: int) -> int:
    return otherwise if fact.value is None else fact.value


def _class_name(fact: Fact) -> str | None:
    return None if fact.sentiment is None else CLASS_NAMES[fact.sentiment]


def _face(question: AnyQuestion, value: int | None) -> Sentiment | None:
    if value is None or not isinstance(question, FacesQuestion):
        return None
    return sentiment(value, scale=question.scale)
