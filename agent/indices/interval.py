"""Estimates with 95 % intervals: shares by Wilson, their ratio by Bonett and Price, means by t."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, variance
from typing import NamedTuple

from agent.indices.quantiles import Z_95, t_95


class Estimate(NamedTuple):
    """A value and the ends of its 95 % interval, low <= value <= high."""

    value: float
    low: float
    high: float


class Sample(NamedTuple):
    """A mean, its standard error and the degrees of freedom that this is known with."""

    mean: float
    se: float
    df: float

    def estimate(self) -> Estimate:
        """Return the t-interval."""
        if self.se == 0:
            return Estimate(self.mean, self.mean, self.mean)
        return around(self.mean, t_95(self.df) * self.se)


def around(value: float, half: float) -> Estimate:
    """Return an interval of half width `half`."""
    return Estimate(value, value - half, value + half)


def within(estimate: Estimate, least: float, most: float) -> Estimate:
    """Cut an interval to what its scale can reach, and widen it to the value where it misses that.

    Only tiny samples miss: the adjusted Wald interval does not lie around the value itself.
    """
    value = min(max(estimate.value, least), most)
    low = min(max(estimate.low, least), value)
    high = max(min(estimate.high, most), value)
    return Estimate(value, low, high)


def wilson(successes: int, n: int, *, z: float = Z_95) -> Estimate:
    """Return the share of successes with Wilson's score interval (Wilson 1927); n >= 1."""
    p = successes / n
    zz = z * z
    centre = (p + zz / (2 * n)) / (1 + zz / n)
    half = z * math.sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    return within(Estimate(p, centre - half, centre + half), 0.0, 1.0)


def paired_ratio(both: int, first: int, second: int) -> Estimate:
    """Return how many the first found for each one that the second found.

    `both` were found by both, `first` and `second` by one of them only; the second found at least
    one. The interval is the hybrid of two Wilson intervals of Bonett and Price (2006).
    """
    one, other, n = both + first, both + second, both + first + second
    joint = math.sqrt((first + second + 2) / ((one + 1) * (other + 1)))
    apart = sum(math.sqrt((1 - (k + 1) / (n + 2)) / (k + 1)) for k in (one, other))
    z = Z_95 * joint / apart
    a, b = wilson(one, n, z=z), wilson(other, n, z=z)
    return Estimate(one / other, a.low / b.high, a.high / b.low)


def sample(values: Sequence[float]) -> Sample | None:
    """Return the mean of independent values; None below two, which tell nothing of the spread."""
    n = len(values)
    if n < 2:  # noqa: PLR2004 - a variance needs two
        return None
    return Sample(fmean(values), math.sqrt(variance(values) / n), n - 1)


def combine(parts: Sequence[tuple[float, Sample]]) -> Sample:
    """Return the weighted sum of independent samples.

    The degrees of freedom are those of Welch and Satterthwaite (Welch 1947).
    """
    variances = [(weight * part.se) ** 2 for weight, part in parts]
    total = sum(variances)
    mean = sum(weight * part.mean for weight, part in parts)
    if total == 0:
        return Sample(mean, 0.0, min(part.df for _, part in parts))
    shares = [v / total for v in variances]  # first: squares of tiny variances would vanish
    spread = sum(s * s / part.df for s, (_, part) in zip(shares, parts, strict=True))
    return Sample(mean, math.sqrt(total), 1 / spread)
