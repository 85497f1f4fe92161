"""The example that reckons a day: the figures of `smilepost report`, from the messages alone."""

from __future__ import annotations

import json
import runpy
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events.catalogue import CameraDeclined, ServedCounted
from agent.indices.index import Index
from agent.report import fold
from agent.report.figures import contact_indices, smile_indices
from tests.examples.folding import SUBSCRIBER
from tests.report.shop import DAY, SOURCE, Shop, at, busy_day, next_day
from tests.report.test_report_served import CHECKED, checked, count

EXAMPLE = SUBSCRIBER.with_name("day.py")
BERLIN = ZoneInfo("Europe/Berlin")
SITE = SOURCE.rpartition("/")[0]


def stored(shop: Shop, path: Path | str = ":memory:", *, place: str = SOURCE) -> sqlite3.Connection:
    """What the subscriber has of a shop's messages."""
    subscriber = runpy.run_path(str(SUBSCRIBER))
    db = sqlite3.connect(path)
    db.executescript(subscriber["SCHEMA"])
    for message in shop.messages:
        payload = json.dumps(message).replace(SOURCE, place).encode()
        subscriber["fold"](db, f"smilepost/v1{place}/event/any", payload)
    return db


def reckoned(shop: Shop, *, day: date = DAY, zone: ZoneInfo = BERLIN) -> dict[str, Any]:
    """The example's figures of a shop's day."""
    example = runpy.run_path(str(EXAMPLE))
    with stored(shop) as db:
        rows = db.execute(example["IN_ORDER"], {"place": SITE}).fetchall()
    facts = example["dated"](envelope for _, envelope in rows)
    found: dict[str, Any] = example["figures"](facts, example["local_day"](day, zone))
    return found


def plain(index: Index) -> dict[str, Any] | None:
    """An index as the example prints it."""
    if index.value is None:
        return None
    ends = {"value": index.value, "low": index.low, "high": index.high}
    return {end: pytest.approx(value, abs=1e-6) for end, value in ends.items()}


@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 1000))
def test_it_makes_the_figures_of_the_report(seed: int) -> None:
    shop = busy_day(seed=seed)
    found, day = reckoned(shop), fold(shop.messages, day=DAY, zone=BERLIN)
    (smiles,), (measured,) = found["smiles"], day.smiles
    rate, silent, least, most = contact_indices(day)
    smile, smiled = smile_indices(measured)

    assert day.contacts is not None
    assert found["contacts"]["served"] == day.contacts.ledger.served
    assert found["contacts"]["dissatisfied"] == day.contacts.dissatisfied
    for name, index in (
        ("response_rate", rate),
        ("silent_share", silent),
        ("dissatisfied_least", least),
        ("dissatisfied_most", most),
    ):
        assert found["contacts"][name] == plain(index)
    assert (smiles["smile_index"], smiles["smiled"]) == (plain(smile), plain(smiled))


def test_a_contact_whose_press_was_amended_behind_its_end_is_silent() -> None:
    shop = Shop()
    rating = shop.press(1, at("09:00"))
    shop.leave(at("09:01"), rating, sentiment=-1)
    shop.amend(rating, at("09:02"), "staff")

    contacts = reckoned(shop)["contacts"]
    assert (contacts["silent"], contacts["dissatisfied"]) == (1, 0)


def test_the_last_press_that_counts_is_a_contacts_answer() -> None:
    shop = Shop()
    changed, kept = shop.press(5, at("09:00")), shop.press(1, at("09:00:02"))
    shop.amend(changed, at("09:00:02"), "changed")
    shop.leave(at("09:01"), changed, kept, sentiment=-1)

    assert reckoned(shop)["contacts"]["dissatisfied"] == 1


def test_a_contact_whose_press_never_came_is_as_it_was_told() -> None:
    shop = Shop()
    shop.leave(at("09:01"), f"{SOURCE}/{'0' * 16}/{1:020d}", sentiment=-1)

    assert reckoned(shop)["contacts"]["dissatisfied"] == 1


def test_who_wanted_no_camera_is_not_of_those_served() -> None:
    shop = Shop()
    shop.leave(at("09:00"), opted_out=True)
    shop.leave(at("09:01"))

    contacts = reckoned(shop)["contacts"]
    assert (contacts["served"], contacts["opted_out"]) == (1, 1)


def test_shares_of_fewer_than_ten_are_not_told() -> None:
    shop = Shop()
    for minute in range(9):
        shop.leave(at(f"09:0{minute}"))
    assert reckoned(shop)["contacts"]["silent_share"] is None
    shop.leave(at("09:10"))

    assert reckoned(shop)["contacts"]["silent_share"]["value"] == 1.0


def test_counts_are_summed_where_they_hold_and_corrected_by_what_a_check_found() -> None:
    shop = Shop()
    count(shop, "09:15", "camera", camera=9, sensor=20)
    checked(shop, "09:30")
    checked(shop, "09:45")
    count(shop, "10:00", None, 0.4, camera=3)

    unchecked, corrected, nobody = reckoned(shop)["counted"]
    assert (unchecked["by"], unchecked["counted"], unchecked["customers"]) == ("camera", 9, None)
    assert (corrected["counted"], corrected["seconds"]) == (28, 1800.0)
    assert corrected["calibration"] == CHECKED
    assert corrected["customers"] == {"value": 28.56, "low": 26.6, "high": 30.8}
    assert (nobody["by"], nobody["counted"], nobody["seconds"]) == (None, 0, 900.0)


@pytest.mark.parametrize(("ends", "today"), [("22:55", True), ("23:07", True), ("23:08", False)])
def test_an_interval_is_of_the_day_that_holds_its_middle(ends: str, today: bool) -> None:  # noqa: FBT001
    shop = Shop()
    count(shop, ends, "camera", camera=1)
    day = fold(shop.messages, day=DAY, zone=BERLIN)

    assert bool(reckoned(shop)["counted"]) is today
    assert bool(day.served) is today


def test_what_was_closed_for_customers_is_told_with_the_counts() -> None:
    shop = Shop()
    told = {"span_s": 900.0, "counted_by": "camera", "counts": {"camera": 4}, "blanked_s": 60.0}
    shop.tell(ServedCounted.model_validate(told | {"worked": {"camera": 1.0}}), at("09:15"))
    shop.tell(CameraDeclined(span_s=60.0, times=1), at("09:10"))

    found = reckoned(shop)
    assert found["counted"][0]["blanked_s"] == 60.0
    assert found["closed_by_customers"] == [{"span_s": 60.0, "times": 1}]


def test_what_two_models_have_read_is_never_pooled() -> None:
    shop = Shop()
    for hour, model in ((9, "old"), (10, "old"), (11, "new")):
        shop.smile(at(f"{hour:02d}:00"), model=model)

    assert [(s["model"], s["contacts"]) for s in reckoned(shop)["smiles"]] == [
        ("old", 20),
        ("new", 10),
    ]


def test_a_day_without_a_clock_is_dated_by_what_was_learnt_later() -> None:
    shop = Shop()
    shop.tell(CameraDeclined(span_s=60.0, times=1), None, monotonic_ms=5_000)
    assert reckoned(shop)["closed_by_customers"] == []
    shop.correct(at("12:00"), shop.boot, at("09:00"))

    assert len(reckoned(shop)["closed_by_customers"]) == 1
    assert reckoned(shop, day=next_day())["closed_by_customers"] == []


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def running(place: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, str(EXAMPLE), "fleet.db", place, DAY.isoformat(), "Europe/Berlin"]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    return running


def test_the_program_prints_each_device_of_the_site_and_no_other(
    tmp_path: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    shop = Shop()
    shop.leave(at("09:01"))
    for place in (f"{SITE}/till-1", f"{SITE}/till-2", f"{SITE}-2/till-1"):
        stored(shop, tmp_path / "fleet.db", place=place).close()
    text, decoder, found = run(SITE).stdout.strip(), json.JSONDecoder(), []
    while text:
        told, end = decoder.raw_decode(text)
        text = text[end:].strip()
        found.append(told)

    assert [told["source"] for told in found] == [f"{SITE}/till-1", f"{SITE}/till-2"]
    assert [told["contacts"]["served"] for told in found] == [1, 1]


def test_without_a_subscribers_database_it_says_so(
    run: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    ended = run(SITE)

    assert ended.returncode == 1
    assert ended.stderr.startswith("it ends: ")
    assert len(ended.stderr.splitlines()) == 1
