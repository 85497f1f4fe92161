"""The hours of a day that a drawing shows. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from agent.feedback.hours import DAYS
from agent.feedback.settings import SiteSettings, bounds

LEAST_COLUMNS = 8
_LAST = 24
_HOUR_MIN = 60


def open_hours(settings: SiteSettings, day: date) -> range | None:
    """Return the hours in which a shop is open, cut at midnight; None where none are stated."""
    stated = {exception.day: exception.hours for exception in settings.exceptions}
    spans = [bounds(span) for span in stated.get(day, settings.hours.get(DAYS[day.weekday()], ()))]
    if not spans:
        return None
    last_min = max(ends for _, ends in spans)
    return range(
        min(begins for begins, _ in spans) // _HOUR_MIN, min(_LAST, -(-last_min // _HOUR_MIN))
    )


def shown_hours(known: Collection[int], *, opened: range | None = None) -> range:
    """Return the opening hours and every hour with an answer, at least one, without a break.

    Few of them stand in the middle of eight.
    """
    hours = [*known, *(opened or ())]
    first, end = min(hours), max(hours) + 1
    first = max(0, first - max(0, LEAST_COLUMNS - (end - first)) // 2)
    end = min(_LAST, max(end, first + LEAST_COLUMNS))
    return range(max(0, min(first, end - LEAST_COLUMNS)), end)
