"""Opening hours, and the promise of a reply: through midnight, holidays and changes of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.feedback.hours import Hours, open_now, opening_hours
from agent.feedback.settings import SiteSettings
from agent.survey.schedule import is_in_force, next_in_force
from agent.testing.clock import FakeClock

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
SHOP = {
    "mon": ["09:00-13:00", "14:00-18:00"],
    "tue": ["09:00-18:00"],
    "wed": ["09:00-18:00"],
    "thu": ["09:00-20:00"],
    "fri": ["22:00-02:00"],
}


OPEN_IN_BERLIN = SiteSettings.model_validate({"timezone": "Europe/Berlin", "hours": SHOP})


def site(hours: object = None, exceptions: object = (), zone: str = "Europe/Berlin") -> Hours:
    stated = {"timezone": zone, "hours": hours or {}, "exceptions": exceptions}
    return opening_hours(SiteSettings.model_validate(stated))


def berlin(day: str, clock: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=BERLIN, fold=fold)


# 2026-11-23 is a Monday.
@pytest.mark.parametrize(
    ("day", "clock", "is_open"),
    [
        ("2026-11-23", "08:59:59", False),
        ("2026-11-23", "09:00", True),
        ("2026-11-23", "13:00", False),
        ("2026-11-23", "14:00", True),
        ("2026-11-27", "21:59", False),
        ("2026-11-27", "23:59", True),
        ("2026-11-28", "01:59", True),
        ("2026-11-28", "02:00", False),
        ("2026-11-29", "12:00", False),
    ],
)
def test_a_site_is_open_from_the_beginning_of_a_span_up_to_its_end(
    day: str, clock: str, *, is_open: bool
) -> None:
    assert site(SHOP).open_at(berlin(day, clock)) is is_open


def test_a_site_without_hours_is_open_around_the_clock() -> None:
    always = site()
    at = berlin("2026-11-29", "00:00")

    assert always.open_at(at)
    assert always.next_opening(at) == at
    assert always.promised_by(at, within=30 * HOUR) == at + 30 * HOUR


def test_any_zone_may_ask_and_the_site_answers_in_its_own() -> None:
    opening = site(SHOP).next_opening(datetime(2026, 11, 22, 22, tzinfo=UTC))

    assert opening == berlin("2026-11-23", "09:00")
    assert opening is not None
    assert str(opening.tzinfo) == "Europe/Berlin"


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 11, 23, 10)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware datetime"):
        site(SHOP).open_at(naive)


def test_an_open_site_opens_next_now() -> None:
    at = berlin("2026-11-23", "10:00")

    assert site(SHOP).next_opening(at) == at


def test_behind_the_last_span_of_a_week_the_next_week_opens() -> None:
    assert site(SHOP).next_opening(berlin("2026-11-28", "02:00")) == berlin("2026-11-30", "09:00")


def test_questionnaires_are_asked_in_the_sites_hours() -> None:
    shop = site(SHOP)

    assert is_in_force(None, berlin("2026-11-23", "12:59"), hours=shop)
    assert not is_in_force(None, berlin("2026-11-23", "13:00"), hours=shop)
    opening = next_in_force(None, berlin("2026-11-23", "13:00"), hours=shop)
    assert opening == berlin("2026-11-23", "14:00")


# -- exceptions ---------------------------------------------------------------------------------


def test_a_holiday_is_closed_and_its_neighbours_are_not() -> None:
    shop = site(SHOP, [{"day": "2026-11-24"}])

    assert not shop.open_at(berlin("2026-11-24", "12:00"))
    assert shop.open_at(berlin("2026-11-23", "12:00"))
    assert shop.next_opening(berlin("2026-11-23", "18:00")) == berlin("2026-11-25", "09:00")


def test_an_exception_may_open_a_day_that_the_week_closes() -> None:
    shop = site(SHOP, [{"day": "2026-11-29", "hours": ["13:00-18:00"]}])

    assert shop.open_at(berlin("2026-11-29", "13:00"))
    assert not shop.open_at(berlin("2026-11-29", "12:59"))


def test_a_night_reaches_into_a_holiday_that_follows_it() -> None:
    shop = site(SHOP, [{"day": "2026-11-28"}])

    assert shop.open_at(berlin("2026-11-28", "01:00"))


def test_a_site_that_never_opens_promises_nothing() -> None:
    shut = site({"mon": []})
    at = berlin("2026-11-23", "10:00")

    assert not shut.open_at(at)
    assert shut.next_opening(at) is None
    assert shut.promised_by(at, within=HOUR) is None


# -- the promise --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "clock", "hours", "promised"),
    [
        ("2026-11-23", "10:00", 2, ("2026-11-23", "12:00")),
        ("2026-11-23", "10:00", 3, ("2026-11-23", "13:00")),
        ("2026-11-23", "10:00", 4, ("2026-11-23", "15:00")),
        ("2026-11-23", "13:30", 1, ("2026-11-23", "15:00")),
        ("2026-11-23", "17:30", 1, ("2026-11-24", "09:30")),
        ("2026-11-28", "01:00", 2, ("2026-11-30", "10:00")),
        ("2026-11-22", "03:00", 24, ("2026-11-25", "16:00")),
    ],
)
def test_a_reply_is_promised_in_opening_time(
    day: str, clock: str, hours: int, promised: tuple[str, str]
) -> None:
    given_at = berlin(day, clock)

    assert site(SHOP).promised_by(given_at, within=hours * HOUR) == berlin(*promised)


def test_no_time_at_all_is_no_promise() -> None:
    with pytest.raises(ValueError, match="needs time"):
        site(SHOP).promised_by(berlin("2026-11-23", "10:00"), within=timedelta(0))


# -- changes of clocks ----------------------------------------------------------------------------


def test_the_night_that_loses_an_hour_works_an_hour_less() -> None:
    # 2026-03-29: 02:00 becomes 03:00.
    night = site({"sat": ["22:00-06:00"]})
    end = night.promised_by(berlin("2026-03-28", "22:00"), within=7 * HOUR)

    assert end == berlin("2026-03-29", "06:00")
    assert not night.open_at(berlin("2026-03-29", "06:00"))


def test_the_night_that_gains_an_hour_works_an_hour_more() -> None:
    # 2026-10-25: 03:00 becomes 02:00.
    night = site({"sat": ["22:00-06:00"]})
    end = night.promised_by(berlin("2026-10-24", "22:00"), within=9 * HOUR)

    assert end == berlin("2026-10-25", "06:00")


def test_a_span_between_times_that_come_twice_lasts_from_the_first_to_the_second() -> None:
    twice = site({"sun": ["02:00-02:30"]})

    assert twice.open_at(berlin("2026-10-25", "02:00"))
    assert twice.open_at(berlin("2026-10-25", "02:45"))
    assert twice.open_at(berlin("2026-10-25", "02:15", fold=1))
    assert not twice.open_at(berlin("2026-10-25", "02:30", fold=1))


def test_a_span_within_the_hour_that_is_left_out_moves_behind_it() -> None:
    lost = site({"sun": ["02:10-02:50"]})

    assert lost.next_opening(berlin("2026-03-29", "00:00")) == berlin("2026-03-29", "03:10")
    assert not lost.open_at(berlin("2026-03-29", "03:50"))


def test_spans_that_the_lost_hour_pushes_together_stay_open_throughout() -> None:
    # 02:30 is counted as 03:30, so the second span begins before the first.
    shop = site({"sun": ["02:30-02:45", "03:10-04:00"]})

    assert shop.open_at(berlin("2026-03-29", "03:15"))
    assert shop.promised_by(berlin("2026-03-29", "00:00"), within=HOUR / 2) == berlin(
        "2026-03-29", "03:40"
    )


def test_a_site_on_the_other_side_of_the_earth_changes_its_clocks_too() -> None:
    # Lord Howe Island puts its clocks back by half an hour on 2026-04-05.
    island = site({"sun": ["00:00-04:00"]}, zone="Australia/Lord_Howe")
    midnight = datetime(2026, 4, 5, tzinfo=ZoneInfo("Australia/Lord_Howe"))

    assert island.promised_by(midnight, within=4.5 * HOUR) == midnight.replace(hour=4)


# -- whatever the hours ---------------------------------------------------------------------------

STEP = 30


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def any_spans(draw: st.DrawFn) -> list[str]:
    """Spans of one day, apart; the last may pass midnight."""
    ends = draw(st.sets(st.integers(0, 1439 // STEP), max_size=6).map(sorted))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    spans = [f"{clock(a * STEP)}-{clock(b * STEP)}" for a, b in pairs]
    if ends and len(ends) % 2:
        spans.append(f"{clock(ends[-1] * STEP)}-{clock(draw(st.integers(0, ends[0])) * STEP)}")
    return [span for span in spans if span[:5] != span[6:]]


SITES = st.builds(
    site,
    st.fixed_dictionaries({"mon": st.just(["10:00-12:00"])}, optional={"sun": any_spans()})
    | st.fixed_dictionaries(dict.fromkeys(("mon", "wed", "sat", "sun"), any_spans())),
    st.lists(
        st.builds(
            lambda day, hours: {"day": day, "hours": hours},
            st.dates(date(2026, 3, 24), date(2026, 4, 2)),
            any_spans(),
        ),
        max_size=2,
        unique_by=lambda exception: str(exception["day"]),
    ),
    st.sampled_from(["Europe/Berlin", "UTC", "America/St_Johns", "Asia/Kathmandu"]),
)
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 3, 26), datetime(2026, 3, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.datetimes(datetime(2026, 10, 22), datetime(2026, 11, 3), timezones=st.just(UTC)),  # noqa: DTZ001
)
WITHIN = st.integers(1, 40).map(lambda halves: halves * HOUR / 2)


@given(SITES, MOMENTS, WITHIN)
@example(
    site({"mon": ["10:00-12:00"], "sun": ["00:00-00:30", "01:30-02:00"]}),
    datetime(2026, 3, 26, tzinfo=UTC),
    HOUR,
)
@settings(max_examples=60, deadline=None)
def test_a_promise_never_lies_in_closed_time(hours: Hours, at: datetime, within: timedelta) -> None:
    promised = hours.promised_by(at, within=within)

    if promised is not None:
        # In UTC: a wall clock that was put forward has no time just before.
        assert hours.open_at(promised.astimezone(UTC) - TICK)
        assert promised >= at + within


@given(SITES, MOMENTS, MOMENTS, WITHIN)
@settings(max_examples=60, deadline=None)
def test_who_comes_later_is_promised_no_earlier_reply(
    hours: Hours, one: datetime, other: datetime, within: timedelta
) -> None:
    first, second = (hours.promised_by(at, within=within) for at in sorted((one, other)))

    if first is not None and second is not None:
        assert first <= second


@given(SITES, MOMENTS, WITHIN, WITHIN)
@settings(max_examples=40, deadline=None)
def test_two_waits_in_a_row_are_one_long_wait(
    hours: Hours, at: datetime, first: timedelta, second: timedelta
) -> None:
    halfway = hours.promised_by(at, within=first)
    if halfway is not None:
        whole = hours.promised_by(at, within=first + second)
        assert hours.promised_by(halfway, within=second) == whole


@given(SITES, MOMENTS, st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_a_promise_is_so_many_open_minutes_away(hours: Hours, at: datetime, halves: int) -> None:
    # Every change of clocks and every span is a multiple of 15 minutes, so quarters can be counted.
    start = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
    promised = hours.promised_by(start, within=halves * HOUR / 2)
    if promised is not None and promised - start < timedelta(days=9):
        quarters = (promised - start) // timedelta(minutes=15)
        moments = (start + n * timedelta(minutes=15) for n in range(quarters))
        assert sum(hours.open_at(moment) for moment in moments) == halves * 2


@given(SITES, MOMENTS)
@settings(max_examples=60, deadline=None)
def test_a_site_is_closed_until_it_opens_next(hours: Hours, at: datetime) -> None:
    opening = hours.next_opening(at)

    if opening is not None:
        assert hours.open_at(opening)
        assert opening == at or not hours.open_at(opening.astimezone(UTC) - TICK)
        assert (opening == at) is hours.open_at(at)


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [("03:00", False), ("09:00", True), ("13:30", False), ("17:59", True), ("18:00", False)],
)
def test_whether_a_site_is_open_now_is_told_by_its_own_clocks(clock: str, *, is_open: bool) -> None:
    now = FakeClock(wall_ms=round(berlin("2026-11-23", clock).timestamp() * 1000))
    assert open_now(OPEN_IN_BERLIN, clock=now)() == is_open


def test_a_site_counts_as_open_while_nobody_knows_the_time() -> None:
    assert open_now(OPEN_IN_BERLIN, clock=FakeClock(wall_ms=None, trust="unknown"))()
