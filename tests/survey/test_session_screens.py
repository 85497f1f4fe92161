"""What one step offers, and which buttons can answer it."""

from __future__ import annotations

from typing import Any

import pytest

from agent.survey.screens import Screen, screen
from tests.survey.forms import ask, options, questionnaire

TO_TEN = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
KIND_OPTIONS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    (ask("faces", "q", scale=3), ("1", "2", "3")),
    (ask("faces", "q", scale=4), ("1", "2", "3", "4")),
    (ask("nps", "q"), ("0", *TO_TEN)),
    (ask("ces", "q", variant=1), ("1", "2", "3", "4", "5")),
    (ask("ces", "q", variant=2), ("1", "2", "3", "4", "5", "6", "7")),
    (ask("csat", "q"), ("1", "2", "3", "4", "5")),
    (ask("womi", "q"), TO_TEN),
    (ask("servperf", "q"), ("1", "2", "3", "4", "5", "6", "7")),
    (ask("fcr", "q"), ("yes", "no")),
    (ask("single", "q", options=options("b", "a")), ("b", "a")),
    (ask("multiple", "q", factors=["speed", "price"]), ("speed", "price")),
    (ask("text", "q"), ()),
    (ask("contact", "q"), ()),
]


def screen_of(question: dict[str, Any]) -> Screen:
    return screen(questionnaire(question).questions[0], item=None, position=1)


@pytest.mark.parametrize(("question", "offered"), KIND_OPTIONS, ids=lambda v: str(v)[:40])
def test_every_kind_offers_its_options(question: dict[str, Any], offered: tuple[str, ...]) -> None:
    assert screen_of(question).options == offered


@pytest.mark.parametrize(
    ("question", "needs", "most"),
    [
        (ask("nps", "q"), "one", 1),
        (ask("multiple", "q", options=options("a", "b", "c")), "several", 3),
        (ask("multiple", "q", options=options("a", "b", "c"), most=2), "several", 2),
        (ask("multiple", "q", options=options("a", "b"), most=6), "several", 2),
        (ask("text", "q"), "text", 0),
        (ask("contact", "q"), "contact", 0),
    ],
)
def test_a_screen_says_what_answers_it(question: dict[str, Any], needs: str, most: int) -> None:
    shown = screen_of(question)

    assert (shown.needs, shown.most) == (needs, most)


@pytest.mark.parametrize(
    ("question", "buttons", "how"),
    [
        (ask("faces", "q", scale=5), 5, "direct"),
        (ask("faces", "q", scale=5), 3, "cursor"),
        (ask("nps", "q"), 3, "cursor"),
        (ask("nps", "q"), 2, "none"),
        (ask("fcr", "q"), 2, "direct"),
        (ask("fcr", "q"), 1, "none"),
        (ask("single", "q", options=options("a", "b", "c")), 3, "direct"),
        (ask("single", "q", options=options("a", "b", "c", "d")), 3, "cursor"),
        (ask("single", "q", options=options("a", "b", "c")), 2, "none"),
        (ask("multiple", "q", options=options("a", "b")), 5, "none"),
        (ask("text", "q"), 5, "none"),
        (ask("contact", "q"), 5, "none"),
        (ask("csat", "q"), 0, "none"),
    ],
)
def test_buttons_answer_what_they_can(question: dict[str, Any], buttons: int, how: str) -> None:
    assert screen_of(question).buttons(buttons) == how


def test_options_lie_over_the_buttons_in_order() -> None:
    shown = screen_of(ask("fcr", "q"))

    assert [shown.under(button, count=3) for button in range(-1, 4)] == [
        None,
        "yes",
        "no",
        None,
        None,
    ]
    assert screen_of(ask("nps", "q")).under(0, count=3) is None


def test_the_number_of_a_scale_is_its_value() -> None:
    assert screen_of(ask("nps", "q")).value(("10",)) == 10
    assert screen_of(ask("nps", "q")).value(()) is None
    assert screen_of(ask("fcr", "q")).value(("yes",)) is None
