"""Why: answers to questions, beside the class of the rating that they explain. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
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

    A response is of the day of its rating. One whose rating does not count is left out.
    """
    by_question: defaultdict[tuple[str, str | None], list[_Answer]] = defaultdict(list)
    for answer in _answers(facts, ratings, day):
        by_question[answer.given["question"], answer.given.get("item")].append(answer)
    return tuple(_question(*name, answers) for name, answers in by_question.items())


def _answers(
    facts: Iterable[Fact], ratings: Mapping[str, Rating], day: LocalDay
) -> Iterator[_Answer]:
    for fact in facts:
        if fact.kind != "response.given":
            continue
        rating = ratings.get(fact.data.get("rating", ""))
        if rating is not None and not rating.counts:
            continue
        if day.holds(fact.at_ms if rating is None else rating.at_ms):
            sentiment = None if rating is None else rating.sentiment
            yield from (_Answer(given, sentiment) for given in fact.data["answers"])


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
