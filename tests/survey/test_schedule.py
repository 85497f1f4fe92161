"""When a questionnaire is in force."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.survey.questionnaire import Questionnaire, Schedule
from agent.survey.schedule import Turn, in_force, is_in_force, next_in_force, next_turn
from tests.survey.forms import ask, questionnaire

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = date(2026, 11, 20)
PUT_FORWARD = date(2026, 3, 29)  # 02:00 becomes 03:00
PUT_BACK = date(2026, 10, 25)  # 03:00 becomes 02:00


def local(day: date, clock: str, *, fold: int = 0) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=BERLIN).replace(fold=fold)


def friday(clock: str, *, later: int = 0) -> datetime:
    return local(FRIDAY + timedelta(days=later), clock)


def named(name: str, **schedule: Any) -> Questionnaire:
    return questionnaire(ask("fcr", "q"), id=name, schedule=schedule or None)


class Shop:
    """Open every day from one time to another."""

    def __init__(self, opens: str, closes: str) -> None:
        self._opens, self._closes = time.fromisoformat(opens), time.fromisoformat(closes)

    def open_at(self, at: datetime, /) -> bool:
        return self._opens <= at.time() < self._closes


SHOP = Shop("09:07", "20:00")
CLOSED = Shop("00:00", "00:00")


@pytest.mark.parametrize(
    ("schedule", "at", "expected"),
    [
        (None, friday("03:00"), True),
        (Schedule(), friday("00:00"), True),
        (Schedule(begins="10:00"), friday("09:59"), False),
        (Schedule(begins="10:00"), friday("10:00"), True),
        (Schedule(begins="10:00"), friday("23:59"), True),
        (Schedule(begins="10:00"), friday("00:00", later=1), False),
        (Schedule(ends="12:00"), friday("11:59"), True),
        (Schedule(ends="12:00"), friday("12:00"), False),
        (Schedule(days=("fri",)), friday("12:00"), True),
        (Schedule(days=("sat", "thu")), friday("12:00"), False),
        (Schedule(first_day=FRIDAY), friday("00:00"), True),
        (Schedule(first_day=FRIDAY), friday("23:59", later=-1), False),
        (Schedule(last_day=FRIDAY), friday("23:59"), True),
        (Schedule(last_day=FRIDAY), friday("00:00", later=1), False),
    ],
)
def test_days_and_hours(schedule: Schedule | None, at: datetime, *, expected: bool) -> None:
    assert is_in_force(schedule, at) is expected


NIGHT = Schedule(days=("fri",), first_day=FRIDAY, last_day=FRIDAY, begins="22:00", ends="02:00")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (friday("01:00"), False),
        (friday("21:59"), False),
        (friday("22:00"), True),
        (friday("01:59", later=1), True),
        (friday("02:00", later=1), False),
        (friday("22:00", later=1), False),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(at: datetime, *, expected: bool) -> None:
    assert is_in_force(NIGHT, at) is expected


def test_from_a_time_to_itself_is_a_whole_day() -> None:
    schedule = Schedule(days=("fri",), begins="06:00", ends="06:00")

    assert not is_in_force(schedule, friday("05:59"))
    assert is_in_force(schedule, friday("06:00"))
    assert is_in_force(schedule, friday("05:59", later=1))
    assert not is_in_force(schedule, friday("06:00", later=1))


def test_a_time_that_comes_twice_is_in_the_span_both_times_without_a_break() -> None:
    schedule = Schedule(begins="02:30", ends="02:45")
    begins = local(PUT_BACK, "02:30").astimezone(UTC)
    minutes = [begins + timedelta(minutes=minute) for minute in range(-1, 76)]
    found = [is_in_force(schedule, minute.astimezone(BERLIN)) for minute in minutes]

    assert found == [False] + [True] * 75 + [False]


def test_a_time_that_is_left_out_is_counted_from_before_the_change() -> None:
    schedule = Schedule(begins="02:30", ends="05:00")

    assert not is_in_force(schedule, local(PUT_FORWARD, "01:59"))
    assert not is_in_force(schedule, local(PUT_FORWARD, "03:29"))
    assert is_in_force(schedule, local(PUT_FORWARD, "03:30"))
    assert is_in_force(schedule, local(PUT_FORWARD, "04:59"))


def test_a_day_with_a_change_of_clocks_is_in_force_whole() -> None:
    for day, hours in ((PUT_FORWARD, 23), (PUT_BACK, 25)):
        schedule = Schedule(first_day=day, last_day=day)
        begins = local(day, "00:00").astimezone(UTC)
        found = [
            is_in_force(schedule, (begins + timedelta(hours=hour)).astimezone(BERLIN))
            for hour in range(-1, 27)
        ]
        assert found == [False] + [True] * hours + [False] * (27 - hours)


def test_while_the_site_is_closed_nothing_is_asked() -> None:
    schedule = Schedule(begins="08:00")

    assert not is_in_force(schedule, friday("08:30"), hours=SHOP)
    assert is_in_force(schedule, friday("09:07"), hours=SHOP)
    assert not is_in_force(schedule, friday("20:00"), hours=SHOP)


@pytest.mark.parametrize(
    ("schedule", "at", "expected"),
    [
        (None, friday("12:00"), friday("12:00")),
        (Schedule(begins="10:00"), friday("09:00"), friday("10:00")),
        (Schedule(ends="10:00"), friday("10:00"), friday("00:00", later=1)),
        (Schedule(days=("wed",)), friday("12:00"), friday("00:00", later=5)),
        (Schedule(days=("fri",), ends="10:00"), friday("10:00"), friday("00:00", later=7)),
        (Schedule(first_day=date(2027, 6, 1)), friday("12:00"), local(date(2027, 6, 1), "00:00")),
        (Schedule(last_day=FRIDAY), friday("00:00", later=1), None),
        (NIGHT, friday("01:00", later=1), friday("01:00", later=1)),
        (NIGHT, friday("02:00", later=1), None),
        (Schedule(first_day=FRIDAY, last_day=FRIDAY, days=("mon",)), friday("12:00"), None),
    ],
)
def test_the_next_time_in_force(
    schedule: Schedule | None, at: datetime, expected: datetime | None
) -> None:
    assert next_in_force(schedule, at) == expected


@pytest.mark.parametrize(
    ("schedule", "at", "expected"),
    [
        (None, friday("08:30"), friday("09:07")),
        (None, friday("09:30"), friday("09:30")),
        (None, friday("21:00"), friday("09:07", later=1)),
        (Schedule(begins="22:00"), friday("12:00"), None),
        (Schedule(days=("mon",), begins="19:59"), friday("12:00"), friday("19:59", later=3)),
        (Schedule(begins="19:00", ends="09:10"), friday("21:00"), friday("09:07", later=1)),
    ],
)
def test_the_next_time_in_force_at_an_open_site(
    schedule: Schedule | None, at: datetime, expected: datetime | None
) -> None:
    assert next_in_force(schedule, at, hours=SHOP) == expected


def test_a_site_that_never_opens_has_no_next_time() -> None:
    assert next_in_force(Schedule(days=("fri",)), friday("12:00"), hours=CLOSED) is None


def test_those_in_force_keep_their_order() -> None:
    forms = [named("late", begins="18:00"), named("early", ends="12:00"), named("always")]

    assert [form.id for form in in_force(forms, friday("11:00"))] == ["early", "always"]
    assert [form.id for form in in_force(forms, friday("19:00"))] == ["late", "always"]
    assert in_force(forms, friday("08:00"), hours=SHOP) == ()


def test_what_is_next_is_what_is_in_force_first() -> None:
    late, soon = named("late", begins="18:00"), named("soon", begins="14:00", ends="15:00")
    over = named("over", last_day=date(2020, 1, 1))

    assert next_turn([late, over, soon], friday("12:00")) == Turn(soon, friday("14:00"))
    assert next_turn([late, over, soon], friday("16:00")) == Turn(late, friday("18:00"))
    assert next_turn([late, soon], friday("18:30")) == Turn(late, friday("18:30"))
    assert next_turn([over], friday("12:00")) is None


def test_a_time_without_a_zone_is_refused() -> None:
    bare = datetime(2026, 11, 20, 12, 0)  # noqa: DTZ001 - it is what the test is about

    with pytest.raises(ValueError, match="needs the site's time zone"):
        is_in_force(None, bare)
    with pytest.raises(ValueError, match="needs the site's time zone"):
        next_in_force(None, bare)


CLOCKS = st.times().map(lambda at: at.strftime("%H:%M"))
SCHEDULES = st.builds(
    Schedule,
    days=st.lists(st.sampled_from(["mon", "tue", "wed", "sat", "sun"]), max_size=3).map(tuple),
    begins=CLOCKS,
    ends=st.none() | CLOCKS,
)
AROUND_THE_CHANGES = st.sampled_from([PUT_FORWARD, PUT_BACK, FRIDAY]).flatmap(
    lambda day: st.integers(-3 * 1440, 2 * 1440).map(
        lambda minutes: (
            local(day, "00:00").astimezone(UTC) + timedelta(minutes=minutes)
        ).astimezone(BERLIN)
    )
)


@settings(max_examples=60, deadline=None)
@given(schedule=SCHEDULES, at=AROUND_THE_CHANGES)
def test_the_next_time_is_the_first_minute_in_force(schedule: Schedule, at: datetime) -> None:
    found = next_in_force(schedule, at)
    assert found is not None
    assert is_in_force(schedule, found)
    minute, end = at.astimezone(UTC), found.astimezone(UTC)
    while minute < end:
        assert not is_in_force(schedule, minute.astimezone(BERLIN))
        minute += timedelta(minutes=7)
    just_before = end - timedelta(minutes=1)
    assert just_before < at or not is_in_force(schedule, just_before.astimezone(BERLIN))
