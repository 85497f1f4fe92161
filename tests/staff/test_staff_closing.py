"""When the site closes, as the shift sees it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.clock import Moment
from agent.feedback.settings import SiteSettings
from agent.staff.closing import closing_of
from agent.staff.shifts import Shift

HOUR_MS = 3_600_000
# 2026-11-23 is a Monday; the agent's clock stands at two hours.
NOON_MS = round(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1000)
NOW = Moment("boot", 2 * HOUR_MS, NOON_MS, "synced")
SITE = SiteSettings.model_validate({"timezone": "UTC", "hours": {"mon": ["09:00-18:00"]}})


def shift(started_ms: int) -> Shift:
    return Shift("s", "heron", started_ms, started_ms)


def test_a_shift_learns_when_the_site_closes_on_its_own_clock() -> None:
    closing = closing_of(SITE)

    assert closing is not None
    assert closing(shift(2 * HOUR_MS), NOW) == 8 * HOUR_MS


def test_a_shift_of_a_former_run_closed_when_the_site_did() -> None:
    closing = closing_of(SITE)
    tuesday = Moment("boot", HOUR_MS, NOON_MS + 24 * HOUR_MS, "synced")

    assert closing is not None
    assert closing(shift(HOUR_MS - 24 * HOUR_MS), tuesday) == HOUR_MS - 18 * HOUR_MS


@pytest.mark.parametrize(
    ("moment", "known"),
    [
        (Moment("boot", 0, NOON_MS, "estimated"), False),  # the time of the last shutdown, perhaps
        (Moment("boot", 0, None, "unknown"), False),
        (Moment("boot", 0, NOON_MS, "estimated", latest_ms=NOON_MS + 50), True),
    ],
)
def test_no_shift_ends_by_a_clock_that_was_never_synchronised(
    moment: Moment, *, known: bool
) -> None:
    closing = closing_of(SITE)

    assert closing is not None
    assert (closing(shift(0), moment) is not None) is known


def test_without_hours_a_site_never_closes() -> None:
    assert closing_of(SiteSettings(timezone="UTC")) is None
