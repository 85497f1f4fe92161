"""Counts of customers served by each source, an interval at a time, and which of them holds. Pure.

The first source of the order that worked through an interval is the one whose count holds: a camera
that was covered for half of it has counted half of the customers, and nobody can say which half.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal

Source = Literal["camera", "sensor", "manual"]

WORKED_SHARE = 0.95
"""A source that worked for less of an interval has not counted it."""
BLANKED_SHARE = 0.5
"""Closed for longer, a source leaves an interval to another that worked through it."""
REOPENING_MS = 5_000
"""A camera that was closed for somebody takes so long to see again, at most."""
DISPUTED_SIGMAS = 3.0
"""Two counts of the same people differ by chance less than two of different people would."""
DISPUTED_LEAST = 20
"""Contacts, of both sources together, below which nothing is said."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What was counted in one stretch of time."""

    span_ms: int
    counted_by: Source | None
    """Whose count holds; None: nobody's."""
    counts: Mapping[Source, int]
    worked: Mapping[Source, float]
    """The share of the interval in which each source worked, 0 to 1, of the time it was open."""
    blanked_ms: Mapping[Source, int] = field(default_factory=dict)
    """How long a source was closed because customers wanted it; none that never was."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two sources that worked side by side counted too differently for chance."""

    span_ms: int
    counts: Mapping[Source, int]


@dataclass(slots=True)
class _Work:
    """Times go into three heaps: it worked, it was closed for somebody, and all the rest."""

    on: bool = False
    since_ms: int = 0
    worked_ms: int = 0
    blanked_ms: int = 0
    blank: bool = False
    reopens_ms: int | None = None
    """It may open again, and is given until then."""

    def switch(self, *, on: bool, at_ms: int) -> None:
        self.pass_time(at_ms)
        self.on = on
        if on:
            self.blank, self.reopens_ms = False, None

    def close(self, *, blank: bool, at_ms: int) -> None:
        self.pass_time(at_ms)
        if blank:
            self.on, self.blank, self.reopens_ms = False, True, None
        elif self.blank:
            self.reopens_ms = at_ms + REOPENING_MS

    def pass_time(self, at_ms: int) -> None:
        if self.on:
            self.worked_ms += at_ms - self.since_ms
        elif self.blank:
            ends_ms = at_ms if self.reopens_ms is None else min(at_ms, self.reopens_ms)
            self.blanked_ms += max(0, ends_ms - self.since_ms)
        self.since_ms = at_ms


@dataclass(slots=True)
class Tally:
    """Times in ms that never go back. `order` names the sources, the most trusted first."""

    order: Sequence[Source]
    began_ms: int
    _counts: Counter[Source] = field(default_factory=Counter)
    _work: dict[Source, _Work] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing works until it says so."""
        self._work = {source: _Work(since_ms=self.began_ms) for source in self.order}

    @property
    def counting(self) -> Source | None:
        """The most trusted source that works now."""
        return next((source for source in self.order if self._work[source].on), None)

    def works(self, source: Source, *, on: bool, at_ms: int) -> None:
        """Note that a source works, or no longer does."""
        self._work[source].switch(on=on, at_ms=at_ms)

    def blank(self, source: Source, *, on: bool, at_ms: int) -> None:
        """Note that a source is closed because a customer wanted it, or may open again."""
        self._work[source].close(blank=on, at_ms=at_ms)

    def count(self, source: Source) -> None:
        """Note one customer."""
        self._counts[source] += 1

    def uncount(self, source: Source) -> None:
        """Take one customer of this interval out again, who wants not to be counted."""
        self._counts[source] = max(0, self._counts[source] - 1)

    def close(self, at_ms: int) -> Interval:
        """End the interval and begin the next."""
        span_ms = at_ms - self.began_ms
        for work in self._work.values():
            work.pass_time(at_ms)
        blanked_ms = {s: work.blanked_ms for s, work in self._work.items() if work.blanked_ms}
        worked = {source: _share(work, span_ms) for source, work in self._work.items()}
        counts = {source: self._counts[source] for source in self.order}
        self._counts.clear()
        self.began_ms = at_ms
        holds = _held(worked, blanked_ms, span_ms=span_ms)
        return Interval(span_ms, holds, counts, worked, blanked_ms)


def _held(
    worked: Mapping[Source, float], blanked_ms: Mapping[Source, int], *, span_ms: int
) -> Source | None:
    """Return whose count holds; `worked` is in the order of trust."""
    able = [source for source, share in worked.items() if share >= WORKED_SHARE]
    looked = (s for s in able if blanked_ms.get(s, 0) <= BLANKED_SHARE * span_ms)
    return next(looked, next(iter(able), None))


def _share(work: _Work, span_ms: int) -> float:
    """Return the share of the open time in which a source worked, and begin anew."""
    open_ms = span_ms - work.blanked_ms
    share = work.worked_ms / open_ms if open_ms > 0 else 0.0
    work.worked_ms = work.blanked_ms = 0
    return share


class Comparison:
    """Compares what sources counted side by side, over as many intervals as it takes."""

    def __init__(self) -> None:
        self._counts: Counter[Source] = Counter()
        self._pair: tuple[Source, ...] = ()
        self._span_ms = 0

    def add(self, interval: Interval) -> Dispute | None:
        """Take an interval; return a dispute once the two most trusted differ too much.

        One in which a camera was closed is passed over: the other source saw more customers.
        """
        if interval.blanked_ms:
            return None
        pair = tuple(s for s, share in interval.worked.items() if share >= WORKED_SHARE)[:2]
        if len(pair) < 2:  # noqa: PLR2004 - a pair
            return None
        if pair != self._pair:
            self._begin(pair)
        self._span_ms += interval.span_ms
        self._counts.update({source: interval.counts[source] for source in pair})
        if not differ(*(self._counts[source] for source in pair)):
            return None
        dispute = Dispute(self._span_ms, {source: self._counts[source] for source in pair})
        self._begin(pair)
        return dispute

    def _begin(self, pair: tuple[Source, ...]) -> None:
        self._pair, self._span_ms = pair, 0
        self._counts.clear()


def differ(one: int, other: int) -> bool:
    """Tell whether two counts of the same time differ too much for chance.

    The comparison of two Poisson counts given their sum (Przyborowski and Wilenski, 1940), by its
    normal approximation: |a - b| > 3 sqrt(a + b), from 20 contacts on.
    """
    total = one + other
    return total >= DISPUTED_LEAST and abs(one - other) > DISPUTED_SIGMAS * sqrt(total)
