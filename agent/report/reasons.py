"""Why: answers to questions, beside the class of the rating that they explain. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agent.events.scale import Sentiment
from agent.indices.classes import Classes
from agent.report.dating import Fact, LocalDay
from agent.report.day import Option, Question
from agent.report.ratings import Rating
from agent.survey.screens import DISCOURAGE, RECOMMEND

PAIR = (RECOMMEND, DISCOURAGE)
"""The items of a question that the same person answers both of."""


class _Name(NamedTuple):
    """What makes answers comparable: the same question in the same wording."""

    questionnaire: str | None
    version: str | None
    question: str
    item: str | None


class _Answer(NamedTuple):
    name: _Name
    given: Mapping[str, Any]
    sentiment: Sentiment | None
    beside: int | None
    """Of a pair's first part: the value of its second, given by the same person."""


def read_questions(
    facts: Iterable[Fact], ratings: Mapping[str, Rating], day: LocalDay
) -> tuple[Question, ...]:
    """Return the questions of a day in the order of their first answers.

    A session is told in parts: of answers to the same question the last holds, and the rating of
    the last part is that of all. It is of the day of its rating, which must count.
    """
    by_question: defaultdict[_Name, list[_Answer]] = defaultdict(list)
    for answer in _answers(facts, ratings, day):
        by_question[answer.name].append(answer)
    return tuple(_question(name, answers) for name, answers in by_question.items())


def _answers(
    facts: Iterable[Fact], ratings: Mapping[str, Rating], day: LocalDay
) -> Iterator[_Answer]:
    for session in _sessions(facts):
        rating = ratings.get(session.rating)
        if rating is not None and not rating.counts:
            continue
        if day.holds(session.at_ms if rating is None else rating.at_ms):
            sentiment = None if rating is None else rating.sentiment
            yield from (session.answer(given, sentiment) for given in session.answers.values())


@dataclass(slots=True)
class _Session:
    """What is known of one customer's answers."""

    at_ms: int | None
    rating: str = ""
    questionnaire: str | None = None
    answers: dict[tuple[str, str | None], Mapping[str, Any]] = field(default_factory=dict)

    def answer(self, given: Mapping[str, Any], sentiment: Sentiment | None) -> _Answer:
        """Return one of them with all that belongs to it."""
        question, item = given["question"], given.get("item")
        name = _Name(self.questionnaire, given.get("version"), question, item)
        first, second = PAIR
        other = self.answers.get((question, second), {}) if item == first else {}
        return _Answer(name, given, sentiment, other.get("value"))


def _sessions(facts: Iterable[Fact]) -> Iterable[_Session]:
    """Join the parts; a response without a session is one of its own."""
    sessions: dict[object, _Session] = {}
    for number, fact in enumerate(facts):
        if fact.kind != "response.given":
            continue
        name = fact.data.get("session", number)
        session = sessions.setdefault(name, _Session(fact.at_ms))
        session.rating = fact.data.get("rating", "")
        session.questionnaire = fact.data.get("questionnaire", session.questionnaire)
        for given in fact.data["answers"]:
            session.answers[given["question"], given.get("item")] = given
    return sessions.values()


def _question(name: _Name, answers: list[_Answer]) -> Question:
    ended = Counter(answer.given["ended"] for answer in answers)
    values = [
        (value, answer.beside)
        for answer in answers
        if (value := answer.given.get("value")) is not None
    ]
    return Question(
        question=name.question,
        item=name.item,
        ended=tuple(ended.most_common()),
        options=_options(answers),
        values=tuple(sorted(Counter(value for value, _ in values).items())),
        questionnaire=name.questionnaire,
        version=name.version,
        pairs=tuple((value, beside) for value, beside in values if beside is not None),
    )


def _options(answers: list[_Answer]) -> tuple[Option, ...]:
    chosen: defaultdict[str, Counter[Sentiment | None]] = defaultdict(Counter)
    for answer in answers:
        for option in dict.fromkeys(answer.given.get("options", ())):
            chosen[option][answer.sentiment] += 1
    options = [
        Option(name, Classes(counts[-1], counts[0], counts[1]), counts[None])
        for name, counts in chosen.items()
    ]
    return tuple(sorted(options, key=lambda option: (-option.chosen, option.option)))
