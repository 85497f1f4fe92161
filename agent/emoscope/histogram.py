"""Values counted in classes with names that people use. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

DWELL_S = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
COST_MS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
LEAST_CLASSES = 4


@dataclass(frozen=True, slots=True)
class Class:
    """One column."""

    name: str
    count: int


def histogram(values: Sequence[float], *, edges: Sequence[float]) -> tuple[Class, ...]:
    """Count values below the first edge, between each two (the lower one included), and above.

    Empty classes at either end are left out, as long as `LEAST_CLASSES` remain.
    """
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    classes = [Class(name, count) for name, count in zip(names(edges), counts, strict=True)]
    return tuple(_trimmed(classes))


def names(edges: Sequence[float]) -> list[str]:
    """Return the names of the classes that the edges make, short enough for a column."""
    between = [f"{low:g}\u2013{high:g}" for low, high in pairwise(edges)]
    return [f"<{edges[0]:g}", *between, f"≥{edges[-1]:g}"]


def _trimmed(classes: list[Class]) -> list[Class]:
    while len(classes) > LEAST_CLASSES and not classes[-1].count:
        classes = classes[:-1]
    while len(classes) > LEAST_CLASSES and not classes[0].count:
        classes = classes[1:]
    return classes
