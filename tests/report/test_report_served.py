"""Who counted the customers: what holds, for how long, how well, and when nobody did."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events.catalogue import ServedCounted, ServedDisputed
from agent.report import Day, fold
from agent.report.page import write_page
from agent.report.served import WhoCounted, who_counted
from agent.report.table import write_table
from agent.report.words import languages
from tests.report.shop import DAY, Shop, at, next_day

QUARTER_S = 900.0
OPENED = range(8, 20)
CHECKED = {
    "source": "camera",
    "taps": 48,
    "recall": {"value": 0.96, "low": 0.86, "high": 0.99},
    "precision": {"value": 0.98, "low": 0.89, "high": 1.0},
    "factor": {"value": 1.02, "low": 0.95, "high": 1.1},
    "on": "2026-11-12",
}


def count(shop: Shop, ends: str, by: str | None, worked: float = 1.0, **counts: int) -> None:
    """Tell of a quarter of an hour; the first source named worked through `worked` of it."""
    shares = dict.fromkeys(counts, 1.0) | {next(iter(counts)): worked}
    told = {"span_s": QUARTER_S, "counted_by": by, "counts": counts, "worked": shares}
    shop.tell(ServedCounted.model_validate(told), at(ends))


def dispute(shop: Shop, ends: str, **counts: int) -> None:
    shop.tell(ServedDisputed.model_validate({"span_s": 7200.0, "counts": counts}), at(ends))


def checked(shop: Shop, ends: str, **more: Any) -> None:
    told = {"span_s": QUARTER_S, "counted_by": "camera", "counts": {"camera": 14}}
    told |= {"worked": {"camera": 1.0}, "calibration": CHECKED | more}
    shop.tell(ServedCounted.model_validate(told), at(ends))


def day_of(shop: Shop) -> Day:
    return fold(shop.messages, day=DAY, zone=UTC)


def found_in(shop: Shop, **more: Any) -> WhoCounted:
    found = who_counted(day_of(shop), **more)
    assert found is not None
    return found


def text_of(shop: Shop, *, language: str = "en", made: datetime | None = None) -> str:
    page = write_page(
        day_of(shop),
        made=made or datetime(2026, 11, 21, 8, tzinfo=UTC),
        language=language,
        opened=OPENED,
    )
    return " ".join(re.sub(r"(?s:<style>.*?</style>)|<[^>]+>", " ", page).split())


def rows_of(shop: Shop) -> list[dict[str, str]]:
    out = io.StringIO()
    write_table(day_of(shop), out, opened=OPENED)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


# -- what holds ----------------------------------------------------------------------------------


def test_a_camera_does_not_work_while_customers_have_it_closed() -> None:
    shop = Shop()
    told = {"span_s": QUARTER_S, "counted_by": "camera", "counts": {"camera": 4, "sensor": 5}}
    told |= {"worked": {"camera": 1.0, "sensor": 1.0}, "blanked_s": 60.0}
    shop.tell(ServedCounted.model_validate(told), at("09:15"))
    worked = {source.source: source.worked_s for source in found_in(shop).sources}

    assert worked == {"camera": QUARTER_S - 60.0, "sensor": QUARTER_S}


def test_customers_are_those_of_the_source_whose_count_holds() -> None:
    shop = Shop()
    count(shop, "09:00", "camera", camera=14, sensor=17)
    count(shop, "09:15", "sensor", worked=0.4, camera=3, sensor=11)
    found = found_in(shop)

    assert found.customers == 14 + 11
    assert [(s.source, s.customers, s.counted) for s in found.sources] == [
        ("camera", 14, 17),
        ("sensor", 11, 28),
    ]


def test_a_source_worked_for_its_share_of_each_interval() -> None:
    shop = Shop()
    count(shop, "09:00", "camera", camera=14)
    count(shop, "09:15", None, worked=0.4, camera=3)
    (camera,) = found_in(shop).sources

    assert camera.worked_s == pytest.approx(QUARTER_S * 1.4)
    assert camera.held_s == QUARTER_S


def test_time_that_no_source_worked_through_was_counted_by_nobody() -> None:
    shop = Shop()
    count(shop, "09:00", "camera", camera=14)
    count(shop, "09:15", None, worked=0.4, camera=3)
    found = found_in(shop)

    assert (found.span_s, found.nobody_s) == (2 * QUARTER_S, QUARTER_S)


def test_time_in_which_the_kiosk_was_off_was_counted_by_nobody() -> None:
    shop = Shop()
    count(shop, "09:00", "camera", camera=14)
    count(shop, "10:00", "camera", camera=14)

    assert found_in(shop).nobody_s == 3 * QUARTER_S


def test_at_night_nobody_need_count() -> None:
    shop = Shop()
    count(shop, "03:00", None, worked=0.0, camera=0)
    for hour in OPENED:
        for minute in ("15", "30", "45"):
            count(shop, f"{hour:02d}:{minute}", "camera", camera=1)
        count(shop, f"{hour + 1:02d}:00", "camera", camera=1)
    found = found_in(shop, opened=OPENED)

    assert (found.span_s, found.nobody_s) == (12 * 3600, 0)
    assert found_in(shop).nobody_s > 12_000


def test_what_is_still_to_come_is_not_missing() -> None:
    shop = Shop()
    count(shop, "08:15", "camera", camera=4)

    assert found_in(shop, opened=OPENED, now_ms=at("08:20")).nobody_s == 0
    assert found_in(shop, opened=OPENED, now_ms=at("10:00")).nobody_s == 6300
    assert found_in(shop, opened=OPENED).nobody_s == 12 * 3600 - QUARTER_S
    assert found_in(shop, opened=OPENED, now_ms=at("10:00", day=next_day())).nobody_s > 40_000


def test_hours_of_a_day_of_25_hours_are_those_of_the_clocks() -> None:
    zone, day = ZoneInfo("Europe/Warsaw"), datetime(2026, 10, 25, tzinfo=UTC).date()
    shop = Shop()
    told = {"span_s": 3600.0, "counted_by": "camera", "counts": {"camera": 1}}
    shop.tell(
        ServedCounted.model_validate(told | {"worked": {"camera": 1.0}}), at("08:00", day=day)
    )
    found = who_counted(fold(shop.messages, day=day, zone=zone), opened=range(8, 9))

    assert found is not None
    assert (found.span_s, found.nobody_s) == (3600, 0)


def test_an_interval_is_of_the_day_that_holds_its_middle() -> None:
    shop = Shop()
    told = {"span_s": QUARTER_S, "counted_by": "camera", "counts": {"camera": 2}}
    shop.tell(
        ServedCounted.model_validate(told | {"worked": {"camera": 1.0}}),
        at("00:05", day=next_day()),
    )
    before, behind = (fold(shop.messages, day=day, zone=UTC) for day in (DAY, next_day()))

    assert before.served is not None
    assert behind.served is None


def test_a_day_without_a_source_has_no_figures_of_one() -> None:
    assert day_of(Shop()).served is None
    assert who_counted(day_of(Shop())) is None


@given(st.lists(st.sampled_from(["camera", "sensor", None]), min_size=1, max_size=40))
def test_the_time_of_a_day_is_divided_among_sources_and_nobody(by: list[str | None]) -> None:
    shop = Shop()
    for number, source in enumerate(by):
        hour, minute = divmod(15 * (number + 1), 60)
        count(shop, f"{8 + hour:02d}:{minute:02d}", source, camera=2, sensor=3)
    found = found_in(shop)

    assert found.nobody_s + sum(s.held_s for s in found.sources) == pytest.approx(found.span_s)
    assert found.customers == 2 * by.count("camera") + 3 * by.count("sensor")


# -- how many answered ---------------------------------------------------------------------------


def test_contacts_are_told_apart_by_who_saw_them() -> None:
    shop = Shop()
    for _ in range(3):
        shop.leave(at("09:00"), shop.press(5, at("08:59")))
    shop.leave(at("09:05"), served_by="sensor")
    contacts = day_of(shop).contacts

    assert contacts is not None
    assert [(source, ledger.served) for source, ledger in contacts.sources] == [
        ("camera", 3),
        ("sensor", 1),
    ]


def test_where_heads_are_counted_answers_of_the_same_time_are_of_the_served() -> None:
    shop = Shop()
    for second in range(12):
        shop.press(5, at(f"08:50:{second:02d}"))
    shop.press(5, at("09:30"))
    count(shop, "09:00", "manual", manual=30)
    (key,) = found_in(shop).sources

    assert key.rate is not None
    assert (key.rate.recipe.id, key.rate.n, key.rate.value) == ("answers_of_served", 30, 0.4)


def test_more_answers_than_heads_make_no_share() -> None:
    shop = Shop()
    for second in range(12):
        shop.press(5, at(f"08:50:{second:02d}"))
    count(shop, "09:00", "manual", manual=11)
    (key,) = found_in(shop).sources

    assert key.rate is not None
    assert key.rate.suppressed


# -- how well ------------------------------------------------------------------------------------


def test_the_last_check_of_the_day_is_the_one_that_is_told() -> None:
    shop = Shop()
    checked(shop, "09:00")
    checked(shop, "09:15", on="2026-11-20")
    (camera,) = found_in(shop).sources

    assert camera.calibration is not None
    assert camera.calibration.on == "2026-11-20"
    assert camera.calibration.recall.value == 0.96


def test_a_check_of_another_setup_is_no_check() -> None:
    shop = Shop()
    checked(shop, "09:00")
    count(shop, "09:15", "camera", camera=1)

    assert found_in(shop).sources[0].calibration is None
    assert "Never checked by hand as it is set up now" in text_of(shop)


# -- as it is told -------------------------------------------------------------------------------


def test_a_day_without_a_source_says_so_in_one_line() -> None:
    text = text_of(Shop())

    assert "No counter ran: how many people said nothing is not known." in text
    assert "Who counted?" not in text


def test_the_page_says_who_counted_how_well_and_for_how_long() -> None:
    shop = Shop()
    checked(shop, "08:15")
    text = text_of(shop, made=datetime(2026, 11, 20, 8, 20, tzinfo=UTC))

    assert "Served 14" in text
    assert "Camera 14 customers in 15 min." in text
    assert "It finds 96 % (86 to 99 %) of the customers; 98 % (89 to 100 %) of those" in text
    assert "Checked by hand: Thursday, 12 November 2026." in text
    assert "Somebody counted all the time." in text


def test_the_page_says_when_nobody_counted() -> None:
    shop = Shop()
    count(shop, "08:15", "camera", camera=4)
    text = text_of(shop, made=datetime(2026, 11, 20, 10, 0, tzinfo=UTC))

    assert "Nobody counted for 1 h 45 min (88 % of the time)" in text


def test_the_page_says_how_long_customers_wanted_no_camera() -> None:
    shop = Shop()
    checked(shop, "08:15")
    assert "wanted no camera" not in text_of(shop)
    told = {"span_s": QUARTER_S, "counted_by": "camera", "counts": {"camera": 9}}
    told |= {"worked": {"camera": 1.0}, "blanked_s": 120.0}
    shop.tell(ServedCounted.model_validate(told), at("08:30"))

    assert "Customers wanted no camera, so it was off for 2 min in all" in text_of(shop)


def test_with_several_sources_each_has_its_own_response_rate() -> None:
    shop = Shop()
    for number in range(12):
        pressed = (shop.press(5, at("08:59")),) if number % 2 else ()
        shop.leave(at("09:00"), *pressed)
        shop.leave(at("09:01"), served_by="sensor")
    count(shop, "08:15", "camera", camera=12, sensor=14)
    count(shop, "08:30", "sensor", worked=0.0, camera=0, sensor=12)
    text = text_of(shop)

    assert "Response rate: 50 % (25 to 75 %)." in text
    assert "Response rate: 0 % (0 to 24 %)." in text


def test_a_source_whose_count_never_held_stands_beside_the_others() -> None:
    shop = Shop()
    count(shop, "08:15", "camera", camera=12, sensor=14)

    assert "Sensor 14 customers in 15 min, beside the others" in text_of(shop)


def test_a_dispute_is_told_with_both_counts() -> None:
    shop = Shop()
    dispute(shop, "12:00", camera=80, sensor=9)

    told = "The same 2 h were counted too differently for chance: Camera 80, Sensor 9."
    assert told in text_of(shop)


@pytest.mark.parametrize("language", languages())
def test_every_language_tells_all_of_it(language: str) -> None:
    shop = Shop()
    checked(shop, "08:15")
    count(shop, "08:30", "manual", worked=0.0, camera=0, manual=2)
    count(shop, "08:45", None, worked=0.0, camera=0, manual=2)
    dispute(shop, "12:00", camera=80, sensor=9)
    text = text_of(shop, language=language)

    assert "{" not in text
    assert re.search(r"camera|sensor|manual", text) is None or language == "en"


def test_the_table_has_a_row_for_each_figure() -> None:
    shop = Shop()
    checked(shop, "08:15")
    count(shop, "08:30", None, worked=0.5, camera=3)
    dispute(shop, "12:00", camera=80, sensor=9)
    rows = rows_of(shop)
    served = {(r["name"], r["detail"]): r for r in rows if r["section"] == "served"}

    assert served["customers", ""]["count"] == "14"
    assert served["camera", "counted in all"]["count"] == "17"
    assert served["camera", "its count held, seconds"]["value"] == "900.0"
    assert served["nobody", "time, seconds"]["value"] == "42300.0"
    assert served["camera", "Customers that the counter found"]["low"] == "0.86"
    assert [(r["name"], r["count"]) for r in rows if r["section"] == "dispute"] == [
        ("camera", "80"),
        ("sensor", "9"),
    ]
