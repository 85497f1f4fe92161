"""How long it took: mean with t-interval, median, and what nine of ten stay below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from agent.indices.index import Index, Recipe, publish, require
from agent.indices.interval import sample, within

WAIT = Recipe("wait", "Wait", unit="seconds")
REACTION = Recipe("reaction", "Time to react", unit="seconds")

_P90 = 0.9


@dataclass(frozen=True, slots=True)
class Durations:
    """What is known of a kind of duration; the three are suppressed together."""

    mean: Index
    median_s: float | None
    p90_s: float | None


def durations(seconds: Sequence[float], *, recipe: Recipe) -> Durations:
    """Summarise durations of 0 s and more. Raises FiguresError."""
    for one in seconds:
        require(one, one >= 0, "a duration is 0 s or more")
    found = sample(seconds)
    estimate = within(found.estimate(), 0, float("inf")) if found else None
    mean = publish(recipe, estimate, n=len(seconds))
    if mean.suppressed:
        return Durations(mean, None, None)
    return Durations(mean, median(seconds), quantile(seconds, _P90))


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile by linear interpolation (type 7 of Hyndman and Fan 1996); n >= 1."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    low, high = ordered[below], ordered[above]
    return min(low + (place - below) * (high - low), high)
