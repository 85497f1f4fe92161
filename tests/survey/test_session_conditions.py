"""Conditions on the rating and on earlier answers."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from agent.events.catalogue import Answer
from agent.survey.conditions import Condition
from agent.survey.facts import Facts, RatingFact, holds
from tests.survey.forms import ask, options, questionnaire

FORM = questionnaire(
    ask("faces", "face", scale=5),
    ask("single", "reason", options=options("staff", "price")),
    ask("womi", "pair"),
    ask("nps", "nps"),
    ask("text", "words"),
)
CONDITIONS: TypeAdapter[Condition] = TypeAdapter(Condition)


def answer(question: str, **fields: Any) -> Answer:
    known: dict[str, Any] = {"ended": "answered", "duration_s": 1.0, "language": "en"}
    return Answer(question=question, **(known | fields))


def facts() -> Facts:
    """Rated 2 of 5, a good face, staff; the recommendation and nothing of NPS."""
    found = Facts.behind(RatingFact(2, scale=5))
    by_id = {question.id: question for question in FORM.questions}
    for given in (
        answer("face", options=("4",), value=4),
        answer("reason", options=("staff",)),
        answer("pair", options=("9",), value=9, item="recommend"),
        answer("pair", options=("2",), value=2, item="discourage"),
        answer("nps", ended="skipped"),
        answer("words"),
    ):
        found.add(given, of=by_id[given.question])
    return found


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"question": "rating", "sentiment": "dissatisfied"}, True),
        ({"question": "rating", "sentiment": "satisfied"}, False),
        ({"question": "rating", "at_most": 2}, True),
        ({"question": "rating", "at_least": 3}, False),
        ({"question": "face", "sentiment": "satisfied"}, True),
        ({"question": "face", "at_least": 4, "at_most": 4}, True),
        ({"question": "face", "at_least": 4, "sentiment": "neutral"}, False),
        ({"question": "reason", "has": ["price", "staff"]}, True),
        ({"question": "reason", "has": ["price"]}, False),
        ({"question": "reason", "at_most": 10}, False),
        ({"question": "pair", "at_least": 9}, True),
        ({"question": "pair", "at_most": 2}, False),
        ({"question": "words", "answered": True}, True),
        ({"question": "words", "answered": False}, False),
        ({"question": "words"}, True),
        ({"question": "nps", "answered": False}, True),
        ({"question": "nps", "answered": True}, False),
        ({"question": "nps"}, False),
        ({"question": "nps", "at_most": 10}, False),
        ({"question": "nps", "answered": False, "at_most": 10}, False),
        ({"question": "nps", "has": ["1"]}, False),
        ({"question": "never-asked", "answered": False}, True),
    ],
)
def test_every_part_of_a_condition_must_hold(condition: dict[str, Any], *, expected: bool) -> None:
    assert holds(CONDITIONS.validate_python(condition), facts()) is expected


TRUE = {"question": "face", "answered": True}
FALSE = {"question": "face", "answered": False}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"all": [TRUE, TRUE]}, True),
        ({"all": [TRUE, FALSE]}, False),
        ({"any": [FALSE, TRUE]}, True),
        ({"any": [FALSE, FALSE]}, False),
        ({"none": [FALSE, FALSE]}, True),
        ({"none": [FALSE, TRUE]}, False),
        ({"none": [{"all": [TRUE, {"any": [FALSE, FALSE]}]}]}, True),
    ],
)
def test_conditions_can_be_joined(condition: dict[str, Any], *, expected: bool) -> None:
    assert holds(CONDITIONS.validate_python(condition), facts()) is expected


def test_without_a_condition_everybody_is_asked() -> None:
    assert holds(None, Facts())


def test_a_discouragement_alone_has_no_value() -> None:
    found = Facts()
    pair = FORM.questions[2]
    found.add(answer("pair", ended="skipped", item="recommend"), of=pair)
    found.add(answer("pair", options=("10",), value=10, item="discourage"), of=pair)

    assert not holds(CONDITIONS.validate_python({"question": "pair", "at_least": 9}), found)
    assert holds(CONDITIONS.validate_python({"question": "pair", "answered": True}), found)
