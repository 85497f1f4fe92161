"""Who counted the customers served: intervals of a day, and what may be made of them. Pure.

A count holds for the time in which its source worked. Time in which none did, and time in which
the kiosk was off, is time in which nobody knows how many were served, and is told as such.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from agent.indices.contacts import Ledger, answers_of_served, response_rate
from agent.indices.index import Index, Recipe
from agent.report.dating import Fact, LocalDay
from agent.report.day import Calibration, Counted, Day, Dispute, Served, Span
from agent.report.ratings import Rating

RECALL = Recipe("counter_recall", "Customers that the counter found", "of_served")
PRECISION = Recipe("counter_precision", "Counted that were customers", "of_served")
"""Both as a device published them; n is how many customers were counted by hand."""
UNTOLD_MS = 3_600_000
"""The longest interval: what was counted since the last one is told at its end."""


class OfSource(NamedTuple):
    """What one source counted on a day."""

    source: str
    customers: int
    """Where its count holds."""
    held_s: float
    """For how long it does."""
    counted: int
    """In all, whether its count holds or not."""
    worked_s: float
    rate: Index | None
    """How many answered, of those its count holds for; None where that is not known."""
    calibration: Calibration | None = None
    """The last one of the day; None where none holds for how it is set up."""


@dataclass(frozen=True, slots=True)
class WhoCounted:
    """Of all that could be counted, what was."""

    customers: int
    """Counted in intervals in which a count holds."""
    span_s: float
    """How long customers could come: the opening hours, as far as they are known."""
    nobody_s: float
    """How much of it nobody counted."""
    sources: tuple[OfSource, ...]
    """The longest holding first."""
    blanked_s: float = 0.0
    """How long the camera was closed because customers wished it."""


def read_served(
    facts: Sequence[Fact], ratings: Mapping[str, Rating], day: LocalDay
) -> Served | None:
    """Return what was counted on a day; None where no source told anything.

    An interval is of the day that holds its middle.
    """
    answered = sorted(r.at_ms for r in ratings.values() if r.counts and r.at_ms is not None)
    counted = tuple(
        _counted(fact, span, answered)
        for fact, span in _spans(facts, "served.counted")
        if day.holds((span.start_ms + span.end_ms) // 2)
    )
    disputes = tuple(
        Dispute(span, fact.data["counts"])
        for fact, span in _spans(facts, "served.disputed")
        if day.holds(span.end_ms)
    )
    return Served(counted, disputes) if counted or disputes else None


def _spans(facts: Iterable[Fact], kind: str) -> Iterable[tuple[Fact, Span]]:
    for fact in facts:
        if fact.kind == kind and fact.at_ms is not None:
            yield fact, Span(fact.at_ms - round(fact.data["span_s"] * 1000), fact.at_ms)


def _counted(fact: Fact, span: Span, answered: Sequence[int]) -> Counted:
    told = fact.data
    answers = bisect_left(answered, span.end_ms) - bisect_left(answered, span.start_ms)
    return Counted(
        span,
        told.get("counted_by"),
        told["counts"],
        told["worked"],
        answers,
        _calibration(told.get("calibration")),
        told.get("blanked_s") or 0.0,
    )


def _calibration(told: Mapping[str, Any] | None) -> Calibration | None:
    if told is None:
        return None
    recall, precision = (
        Index(recipe, told["taps"], **told[name])
        for recipe, name in ((RECALL, "recall"), (PRECISION, "precision"))
    )
    return Calibration(recall, precision, told.get("on"))


def who_counted(
    day: Day, *, opened: range | None = None, now_ms: int | None = None
) -> WhoCounted | None:
    """Return what each source counted and how long nobody did; None where no source told.

    `opened` are the hours in which the site is open: at night nobody need count. `now_ms` is the
    time now: while the day lasts, what is to come is not missing. None: the day is over.
    """
    if day.served is None or not day.served.counted:
        return None
    counted = day.served.counted
    window = _window(day.local, counted, opened, now_ms)
    names = dict.fromkeys(name for each in counted for name in each.counts)
    ledgers = dict(day.contacts.sources) if day.contacts is not None else {}
    found = [_of_source(name, counted, window, ledgers.get(name)) for name in names]
    span_s = max(0, window.end_ms - window.start_ms) / 1000
    return WhoCounted(
        customers=sum(each.customers for each in found),
        span_s=span_s,
        nobody_s=max(0.0, span_s - sum(each.held_s for each in found)),
        sources=tuple(sorted(found, key=lambda each: -each.held_s)),
        blanked_s=sum(each.blanked_s for each in counted),
    )


def _window(
    local: LocalDay, counted: Sequence[Counted], opened: range | None, now_ms: int | None
) -> Span:
    """Return the time that is looked at."""
    last_ms = max(each.span.end_ms for each in counted)
    if opened is None:
        return Span(min(each.span.start_ms for each in counted), last_ms)
    start_ms, end_ms = (_at(local, hour) for hour in (opened.start, opened.stop))
    if now_ms is not None and local.holds(now_ms):
        told = last_ms if now_ms - last_ms < UNTOLD_MS else now_ms
        end_ms = min(end_ms, max(start_ms, told))
    return Span(start_ms, end_ms)


def _at(local: LocalDay, hour: int) -> int:
    """Return when an hour begins by the site's clocks; 24 is the end of the day."""
    midnight = local.local(local.start_ms)
    if hour > 23:  # noqa: PLR2004 - the last hour of a day
        return local.end_ms
    return round(midnight.replace(hour=hour).timestamp() * 1000)


def _of_source(
    name: str, counted: Sequence[Counted], window: Span, ledger: Ledger | None
) -> OfSource:
    held = [each for each in counted if each.counted_by == name]
    customers = sum(each.counts.get(name, 0) for each in held)
    answers = sum(each.answers for each in held)
    rate = response_rate(ledger) if ledger is not None else None
    if rate is None and held and name == "manual":
        rate = answers_of_served(answers, served=customers)
    return OfSource(
        source=name,
        customers=customers,
        held_s=sum(_within_s(each.span, window) for each in held),
        counted=sum(each.counts.get(name, 0) for each in counted),
        worked_s=sum(_worked_s(name, each, window) for each in counted),
        rate=rate,
        calibration=held[-1].calibration if held else None,
    )


def _worked_s(name: str, each: Counted, window: Span) -> float:
    """Return how long a source worked: what is told is the share of the time it was not closed."""
    closed_s = each.blanked_s if name == "camera" else 0.0
    return max(0.0, _within_s(each.span, window) - closed_s) * each.worked.get(name, 0.0)


def _within_s(span: Span, window: Span) -> float:
    start_ms, end_ms = max(span.start_ms, window.start_ms), min(span.end_ms, window.end_ms)
    return max(0, end_ms - start_ms) / 1000
