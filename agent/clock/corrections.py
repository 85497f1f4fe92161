"""Dating boots that never knew the time, from the boots around them. Pure.

Boots follow one another: a boot began after the last event of the one before, and its own last
event came before the next one began. So a boot between two dated ones has an interval, however
many dateless ones lie between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agent.clock.anchor import SLEW_MS, SYNCED_WITHIN_MS, drift_ms
from agent.events.catalogue import ClockCorrected


@dataclass(frozen=True, slots=True)
class BootSpan:
    """What the store holds of one boot of this machine, all of its epochs together."""

    boot: str
    """The kernel's boot id."""
    first_ms: int
    """Monotonic milliseconds of its first row."""
    last_ms: int
    """Monotonic milliseconds of its last row."""
    synced: bool
    """Whether every row was written by a synchronised clock."""
    floor_ms: int | None
    """The highest `earliest_ms` any of its rows carried."""
    last_wall_ms: int | None
    """The wall clock's label of the row at `last_ms`."""
    offset_ms: int | None
    """True UTC milliseconds minus monotonic, as the last `clock.corrected` about it told."""
    uncertainty_ms: int | None
    """How far that may be off."""

    blurred_ms: int | None = None
    """Monotonic milliseconds of its last row that was not synced; None where not looked up."""

    @property
    def last_label_offset_ms(self) -> int | None:
        """The label of its last row minus its monotonic time."""
        return None if self.last_wall_ms is None else self.last_wall_ms - self.last_ms

    @property
    def ends_synced(self) -> bool:
        """Whether its last row was written by a synchronised clock, as far as that is known."""
        return self.synced or (self.blurred_ms is not None and self.blurred_ms < self.last_ms)

    @property
    def slack_ms(self) -> int:
        """How far its monotonic clock may have gone wrong up to its last row."""
        return drift_ms(self.last_ms) + SLEW_MS


@dataclass(frozen=True, slots=True)
class Limits:
    """In UTC milliseconds: when a boot began (monotonic zero), and when its last row came."""

    began_from: float = -math.inf
    began_to: float = math.inf
    ended_from: float = -math.inf
    ended_to: float = math.inf

    def within(self, other: Limits) -> Limits:
        """Return what holds when both do."""
        return Limits(
            max(self.began_from, other.began_from),
            min(self.began_to, other.began_to),
            max(self.ended_from, other.ended_from),
            min(self.ended_to, other.ended_to),
        )


def bound_boots(spans: Sequence[BootSpan]) -> list[ClockCorrected]:
    """Date the boots that have no date yet; `spans` are all boots in the order they happened.

    A boot that is not bounded on both sides is left out, and so is one that was dated at least
    half as well before, or whose limits contradict each other.
    """
    limits = [_own_limits(span) for span in spans]
    _carry_forward(limits, spans)
    _carry_back(limits, spans)
    return [
        found
        for span, limit in zip(spans, limits, strict=True)
        if (found := _bounded(span, limit)) is not None
    ]


def _own_limits(span: BootSpan) -> Limits:
    """Return what a boot's own rows say about it."""
    if span.offset_ms is not None and span.uncertainty_ms is not None:
        reach_ms = span.uncertainty_ms + drift_ms(span.first_ms)
        began = Limits(span.offset_ms - reach_ms, span.offset_ms + reach_ms)
        return began.within(_from_start(began, span))
    if span.ends_synced and span.last_wall_ms is not None:
        ended = Limits(
            ended_from=span.last_wall_ms - SYNCED_WITHIN_MS,
            ended_to=span.last_wall_ms + SYNCED_WITHIN_MS,
        )
        return ended.within(_from_end(ended, span))
    floor = Limits(ended_from=-math.inf if span.floor_ms is None else span.floor_ms)
    return floor.within(Limits(began_from=floor.ended_from - span.last_ms - span.slack_ms))


def _from_start(limits: Limits, span: BootSpan) -> Limits:
    """Return when a boot ended, by when it began."""
    return Limits(
        ended_from=limits.began_from + span.last_ms - span.slack_ms,
        ended_to=limits.began_to + span.last_ms + span.slack_ms,
    )


def _from_end(limits: Limits, span: BootSpan) -> Limits:
    """Return when a boot began, by when it ended."""
    return Limits(
        began_from=limits.ended_from - span.last_ms - span.slack_ms,
        began_to=limits.ended_to - span.last_ms + span.slack_ms,
    )


def _carry_forward(limits: list[Limits], spans: Sequence[BootSpan]) -> None:
    """No boot began before the one before it had written its last row."""
    came = -math.inf
    for index, span in enumerate(spans):
        limit = limits[index].within(Limits(began_from=came))
        limit = limit.within(Limits(ended_from=_from_start(limit, span).ended_from))
        limits[index], came = limit, limit.ended_from


def _carry_back(limits: list[Limits], spans: Sequence[BootSpan]) -> None:
    """No boot wrote a row after the next one had begun."""
    came = math.inf
    for index in reversed(range(len(spans))):
        limit = limits[index].within(Limits(ended_to=came))
        limit = limit.within(Limits(began_to=_from_end(limit, spans[index]).began_to))
        limits[index], came = limit, limit.began_to


def _bounded(span: BootSpan, limit: Limits) -> ClockCorrected | None:
    low, high = limit.began_from, limit.began_to
    if span.synced or not (math.isfinite(low) and math.isfinite(high) and low <= high):
        return None
    uncertainty_ms = math.ceil((high - low) / 2) + 1 + span.slack_ms
    if span.uncertainty_ms is not None and 2 * uncertainty_ms > span.uncertainty_ms:
        return None
    return ClockCorrected(
        boot=span.boot,
        offset_ms=round((low + high) / 2),
        uncertainty_ms=uncertainty_ms,
        method="bounded",
    )
