"""When a site closes next: for the shift of whoever is at the till."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.feedback.hours import Hours, opening_hours
from agent.feedback.settings import SiteSettings

BERLIN = ZoneInfo("Europe/Berlin")
SHOP = {
    "mon": ["09:00-13:00", "14:00-18:00"],
    "tue": ["09:00-24:00"],
    "wed": ["00:00-03:00"],
    "fri": ["22:00-02:00"],
}


def site(hours: object) -> Hours:
    stated = {"timezone": "Europe/Berlin", "hours": hours}
    return opening_hours(SiteSettings.model_validate(stated))


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


# 2026-11-23 is a Monday.
@pytest.mark.parametrize(
    ("at", "closes"),
    [
        ("2026-11-23T10:00", "2026-11-23T13:00"),
        ("2026-11-23T13:00", "2026-11-23T18:00"),  # closed just now: the next time
        ("2026-11-23T08:00", "2026-11-23T13:00"),  # who comes before it opens
        ("2026-11-24T10:00", "2026-11-25T03:00"),  # through midnight, in two days' spans
        ("2026-11-27T23:00", "2026-11-28T02:00"),
        ("2026-11-28T10:00", "2026-11-30T13:00"),
    ],
)
def test_a_site_closes_at_the_end_of_its_span(at: str, closes: str) -> None:
    assert site(SHOP).next_closing(berlin(at)) == berlin(closes)


@pytest.mark.parametrize("hours", [{}, {"mon": []}])
def test_a_site_that_is_always_open_or_never_does_not_close(hours: object) -> None:
    assert site(hours).next_closing(berlin("2026-11-23T10:00")) is None


@settings(max_examples=60)
@given(minute=st.integers(0, 366 * 1440))
def test_at_its_closing_a_site_is_not_open_any_more(minute: int) -> None:
    shop, at = site(SHOP), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    closing = shop.next_closing(at)

    assert closing is not None
    assert closing > at
    assert not shop.open_at(closing)
