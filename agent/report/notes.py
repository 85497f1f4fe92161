"""What a reader must know before believing the figures, and how these were made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from agent import __version__
from agent.report.day import Day
from agent.report.figures import day_indices
from agent.report.markup import Markup, tag
from agent.report.standards import topics
from agent.report.telling import Telling
from agent.report.words import words


def notes(day: Day, *, language: str = "en") -> Iterator[Markup]:
    """Yield what may be wrong with the day's figures."""
    told, presses = words(language), day.presses
    for text, n in (
        (told.notes.missing, day.missing),
        (told.notes.undated, presses.undated),
        (told.notes.uncertain, presses.uncertain),
    ):
        if n:
            yield tag("p", told.count(text, n), class_="note")


def footer(day: Day, made: datetime, told: Telling) -> Markup:
    """Return how the figures were made."""
    indices = [
        *day_indices(day),
        *(index for topic in topics(day.questions, asked=told.asked) for index in topic.figures),
    ]
    recipes = dict.fromkeys(f"{index.recipe.id} v{index.recipe.version}" for index in indices)
    before, _, behind = told.words.page.made.partition("{recipes}")
    at = {"date": told.words.date(made), "time": f"{made:%H:%M}"}
    made_by = before.format(version=__version__, **at)
    listed = tag("bdi", ", ".join(recipes), dir="ltr")
    return tag("footer", tag("p", told.words.footer), tag("p", made_by, listed, behind))
