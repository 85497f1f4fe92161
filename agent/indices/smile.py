"""The Smile-Index, from sums over batches of contacts: a visible expression, not an emotion."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from agent.indices.index import Index, Recipe, publish, require
from agent.indices.interval import Estimate, around, within
from agent.indices.quantiles import Z_95
from agent.indices.satisfaction import share

SMILE = Recipe("smile", "Smile-Index", "of_served")
SMILED = Recipe("smiled", "Contacts that smiled", "of_served")


@dataclass(frozen=True, slots=True)
class SmileSums:
    """Sums over contacts, s = smile seconds and f = face-observed seconds of one contact."""

    n: int = 0
    s: float = 0.0
    f: float = 0.0
    ss: float = 0.0
    ff: float = 0.0
    sf: float = 0.0
    smiled: int = 0
    """Contacts that smiled for at least half a second."""


def add_up(batches: Iterable[SmileSums]) -> SmileSums:
    """Join disjoint batches."""
    columns = zip(*(astuple(batch) for batch in (SmileSums(), *batches)), strict=True)
    return SmileSums(*(sum(column) for column in columns))


def smile_index(sums: SmileSums) -> Index:
    """Return smile seconds per face-observed second, 0 ... 1.

    Pictures of one person are not independent, so this is a ratio estimator over contacts
    (Cochran 1977, Sampling Techniques, 6.4): R = Ss / Sf and
    SE = sqrt((Sss - 2 R Ssf + R^2 Sff) / (n - 1) / n) / (Sf / n). Raises FiguresError.
    """
    require(sums, 0 <= sums.s <= sums.f, "smiling takes no longer than the face was seen")
    return publish(SMILE, _ratio(sums) if sums.n > 1 and sums.f > 0 else None, n=sums.n)


def _ratio(sums: SmileSums) -> Estimate:
    ratio = sums.s / sums.f
    residual = max(0.0, sums.ss - 2 * ratio * sums.sf + ratio * ratio * sums.ff)
    se = math.sqrt(residual / (sums.n - 1) / sums.n) / (sums.f / sums.n)
    return within(around(ratio, Z_95 * se), 0.0, 1.0)


def smiled_share(sums: SmileSums) -> Index:
    """Return the share of contacts that smiled for at least half a second. Raises FiguresError."""
    return share(SMILED, sums.smiled, sums.n)
