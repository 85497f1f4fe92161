"""When the site closes, for the shift that is on. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from agent.clock import Moment
from agent.feedback.hours import opening_hours
from agent.feedback.settings import SiteSettings
from agent.staff.duty import Closing
from agent.staff.shifts import Shift


def closing_of(site: SiteSettings) -> Closing | None:
    """Return what says when the site closes behind a shift's start; None where it states no hours.

    It says nothing while the time of day is only guessed: a shift must not end by a wrong clock.
    """
    if not site.hours and not site.exceptions:
        return None
    hours = opening_hours(site)

    def closes_ms(shift: Shift, now: Moment) -> int | None:
        if now.wall_ms is None or not now.is_dated:
            return None
        offset_ms = now.wall_ms - now.monotonic_ms
        started = datetime.fromtimestamp((shift.started_ms + offset_ms) / 1000, tz=UTC)
        closing = hours.next_closing(started)
        return None if closing is None else round(closing.timestamp() * 1000) - offset_ms

    return closes_ms
