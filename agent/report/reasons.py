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


class _Answer(NamedTuple):
    given: Mapping[str, Any]
    sentiment: Sentiment | None


def read_questions(
    facts: Iterable[Fact], ratings: Mapping[str, Rating], day: LocalDay
) -> tuple[Question, ...]:
    """Return the questions of a day in the order of their first answers.

    A session is told in parts: of answers to the same question the last holds, and the rating of
    the last part is that of all. It is of the day of its rating, which must count.
    """
    by_question: defaultdict[tuple[str, str | None], list[_Answer]] = defaultdict(list)
    for answer in _answers(facts, ratings, day):
        by_question[answer.given["question"], answer.given.get("item")].append(answer)
    return tuple(_question(*name, answers) for name, answers in by_question.items())


def _answers(
    facts: Iterable[Fact], ratings: Mapping[str, Rating], day: LocalDay
) -> Iterator[_Answer]:
    for session in _sessions(facts):
        rating = ratings.get(session.rating)
        if rating is not None and not rating.counts:
            continue
        if day.holds(session.at_ms if rating is None else rating.at_ms):
            sentiment = None if rating is None else rating.sentiment
            yield from (_Answer(given, sentiment) for given in session.answers.values())


@dataclass(slots=True)
class _Session:
    """What is known of one customer's answers."""

    at_ms: int | None
    rating: str = ""
    answers: dict[tuple[str, str | None], Mapping[str, Any]] = field(default_factory=dict)


def _sessions(facts: Iterable[Fact]) -> Iterable[_Session]:
    """Join the parts; a response without a session is one of its own."""
    sessions: dict[object, _Session] = {}
    for number, fact in enumerate(facts):
        if fact.kind != "response.given":
            continue
        name = fact.data.get("session", number)
        session = sessions.setdefault(name, _Session(fact.at_ms))
        session.rating = fact.data.get("rating", "")
        for given in fact.data["answers"]:
            session.answers[given["question"], given.get("item")] = given
    return sessions.values()


def _question(name: str, item: str | None, answers: list[_Answer]) -> Question:
    ended = Counter(answer.given["ended"] for answer in answers)
    values = Counter(
        value for answer in answers if (value := answer.given.get("value")) is not None
    )
    return Question(
        question=name,
        item=item,
        ended=tuple(ended.most_common()),
        options=_options(answers),
        values=tuple(sorted(values.items())),
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
