"""How satisfied they are: shares of the classes, CSAT, CSI, Happy Index; was it solved: FCR."""

from __future__ import annotations

from collections.abc import Sequence

from agent.indices.classes import Classes
from agent.indices.index import FiguresError, Index, Recipe, publish, require
from agent.indices.interval import sample, wilson, within

DISSATISFIED = Recipe("dissatisfied", "Dissatisfied")
NEUTRAL = Recipe("neutral", "Neutral")
SATISFIED = Recipe("satisfied", "Satisfied")
CSAT = Recipe("csat", "CSAT")
CSI = Recipe("csi", "CSI", unit="score")
HAPPY = Recipe("happy", "Happy Index", unit="score")
FCR = Recipe("fcr", "Solved at the first contact")

_CSAT_TOP, _CSAT_MOST = 4, 5
_HAPPY_SCALES = (4, 5)


def share(recipe: Recipe, successes: int, n: int) -> Index:
    """Return the share of n with Wilson's interval. Raises FiguresError."""
    require((successes, n), 0 <= successes <= n, "a part is not more than its whole")
    return publish(recipe, wilson(successes, n) if n else None, n=n)


def class_shares(classes: Classes) -> tuple[Index, Index, Index]:
    """Return the shares of dissatisfied, neutral and satisfied answers."""
    recipes = (DISSATISFIED, NEUTRAL, SATISFIED)
    dissatisfied, neutral, satisfied = (
        share(recipe, part, classes.n) for recipe, part in zip(recipes, classes, strict=True)
    )
    return dissatisfied, neutral, satisfied


def csat(answers: Sequence[int], *, recipe: Recipe = CSAT) -> Index:
    """Return the share of 4 and 5 among answers 1 ... 5 (top-2-box). Raises FiguresError."""
    for answer in answers:
        require(answer, 1 <= answer <= _CSAT_MOST, "a CSAT answer is 1 to 5")
    return share(recipe, sum(answer >= _CSAT_TOP for answer in answers), len(answers))


def csi(
    respondents: Sequence[Sequence[float]],
    *,
    importance: Sequence[float],
    best: float,
    recipe: Recipe = CSI,
) -> Index:
    """Return the importance-weighted index, sum(W S) / (best sum W) * 100, of 0 ... 100.

    There is no single CSI; this one wants the satisfaction of each respondent with every attribute
    on 0 ... `best`, and one weight an attribute. Being linear, the index is the mean of the
    respondents' own, so the t-interval keeps what ties one person's answers together.
    Raises FiguresError.
    """
    weighed = bool(importance) and min(importance) >= 0 and sum(importance) > 0
    require(importance, weighed, "weights are 0 or more and not all 0")
    scores = [_csi_of(answers, importance, best) for answers in respondents]
    found = sample(scores)
    estimate = within(found.estimate(), 0, 100) if found else None
    return publish(recipe, estimate, n=len(respondents))


def _csi_of(answers: Sequence[float], importance: Sequence[float], best: float) -> float:
    require(answers, len(answers) == len(importance), "every attribute has one answer")
    require(answers, all(0 <= answer <= best for answer in answers), f"it is 0 to {best}")
    weighted = sum(w * s for w, s in zip(importance, answers, strict=True))
    return 100 * weighted / (best * sum(importance))


def happy(counts: Sequence[int], *, recipe: Recipe = HAPPY) -> Index:
    """Return the Happy Index, 0 ... 100, of counts from the best answer to the worst.

    Mean of 100 / 66.67 / 33.33 / 0 on four points and 100 / 75 / 50 / 25 / 0 on five, with a
    t-interval. It is defined for these two scales. Raises FiguresError.
    """
    if len(counts) not in _HAPPY_SCALES or min(counts) < 0:
        raise FiguresError(f"{counts} cannot be: the Happy Index has 4 or 5 counts from 0 on")
    steps = len(counts) - 1
    weights = [100 * (steps - place) / steps for place in range(steps + 1)]
    found = sample([w for w, count in zip(weights, counts, strict=True) for _ in range(count)])
    estimate = within(found.estimate(), 0, 100) if found else None
    return publish(recipe, estimate, n=sum(counts))


def fcr(yes: int, no: int, *, recipe: Recipe = FCR) -> Index:
    """Return first contact resolution, yes / (yes + no). Raises FiguresError."""
    return share(recipe, yes, yes + no)
