"""`/today` states standard indices as the report does, in the words of the questions."""

from __future__ import annotations

import re
from datetime import UTC

import pytest

from agent.office import today
from agent.office.words import words
from agent.report import fold
from agent.report.telling import telling
from tests.report.shop import DAY, Shop
from tests.report.surveyed import EVERY, Survey, surveyed_day, words_of


def text_of(shop: Shop, language: str = "en") -> str:
    day = fold(shop.messages, day=DAY, zone=UTC)
    told = telling(language, asked=words_of(EVERY))
    shown = today.sections(day, telling=told, words=words(language))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))


def test_a_manager_reads_the_net_promoter_score_and_not_a_mean() -> None:
    survey = Survey(Shop())
    for value in [*[9] * 50, *[8] * 30, *[2] * 20]:
        survey.answer("recommend", value)
    text = text_of(survey.shop)

    assert "How likely are you to recommend our shop to a friend or colleague? recommend" in text
    assert "Net Promoter Score +30 100 answers, +14 to +44" in text
    assert "Detractors, 0 to 6 20 20 % (13 to 29 %)" in text
    assert "average" not in text


def test_what_was_left_and_what_counts_stand_side_by_side() -> None:
    text = text_of(surveyed_day())

    assert "Complaint 3 2" in text
    assert "every complaint reaches the manager" in text


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("de", "Was sollen wir besser machen? better Parkplätze"),
        ("ru", "Что нам улучшить? better Парковка"),
    ],
)
def test_questions_and_options_are_in_the_readers_language(language: str, told: str) -> None:
    survey = Survey(Shop())
    survey.answer("better", None, "parking")

    assert told in text_of(survey.shop, language)
