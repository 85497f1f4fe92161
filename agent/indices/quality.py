"""Quality of service: SERVPERF and SERVQUAL, by matrix sampling or in pairs.

44 questions at a till are impossible, so each respondent gets one or two items; the items rotate
until every dimension has the same n (Shoemaker 1973, multiple matrix sampling). Where a respondent
had two of them, these are of different dimensions: within one, answers are independent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from agent.indices.index import FiguresError, Index, Recipe, publish, require
from agent.indices.interval import Sample, combine, sample, within

DIMENSIONS: dict[str, range] = {
    "tangibles": range(1, 5),
    "reliability": range(5, 10),
    "responsiveness": range(10, 14),
    "assurance": range(14, 18),
    "empathy": range(18, 23),
}
"""The items of each dimension, counted from 1 (Parasuraman, Zeithaml and Berry 1988)."""

Answers = Mapping[int, Sequence[int]]
"""By item: the answers 1 ... 7, one a respondent."""
Pair = tuple[int, int]
"""(Expectation, perception) of one item by one respondent."""

_MOST = 7


@dataclass(frozen=True, slots=True)
class Quality:
    """An index for every dimension, and all of them weighted by importance."""

    by_dimension: dict[str, Index]
    overall: Index


def servperf(
    perceptions: Answers,
    *,
    reversed_items: frozenset[int] = frozenset(),
    importance: Mapping[str, float] | None = None,
) -> Quality:
    """Return the perceptions, 1 ... 7 (Cronin and Taylor 1992). Raises FiguresError.

    A dimension is the mean of its items' means; it stays suppressed until each item has an answer.
    `reversed_items` are worded negatively: 8 - x counts.
    """
    found = _dimensions(perceptions, reversed_items)
    return _quality("servperf", found, _sizes(perceptions), importance, (1.0, _MOST))


def servqual(
    perceptions: Answers,
    expectations: Answers,
    *,
    reversed_items: frozenset[int] = frozenset(),
    importance: Mapping[str, float] | None = None,
) -> Quality:
    """Return the gaps P - E, -6 ... 6, of different respondents: of means, with Welch's SE.

    n counts the smaller of the two groups. Raises FiguresError.
    """
    seen, hoped = (_dimensions(answers, reversed_items) for answers in (perceptions, expectations))
    gaps = {
        name: combine([(1.0, seen[name]), (-1.0, hoped[name])]) for name in seen if name in hoped
    }
    sizes = [_sizes(answers) for answers in (perceptions, expectations)]
    n = {name: min(one[name] for one in sizes) for name in DIMENSIONS}
    return _quality("servqual", gaps, n, importance, (1.0 - _MOST, _MOST - 1.0))


def servqual_paired(
    respondents: Sequence[Mapping[int, Pair]],
    *,
    reversed_items: frozenset[int] = frozenset(),
    importance: Mapping[str, float] | None = None,
) -> Quality:
    """Return the gaps P - E of respondents who gave both, by t over their own mean gaps.

    In each dimension those count who answered all of its items, in the whole those who answered
    all 22. Raises FiguresError.
    """
    gaps = [_gaps(one, reversed_items) for one in respondents]
    weights = _weights(importance)
    own = {name: [one[name] for one in gaps if name in one] for name in DIMENSIONS}
    whole = [sum(weights[d] * one[d] for d in one) for one in gaps if len(one) == len(DIMENSIONS)]
    by_dimension = {name: _paired(name, own[name]) for name in DIMENSIONS}
    return Quality(by_dimension, _paired("overall", whole))


def _paired(name: str, gaps: Sequence[float]) -> Index:
    return _index("servqual_paired", name, sample(gaps), len(gaps), (1.0 - _MOST, _MOST - 1.0))


def _gaps(pairs: Mapping[int, Pair], reversed_items: frozenset[int]) -> dict[str, float]:
    """Return one respondent's mean gap in the dimensions answered whole."""
    gap = {}
    for item, (hoped, seen) in pairs.items():
        _check(item, (hoped, seen))
        gap[item] = hoped - seen if item in reversed_items else seen - hoped
    return {
        name: fmean([gap[item] for item in items])
        for name, items in DIMENSIONS.items()
        if all(item in gap for item in items)
    }


def _dimensions(answers: Answers, reversed_items: frozenset[int]) -> dict[str, Sample]:
    turned = {}
    for item, given in answers.items():
        _check(item, given)
        turned[item] = [_MOST + 1 - x for x in given] if item in reversed_items else list(given)
    known = {
        name: _mean_of_means([turned.get(item, []) for item in items])
        for name, items in DIMENSIONS.items()
    }
    return {name: found for name, found in known.items() if found is not None}


def _mean_of_means(items: Sequence[Sequence[int]]) -> Sample | None:
    """Return the mean of the items' means; their variances are pooled, for some n is small."""
    df = sum(len(answers) - 1 for answers in items)
    if not all(items) or df < 1:
        return None
    means = [fmean(answers) for answers in items]
    squares = sum(
        (x - mean) ** 2 for answers, mean in zip(items, means, strict=True) for x in answers
    )
    inverse = sum(1 / len(answers) for answers in items)
    return Sample(fmean(means), math.sqrt(squares / df * inverse) / len(items), df)


def _quality(
    recipe: str,
    found: Mapping[str, Sample],
    n: Mapping[str, int],
    importance: Mapping[str, float] | None,
    ends: tuple[float, float],
) -> Quality:
    weights = _weights(importance)
    whole = None
    if len(found) == len(DIMENSIONS):
        whole = combine([(weights[name], part) for name, part in found.items()])
    by_dimension = {
        name: _index(recipe, name, found.get(name), n[name], ends) for name in DIMENSIONS
    }
    return Quality(by_dimension, _index(recipe, "overall", whole, min(n.values()), ends))


def _index(
    recipe: str, name: str, found: Sample | None, n: int, ends: tuple[float, float]
) -> Index:
    made = Recipe(f"{recipe}_{name}", f"{recipe.partition('_')[0].upper()}: {name}", unit="score")
    return publish(made, within(found.estimate(), *ends) if found else None, n=n)


def _weights(importance: Mapping[str, float] | None) -> dict[str, float]:
    """Return the dimensions' weights, their sum being 1."""
    given = dict.fromkeys(DIMENSIONS, 1.0) if importance is None else dict(importance)
    usable = given.keys() == DIMENSIONS.keys() and min(given.values()) >= 0
    require(given, usable and sum(given.values()) > 0, "each dimension has a weight from 0 on")
    total = sum(given.values())
    return {name: weight / total for name, weight in given.items()}


def _sizes(answers: Answers) -> dict[str, int]:
    return {
        name: sum(len(answers.get(item, ())) for item in items)
        for name, items in DIMENSIONS.items()
    }


def _check(item: int, answers: Iterable[int]) -> None:
    if not any(item in items for items in DIMENSIONS.values()):
        raise FiguresError(f"{item} is no item: SERVQUAL counts them from 1 to 22")
    for answer in answers:
        require(answer, 1 <= answer <= _MOST, "an answer to an item is 1 to 7")
