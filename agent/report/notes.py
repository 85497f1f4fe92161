"""What a reader must know before believing the figures, and how these were made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from agent import __version__
from agent.report.day import Day
from agent.report.figures import day_indices
from agent.report.markup import Markup, tag
from agent.report.words import counted


def notes(day: Day) -> Iterator[Markup]:
    """Yield what may be wrong with the day's figures."""
    for text in _warnings(day):
        yield tag("p", text, class_="note")


def _warnings(day: Day) -> Iterator[str]:
    presses = day.presses
    if day.missing:
        events = counted(day.missing, "event")
        yield f"{events} that may be of this day are no longer in the store: counts may be low."
    if presses.undated:
        undated = counted(presses.undated, "press", "presses")
        yield f"Of {undated} in the store no time is known yet: in no day's figures."
    if presses.uncertain:
        uncertain = counted(presses.uncertain, "press", "presses")
        yield f"{uncertain} of this day may be of the one before or behind: the clock was not set."


def footer(day: Day, made: datetime) -> Markup:
    """Return how the figures were made."""
    how = (
        "Intervals are 95 %: Wilson's for shares, Student's t for means. A share of fewer than 10"
        " is not given. Shares of answers are of those who answered; where it says served, of"
        " everybody the camera counted. Nothing here is about a single customer or employee."
    )
    recipes = ", ".join(f"{i.recipe.id} v{i.recipe.version}" for i in day_indices(day))
    made_by = f"Smilepost {__version__}, made {made:%Y-%m-%d %H:%M}. Recipes: {recipes}."
    return tag("footer", tag("p", how), tag("p", made_by))
