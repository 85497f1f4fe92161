"""The Smile-Index, from sums over batches of contacts: a visible expression, not an emotion."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import NamedTuple

from agent.indices.index import Index, Recipe, publish, require
from agent.indices.interval import Estimate, around, within
from agent.indices.quantiles import Z_95, t_95
from agent.indices.satisfaction import share

SMILE = Recipe("smile", "Smile-Index", "of_served")
SMILED = Recipe("smiled", "Contacts that smiled", "of_served")
EXPRESSIONS = (
    Recipe("expression_positive", "Positive expression", "of_served"),
    Recipe("expression_neutral", "Neutral expression", "of_served"),
    Recipe("expression_negative", "Negative expression", "of_served"),
)


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


class ClassTime(NamedTuple):
    """Face seconds of one batch by perceived class, and how many contacts it holds."""

    n: int
    positive: float
    neutral: float
    negative: float

    @property
    def face_s(self) -> float:
        """All of it."""
        return self.positive + self.neutral + self.negative


def expression_shares(batches: Sequence[ClassTime]) -> tuple[Index, ...]:
    """Return the shares of face-observed seconds that looked positive, neutral and negative.

    Of the classes no squares are told, so the batches are the units: a ratio estimator over m of
    them (Cochran 1977, 6.4), with the t-interval of m - 1 degrees of freedom. Suppressed below two.
    """
    n = sum(batch.n for batch in batches)
    return tuple(
        publish(recipe, _over_batches(batches, seconds), n=n)
        for recipe, seconds in zip(EXPRESSIONS, list(zip(*batches, strict=True))[1:], strict=False)
    )


def _over_batches(batches: Sequence[ClassTime], seconds: Sequence[float]) -> Estimate | None:
    m, face_s = len(batches), math.fsum(batch.face_s for batch in batches)
    if m < 2 or face_s <= 0:  # noqa: PLR2004 - a spread needs two
        return None
    ratio = math.fsum(seconds) / face_s
    pairs = zip(seconds, batches, strict=True)
    residual = math.fsum((each - ratio * batch.face_s) ** 2 for each, batch in pairs)
    se = math.sqrt(residual / (m - 1) / m) / (face_s / m)
    return within(around(ratio, t_95(m - 1) * se), 0.0, 1.0)
