"""What was seen, in steps of time: for charts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil, floor

from agent.vision.expression import Expression
from agent.vision.measurement import SMILE

STEP_S = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """One face in one frame."""

    smile: float
    """Smoothed smile level, 0 to 1."""
    level: Expression


@dataclass(frozen=True, slots=True)
class Bin:
    """One step of time: sums over its readings."""

    start_s: float
    length_s: float
    present: int = 0
    """Most confirmed contacts at once."""
    readings: int = 0
    smiling: int = 0
    """Readings whose smile level is at least `SMILE`."""
    smile: float = 0.0
    positive: float = 0.0
    neutral: float = 0.0
    negative: float = 0.0

    @property
    def end_s(self) -> float:
        """Where the next step begins."""
        return self.start_s + self.length_s

    @property
    def smile_level(self) -> float | None:
        """Mean smile level, 0 to 1; absent where no face was read."""
        return self.smile / self.readings if self.readings else None

    @property
    def smiling_share(self) -> float | None:
        """Share of the readings that smiled."""
        return self.smiling / self.readings if self.readings else None

    @property
    def expression(self) -> Expression | None:
        """Mean reading; its three add up to 1."""
        if not self.readings:
            return None
        n = self.readings
        return Expression(self.positive / n, self.neutral / n, self.negative / n)

    def seen(self, *, present: int, readings: Sequence[Reading]) -> Bin:
        """Return it with one more frame."""
        return replace(
            self,
            present=max(self.present, present),
            readings=self.readings + len(readings),
            smiling=self.smiling + sum(each.smile >= SMILE for each in readings),
            smile=self.smile + sum(each.smile for each in readings),
            positive=self.positive + sum(each.level.positive for each in readings),
            neutral=self.neutral + sum(each.level.neutral for each in readings),
            negative=self.negative + sum(each.level.negative for each in readings),
        )

    def and_then(self, other: Bin) -> Bin:
        """Return both as one step."""
        return Bin(
            start_s=self.start_s,
            length_s=other.end_s - self.start_s,
            present=max(self.present, other.present),
            readings=self.readings + other.readings,
            smiling=self.smiling + other.smiling,
            smile=self.smile + other.smile,
            positive=self.positive + other.positive,
            neutral=self.neutral + other.neutral,
            negative=self.negative + other.negative,
        )


class Series:
    """Steps of `STEP_S`, the last `keep` of them."""

    def __init__(self, *, keep: int | None = None) -> None:
        self._keep = keep
        self._bins: dict[int, Bin] = {}
        self.total = Bin(0.0, 0.0)
        """All that was ever added, those steps that were not kept as well."""

    def add(self, at_s: float, *, present: int, readings: Sequence[Reading] = ()) -> None:
        """Add one frame; `at_s` never goes back."""
        index = floor(at_s / STEP_S)
        now = self._bins.get(index) or Bin(index * STEP_S, STEP_S)
        self._bins[index] = now.seen(present=present, readings=readings)
        self.total = self.total.seen(present=present, readings=readings)
        if self._keep is not None:
            oldest = index - self._keep
            self._bins = {place: each for place, each in self._bins.items() if place > oldest}

    @property
    def bins(self) -> tuple[Bin, ...]:
        """The steps in which something was looked at, oldest first."""
        return tuple(self._bins.values())


def merged(bins: Iterable[Bin], *, seconds: float, most: int) -> tuple[Bin, ...]:
    """Join steps of `STEP_S` so that at most `most` equally long ones cover `seconds`."""
    each_s = STEP_S * max(1, ceil(seconds / STEP_S / most))
    groups = groupby(bins, key=lambda bin_: floor(bin_.start_s / each_s + 1e-9))
    return tuple(_whole(list(group), index * each_s, each_s) for index, group in groups)


def _whole(group: list[Bin], start_s: float, length_s: float) -> Bin:
    first, *rest = group
    for each in rest:
        first = first.and_then(each)
    return replace(first, start_s=start_s, length_s=length_s)
