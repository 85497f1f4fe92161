"""What drives satisfaction: percent positive by goal, effort and emotion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from agent.events.scale import Sentiment
from agent.indices.index import Index, Recipe
from agent.indices.satisfaction import share

Driver = Literal["goal", "effort", "emotion"]

DRIVERS: dict[Driver, Recipe] = {
    driver: Recipe(f"driver_{driver}", f"Positive on {driver}") for driver in get_args(Driver)
}


def drivers(answers: Iterable[tuple[Driver, Sentiment]]) -> dict[Driver, Index]:
    """Return the share of satisfied answers to the questions of each driver."""
    known = list(answers)
    return {
        driver: share(
            recipe,
            sum(sentiment == 1 for named, sentiment in known if named == driver),
            sum(named == driver for named, _ in known),
        )
        for driver, recipe in DRIVERS.items()
    }
