"""When a site is open, and by when a reply can be promised. Pure.

A span belongs to the day on which it begins: "fri: 22:00-02:00" reaches into Saturday, also when
Saturday itself is an exception. Where clocks are put back and a time comes twice, a span begins at
the first and ends at the second; a time that is left out when they are put forward is counted from
before the change (RFC 5545, 3.3.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import get_args
from zoneinfo import ZoneInfo

from agent.clock import Clock
from agent.clock.zone import local_zone
from agent.feedback.settings import Day, SiteSettings, bounds

DAYS: tuple[Day, ...] = get_args(Day)
ONE_DAY = timedelta(days=1)
DAYS_AHEAD = 400
"""How far ahead an opening is looked for: a site that closes for a season opens within a year."""
WITHOUT_END = timedelta(days=8)

Minutes = tuple[tuple[int, int], ...]
"""First minute of each span and the one behind its last, from the day's midnight; in order."""


@dataclass(frozen=True, slots=True)
class Period:
    """The site is open from an instant up to another, both in UTC."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening hours of one site, in its own time zone.

    Every method takes an aware datetime of any zone (ValueError for a naive one) and answers in
    the site's.
    """

    zone: tzinfo
    week: tuple[Minutes, ...]
    """Seven days from Monday on."""
    exceptions: Mapping[date, Minutes]

    def open_at(self, at: datetime, /) -> bool:
        """Tell whether the site is open; the end of a span is closed already."""
        period = next(self._periods(at), None)
        return period is not None and period.begins <= at

    def next_opening(self, at: datetime) -> datetime | None:
        """Return the first moment from `at` on at which the site is open; None within 400 days."""
        period = next(self._periods(at), None)
        return None if period is None else self._local(period.begins)

    def next_closing(self, at: datetime) -> datetime | None:
        """Return when the site closes next after `at`; None where it is open for a week on end.

        Two spans without a gap are one. A site that is closed at `at` opens before it closes.
        """
        span: Period | None = None
        for period in self._periods(at):
            if span is not None and period.begins > span.ends:
                break
            span = Period(span.begins if span is not None else period.begins, period.ends)
            if span.ends - span.begins > WITHOUT_END:
                return None
        return None if span is None else self._local(span.ends)

    def promised_by(self, at: datetime, *, within: timedelta) -> datetime | None:
        """Return when `within` of opening time will have passed; None within 400 days.

        It lies in an open period, at the latest at its very end. ValueError unless `within` is
        more than nothing.
        """
        if within <= timedelta(0):
            raise ValueError(f"a reply needs time, not {within}")
        left = within
        for period in self._periods(at):
            if left <= period.ends - period.begins:
                return self._local(period.begins + left)
            left -= period.ends - period.begins
        return None

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def _periods(self, at: datetime) -> Iterator[Period]:
        """Yield what is left of the periods from `at` on, in order and apart."""
        done = _utc(at)
        first = self._local(done).date() - ONE_DAY
        for ahead in range(DAYS_AHEAD):
            for period in self._day(first + ahead * ONE_DAY):
                if period.ends > done:
                    yield Period(max(period.begins, done), period.ends)
                    done = period.ends

    def _day(self, day: date) -> list[Period]:
        """Return a day's periods by their beginning: a change of clocks may bring them together."""
        spans = self.exceptions.get(day, self.week[day.weekday()])
        periods = [
            Period(self._instant(day, begins), self._instant(day, ends, late=True))
            for begins, ends in spans
        ]
        return sorted((p for p in periods if p.begins < p.ends), key=lambda p: p.begins)

    def _instant(self, day: date, minute: int, *, late: bool = False) -> datetime:
        """Return when local clocks show a minute of a day; `late`: of two instants the second."""
        days, minute = divmod(minute, 1440)
        clock = time(*divmod(minute, 60))
        first = datetime.combine(day + days * ONE_DAY, clock, tzinfo=self.zone)
        second = first.replace(fold=1)
        comes_twice = _utc(first) < _utc(second)
        return _utc(second if late and comes_twice else first)


def opening_hours(settings: SiteSettings) -> Hours:
    """Return the hours that the `site` section states; open around the clock where it has none."""
    always: Minutes = ((0, 1440),)
    stated = {day: _minutes(spans) for day, spans in settings.hours.items()}
    week = tuple(stated.get(day, ()) if stated else always for day in DAYS)
    exceptions = {exception.day: _minutes(exception.hours) for exception in settings.exceptions}
    return Hours(site_zone(settings), week, exceptions)


def open_now(settings: SiteSettings, *, clock: Clock) -> Callable[[], bool]:
    """Return what tells whether the site is open; it is taken to be while the time is not known."""
    hours = opening_hours(settings)

    def is_open() -> bool:
        now = clock.moment()
        if now.wall_ms is None or not now.is_dated:
            return True
        return hours.open_at(datetime.fromtimestamp(now.wall_ms / 1000, tz=UTC))

    return is_open


def site_zone(settings: SiteSettings) -> tzinfo:
    """Return the zone of the shop's clocks: the stated one, else the system's."""
    return local_zone() if settings.timezone is None else ZoneInfo(settings.timezone)


def _minutes(spans: tuple[str, ...]) -> Minutes:
    return tuple(sorted(bounds(span) for span in spans))


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time without its zone cannot be placed: give an aware datetime")
    return at.astimezone(UTC)
