"""What a check is worth: shares with intervals, a factor, and whether it still holds."""

from __future__ import annotations

import json
import stat
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.events.catalogue import ModelRef
from agent.indices.interval import paired_ratio, wilson
from agent.served.book import FILE, MOST_BYTES, Book
from agent.served.calibration import Calibration

DETECTOR = ModelRef(id="face_short_range-2", sha256="3b" * 32)
OTHER = ModelRef(id="face_short_range-3", sha256="4c" * 32)


def check(**changed: Any) -> Calibration:
    """The camera found 29 of 30 and invented one."""
    known: dict[str, Any] = {
        "source": "camera",
        "found": 29,
        "missed": 1,
        "invented": 1,
        "left_out": 2,
        "span_s": 2710.5,
        "on": date(2026, 11, 20),
        "software": "0.1.0",
        "setup": "5f" * 32,
        "models": {"detector": DETECTOR},
    }
    return Calibration.model_validate(known | changed)


def test_recall_is_of_the_customers_and_precision_of_those_counted() -> None:
    known = check(found=18, missed=2, invented=6)

    assert known.recall == wilson(18, 20)
    assert known.precision == wilson(18, 24)
    assert known.factor.value == pytest.approx(20 / 24)


def test_what_travels_has_both_with_their_intervals() -> None:
    how = check().how().model_dump()

    assert how["source"] == "camera"
    assert (how["taps"], how["on"]) == (30, "2026-11-20")
    assert how["recall"] == {"value": 0.9667, "low": 0.8333, "high": 0.9941}
    assert how["precision"] == how["recall"]
    assert how["factor"] == {"value": 1.0, "low": 0.8938, "high": 1.1188}


def test_without_a_trusted_clock_the_day_is_left_out() -> None:
    assert "on" not in check(on=None).how().model_dump(exclude_none=True)


def test_the_event_tells_the_counts_and_with_what_it_was_counted() -> None:
    event = check().event()

    assert (event.found, event.missed, event.invented, event.left_out) == (29, 1, 1, 2)
    assert event.models == {"detector": DETECTOR}
    assert event.calibration == check().how()


@pytest.mark.parametrize(
    ("setup", "models", "holds"),
    [
        ("5f" * 32, {"detector": DETECTOR}, True),
        ("5f" * 32, {}, True),
        ("60" * 32, {"detector": DETECTOR}, False),
        ("5f" * 32, {"detector": OTHER}, False),
        ("5f" * 32, {"detector": DETECTOR, "search": OTHER}, False),
    ],
)
def test_it_holds_for_this_setup_and_these_models(
    setup: str, models: dict[Any, ModelRef], *, holds: bool
) -> None:
    assert check().holds(setup=setup, models=models) is holds


# -- customers for each one counted --------------------------------------------------------------


def test_the_factor_has_the_published_interval() -> None:
    """Fagerland, Lydersen and Laake (2014): 59 found by both, 6 and 16 by one of them."""
    found = paired_ratio(59, 6, 16)

    assert [round(end, 4) for end in found] == [0.8667, 0.7579, 0.9910]


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_the_factor_lies_within_its_interval(both: int, first: int, second: int) -> None:
    if both + second == 0:
        second = 1
    found = paired_ratio(both, first, second)

    assert found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 50))
def test_the_other_way_round_it_is_the_inverse(both: int, first: int, second: int) -> None:
    one, other = paired_ratio(both, first, second), paired_ratio(both, second, first)

    assert one.value * other.value == pytest.approx(1)
    assert one.low * other.high == pytest.approx(1)


@pytest.mark.parametrize(("recall", "inventions"), [(0.95, 0.05), (0.8, 0.2), (0.99, 0.01)])
def test_so_often_as_it_says_the_interval_holds_the_truth(recall: float, inventions: float) -> None:
    """30 customers, each found with one probability; inventions are a share of the customers."""
    random, runs, held = Random(5), 1500, 0
    truth = 1 / (recall + inventions)
    for _ in range(runs):
        found = sum(random.random() < recall for _ in range(30))
        invented = sum(random.random() < inventions for _ in range(30))
        ratio = paired_ratio(found, 30 - found, invented)
        held += ratio.low <= truth <= ratio.high

    assert 0.93 <= held / runs <= 1.0


# -- kept beside the store -----------------------------------------------------------------------


def test_a_check_is_read_again_after_a_restart(tmp_path: Path) -> None:
    Book(tmp_path).keep(check())

    assert Book(tmp_path).newest("camera") == check()
    assert Book(tmp_path).newest("sensor") is None


def test_the_newest_check_of_a_source_takes_the_place_of_its_last_and_of_no_other(
    tmp_path: Path,
) -> None:
    book = Book(tmp_path)
    sensor = check(source="sensor", models={})
    for each in (check(), sensor, check(found=20)):
        book.keep(each)

    again = Book(tmp_path)
    assert again.newest("camera") == check(found=20)
    assert again.newest("sensor") == sensor


def test_the_file_is_nobody_elses(tmp_path: Path) -> None:
    Book(tmp_path).keep(check())

    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 2, "sources": {}}',
        b'{"version": 1, "sources": {"till": {}}}',
        b'{"version": 1, "sources": {"camera": {"source": "camera", "found": -1}}}',
        b'{"sources": {}' + b" " * MOST_BYTES + b"}",
    ],
)
def test_a_file_that_is_not_what_was_written_is_told_and_nothing_is_calibrated(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(content)

    assert Book(tmp_path).newest("camera") is None
    (told,) = caplog.messages
    assert FILE in told
    assert "/installer" in told


def test_a_check_that_says_more_than_it_can_is_refused() -> None:
    told = json.loads(check().model_dump_json())

    with pytest.raises(ValidationError):
        Calibration.model_validate(told | {"face": "..."})


@pytest.mark.parametrize("counts", [{"found": 0, "missed": 0}, {"found": 0, "invented": 0}])
def test_a_check_of_nobody_is_none(counts: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="nobody was compared"):
        check(**counts)


def test_a_disk_that_fails_leaves_what_was_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    book = Book(tmp_path)
    book.keep(check())
    monkeypatch.setattr("agent.served.book.write_whole", fail)
    with pytest.raises(OSError, match="No space"):
        book.keep(check(found=20))

    assert book.newest("camera") == check()
