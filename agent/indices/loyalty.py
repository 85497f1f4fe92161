"""Would they recommend us: NPS and WoMI."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from agent.indices.index import Index, Recipe, publish, require
from agent.indices.interval import Estimate, around, sample, within
from agent.indices.quantiles import Z_95
from agent.indices.satisfaction import share

NPS = Recipe("nps", "NPS", unit="points")
WOMI = Recipe("womi", "WoMI", unit="points")
DETRACTORS = Recipe("nps_detractors", "Detractors")
PASSIVES = Recipe("nps_passives", "Passives")
PROMOTERS = Recipe("nps_promoters", "Promoters")

_PROMOTERS, _PASSIVES, _MOST_NPS = 9, 7, 10
_TOP, _LEAST_WOMI, _MOST_WOMI = 9, 1, 10


class Camps(NamedTuple):
    """How many answers to NPS are of each kind."""

    detractors: int
    """0 to 6."""
    passives: int
    """7 and 8."""
    promoters: int
    """9 and 10."""

    @property
    def n(self) -> int:
        """How many there are."""
        return self.detractors + self.passives + self.promoters


def camps(answers: Sequence[int]) -> Camps:
    """Count answers 0 ... 10 by what they make their customer. Raises FiguresError."""
    for answer in answers:
        require(answer, 0 <= answer <= _MOST_NPS, "an NPS answer is 0 to 10")
    promoters = sum(answer >= _PROMOTERS for answer in answers)
    detractors = sum(answer < _PASSIVES for answer in answers)
    return Camps(detractors, len(answers) - promoters - detractors, promoters)


def camp_shares(found: Camps) -> tuple[Index, Index, Index]:
    """Return the shares of detractors, passives and promoters, with Wilson's intervals."""
    recipes = (DETRACTORS, PASSIVES, PROMOTERS)
    detractors, passives, promoters = (
        share(recipe, part, found.n) for recipe, part in zip(recipes, found, strict=True)
    )
    return detractors, passives, promoters


def nps(answers: Sequence[int], *, recipe: Recipe = NPS) -> Index:
    """Return 100 (share of 9-10 - share of 0-6) of answers 0 ... 10.

    Interval: adjusted Wald (Rocks 2016, The American Statistician 70:4). Raises FiguresError.
    """
    found = camps(answers)
    return nps_of(found.promoters, found.detractors, n=found.n, recipe=recipe)


def nps_of(promoters: int, detractors: int, *, n: int, recipe: Recipe = NPS) -> Index:
    """Return the NPS of counts. Raises FiguresError."""
    counted = promoters >= 0 <= detractors and promoters + detractors <= n
    require((promoters, detractors, n), counted, "promoters and detractors are parts of n")
    return publish(recipe, _adjusted_wald(promoters, detractors, n) if n else None, n=n)


def _adjusted_wald(promoters: int, detractors: int, n: int) -> Estimate:
    adjusted_n = n + 3
    p, d = (promoters + 0.75) / adjusted_n, (detractors + 0.75) / adjusted_n
    half = Z_95 * math.sqrt((p + d - (p - d) ** 2) / adjusted_n)
    value = 100 * (promoters - detractors) / n
    return within(Estimate(value, 100 * (p - d - half), 100 * (p - d + half)), -100, 100)


def womi(pairs: Sequence[tuple[int, int]], *, recipe: Recipe = WOMI) -> Index:
    """Return the Word of Mouth Index (ForeSee 2013) of pairs (recommend, discourage), 1 ... 10.

    100 times the mean of x = [recommend >= 9] - [discourage >= 9]; SE = sd(x) / sqrt(n). One
    person may be both or neither. Raises FiguresError.
    """
    for pair in pairs:
        in_scale = all(_LEAST_WOMI <= answer <= _MOST_WOMI for answer in pair)
        require(pair, in_scale, "a WoMI answer is 1 to 10")
    found = sample([(likely >= _TOP) - (unlikely >= _TOP) for likely, unlikely in pairs])
    if found is None:
        return publish(recipe, None, n=len(pairs))
    estimate = within(around(100 * found.mean, 100 * Z_95 * found.se), -100, 100)
    return publish(recipe, estimate, n=len(pairs))
