"""Three classes: every rating on any scale is dissatisfied, neutral or satisfied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agent.events.scale import CLASSES, Sentiment
from agent.indices.index import FiguresError


class Classes(NamedTuple):
    """How many answers are of each class."""

    dissatisfied: int = 0
    neutral: int = 0
    satisfied: int = 0

    @property
    def n(self) -> int:
        """How many there are."""
        return self.dissatisfied + self.neutral + self.satisfied


def classify(value: int, table: Mapping[int, Sentiment] | None = None, *, scale: int) -> Sentiment:
    """Return the class of `value`, 1 ... `scale`, by a questionnaire's table or the default.

    Raises FiguresError for a value that the table does not have.
    """
    known = table or dict(enumerate(CLASSES.get(scale, ()), start=1))
    if value not in known:
        raise FiguresError(f"{value} is no answer of a scale of {scale}: the table has {[*known]}")
    return known[value]


def tally(sentiments: Iterable[Sentiment]) -> Classes:
    """Count answers by class."""
    counts = Counter(sentiments)
    return Classes(counts[-1], counts[0], counts[1])
