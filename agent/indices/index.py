"""What every index is published as, and the recipe that says how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.errors import SmilepostError
from agent.indices.interval import Estimate

Denominator = Literal["of_respondents", "of_served"]
Unit = Literal["share", "points", "score", "seconds"]

SHARES_FROM = 10
"""A share of fewer is published as suppressed (FORMULAS, Display)."""


class FiguresError(SmilepostError, ValueError):
    """The figures are none that the formula can be made of."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an index is made. A change of the formula is a new version."""

    id: str
    name: str
    denominator: Denominator = "of_respondents"
    unit: Unit = "share"
    """A share lies in 0 ... 1, points in -100 ... 100, a score on the scale the formula names."""
    minimum: int = SHARES_FROM
    """Below this n the index is suppressed."""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Index:
    """One published figure. `value`, `low` and `high` (95 %) are None while it is suppressed."""

    recipe: Recipe
    n: int
    value: float | None
    low: float | None
    high: float | None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.recipe.name

    @property
    def denominator(self) -> Denominator:
        """What n counts: those who answered, or everybody who was served."""
        return self.recipe.denominator

    @property
    def suppressed(self) -> bool:
        """Whether n is too small for a number."""
        return self.value is None


def publish(recipe: Recipe, estimate: Estimate | None, *, n: int) -> Index:
    """Make an index of an estimate; None, and an n below the recipe's minimum, is suppressed."""
    if estimate is None or n < recipe.minimum:
        return Index(recipe, n, None, None, None)
    return Index(recipe, n, *estimate)


def require(answers: object, condition: bool, what: str) -> None:  # noqa: FBT001 - reads as one
    """Raise FiguresError unless the figures are as the formula needs them."""
    if not condition:
        raise FiguresError(f"{answers} cannot be: {what}")
