"""How hard it was made for them: the Customer Effort Score in its two variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from agent.indices.index import Index, Recipe, publish, require
from agent.indices.interval import sample, within
from agent.indices.satisfaction import share

Variant = Literal[1, 2]

CES: dict[Variant, Recipe] = {
    1: Recipe("ces1", "CES 1.0 (low is good)", unit="score"),
    2: Recipe("ces2", "CES 2.0 (high is good)", unit="score"),
}
CES_EASY = Recipe("ces2_easy", "CES 2.0, share of 5 to 7")

_MOST: dict[Variant, int] = {1: 5, 2: 7}
_EASY = 5


def ces(answers: Sequence[int], *, variant: Variant) -> Index:
    """Return the mean effort with a t-interval. Raises FiguresError.

    Variant 1 (Dixon, Freeman and Toman 2010): 1 ... 5, low is good. Variant 2 (CEB 2013):
    1 ... 7, high is good. Which one was asked is fixed in the questionnaire.
    """
    _check(answers, variant)
    found = sample(answers)
    estimate = within(found.estimate(), 1, _MOST[variant]) if found else None
    return publish(CES[variant], estimate, n=len(answers))


def ces_easy(answers: Sequence[int], *, recipe: Recipe = CES_EASY) -> Index:
    """Return the share of 5, 6 and 7 among the answers to variant 2. Raises FiguresError."""
    _check(answers, 2)
    return share(recipe, sum(answer >= _EASY for answer in answers), len(answers))


def _check(answers: Sequence[int], variant: Variant) -> None:
    most = _MOST[variant]
    for answer in answers:
        require(answer, 1 <= answer <= most, f"an answer to CES {variant} is 1 to {most}")
