"""When a questionnaire is in force, in the site's local time. Pure.

A span belongs to the day on which it begins: "fri, 22:00 to 02:00" reaches into Saturday. Where
clocks are put back and a time comes twice, a span begins at the first and ends at the second; one
that is left out when they are put forward is counted from before the change (RFC 5545, 3.3.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Protocol, get_args

from agent.survey.questionnaire import Day, Questionnaire, Schedule

ALWAYS = Schedule()
DAYS: tuple[Day, ...] = get_args(Day)
ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)
SPANS_AHEAD = 15
"""How many spans of a schedule are searched for an open site."""


class Hours(Protocol):
    """The site's opening hours."""

    def open_at(self, at: datetime, /) -> bool:
        """Tell whether the site is open."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant up to another, in UTC."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """What is asked next, and from when on."""

    questionnaire: Questionnaire
    begins: datetime


def is_in_force(schedule: Schedule | None, at: datetime, *, hours: Hours | None = None) -> bool:
    """Tell whether a schedule allows asking at the local time `at`; the site must be open, too.

    `at` carries the site's time zone; ValueError where it carries none.
    """
    zone = _zone_of(at)
    today = at.date()
    spans = (_span(schedule or ALWAYS, day, zone) for day in (today - ONE_DAY, today))
    in_span = any(span and span.begins <= at < span.ends for span in spans)
    return in_span and (hours is None or hours.open_at(at))


def next_in_force(
    schedule: Schedule | None, at: datetime, *, hours: Hours | None = None
) -> datetime | None:
    """Return the first moment from `at` on at which a schedule allows asking, in `at`'s time zone.

    None if there is none: the last day is over, or the site is closed in the next 15 spans. An
    opening in the middle of a span is found to the minute.
    """
    zone = _zone_of(at)
    for span in islice(_spans_from(schedule or ALWAYS, at), SPANS_AHEAD):
        moment = max(span.begins, at.astimezone(UTC))
        if hours is None or hours.open_at(moment.astimezone(zone)):
            return moment.astimezone(zone)
        opening = _opening(hours, moment, until=span.ends, zone=zone)
        if opening is not None:
            return opening
    return None


def in_force(
    questionnaires: Iterable[Questionnaire], at: datetime, *, hours: Hours | None = None
) -> tuple[Questionnaire, ...]:
    """Return the questionnaires that may be asked at `at`, in the order given."""
    return tuple(q for q in questionnaires if is_in_force(q.schedule, at, hours=hours))


def next_turn(
    questionnaires: Iterable[Questionnaire], at: datetime, *, hours: Hours | None = None
) -> Turn | None:
    """Return which questionnaire is in force first, from `at` on; of several the first given."""
    moments = ((q, next_in_force(q.schedule, at, hours=hours)) for q in questionnaires)
    turns = [Turn(q, begins) for q, begins in moments if begins is not None]
    return min(turns, key=lambda turn: turn.begins.astimezone(UTC), default=None)


def _spans_from(schedule: Schedule, at: datetime) -> Iterator[Span]:
    """Yield the spans that are not over at `at`, in order."""
    zone = _zone_of(at)
    day = max(at.date() - ONE_DAY, schedule.first_day or date.min)
    last = min(schedule.last_day or date.max - ONE_DAY, date.max - ONE_DAY)
    while day <= last:
        span = _span(schedule, day, zone)
        if span is not None and span.ends > at:
            yield span
        day += ONE_DAY


def _span(schedule: Schedule, day: date, zone: tzinfo) -> Span | None:
    """Return the span that begins on `day`; None if the schedule has none."""
    if schedule.days and DAYS[day.weekday()] not in schedule.days:
        return None
    too_early = schedule.first_day is not None and day < schedule.first_day
    too_late = schedule.last_day is not None and day > schedule.last_day
    if too_early or too_late:
        return None
    ends = schedule.ends or "00:00"
    last = day if ends > schedule.begins else day + ONE_DAY
    return Span(_instant(day, schedule.begins, zone), _instant(last, ends, zone, late=True))


def _instant(day: date, clock: str, zone: tzinfo, *, late: bool = False) -> datetime:
    """Return the instant at which local clocks show a time; `late`: of two, the second."""
    first = datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).replace(fold=0)
    second = first.replace(fold=1)
    comes_twice = first.astimezone(UTC) < second.astimezone(UTC)
    return (second if late and comes_twice else first).astimezone(UTC)


def _opening(hours: Hours, moment: datetime, *, until: datetime, zone: tzinfo) -> datetime | None:
    """Return the first whole minute behind `moment` at which the site is open."""
    minute = moment.replace(second=0, microsecond=0) + ONE_MINUTE
    while minute < until:
        if hours.open_at(minute.astimezone(zone)):
            return minute.astimezone(zone)
        minute += ONE_MINUTE
    return None


def _zone_of(at: datetime) -> tzinfo:
    if at.tzinfo is None:
        raise ValueError("a local time needs the site's time zone: give an aware datetime")
    return at.tzinfo
