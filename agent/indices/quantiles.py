"""Quantiles of the normal and of Student's t distribution, without SciPy.

The t distribution follows from the regularised incomplete beta function, evaluated by its continued
fraction (NIST Digital Library of Mathematical Functions, 8.17.22) with the modified Lentz method
(Thompson and Barnett 1986), and is inverted by bisection.
"""

from __future__ import annotations

import functools
import math
from itertools import count

Z_95 = 1.96
"""Two-sided 95 % of the normal distribution, as FORMULAS rounds it for every share."""

_TINY = 1e-300
_EXACT = 1e-15
_MOST_TERMS = 10_000
_MOST_HALVINGS = 200


@functools.lru_cache(maxsize=1024)
def t_95(df: float) -> float:
    """Return the 0.975 quantile of Student's t with `df` > 0 degrees of freedom, whole or not.

    Right to about nine digits.
    """
    low, high = 0.0, 2.0
    while _t_tail(high, df) > 0.025:  # noqa: PLR2004 - the upper tail of a two-sided 95 %
        low, high = high, 2 * high
    for _ in range(_MOST_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _t_tail(middle, df) > 0.025 else (low, middle)  # noqa: PLR2004
    return (low + high) / 2


def _t_tail(t: float, df: float) -> float:
    """Return P(T > t) for t >= 0."""
    return 0.5 * incomplete_beta(df / 2, 0.5, df / (df + t * t))


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), a, b > 0 and 0 <= x <= 1."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # there the fraction of the complement converges faster
        return 1 - incomplete_beta(b, a, 1 - x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x))
    return front / a * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """Evaluate 1 / (1 + d1 / (1 + d2 / (1 + ...)))."""
    upper, lower, value = 1.0, 0.0, 1.0
    for term in count(1):
        d = _coefficient(term, a, b, x)
        lower = 1 / (1 + d * lower or _TINY)
        upper = 1 + d / upper or _TINY
        value *= upper * lower
        if abs(upper * lower - 1) < _EXACT or term > _MOST_TERMS:
            break
    return 1 / value


def _coefficient(term: int, a: float, b: float, x: float) -> float:
    m = term // 2
    if term % 2:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
