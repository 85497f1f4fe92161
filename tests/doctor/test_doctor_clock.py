"""The check of the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.clock.anchor import Reading
from agent.doctor.checks import Failed, examine
from agent.doctor.clock import clock, name_service

NOON_MS = int(datetime(2027, 3, 1, 12, tzinfo=UTC).timestamp() * 1000)
EVE_MS = NOON_MS - 86_400_000


def look(wall_ms: int, error_ms: int | None) -> str:
    reading = Reading(monotonic_ms=5000, wall_ms=wall_ms, error_ms=error_ms)
    return clock(read=lambda: reading, floor_ms=lambda: EVE_MS, keeper=lambda: "chrony")


def test_a_synchronised_clock_says_by_whom_and_how_well() -> None:
    assert look(NOON_MS, 12) == (
        "2027-03-01 12:00 UTC, synchronised by chrony, give or take 262 ms"
    )


def test_an_unsynchronised_clock_is_told_with_what_is_known() -> None:
    with pytest.raises(Failed, match=r"dated with an interval, from 2027-02-28 12:00 UTC on"):
        look(NOON_MS, None)


def test_a_clock_below_the_floor_is_wrong_even_if_the_kernel_trusts_it() -> None:
    with pytest.raises(Failed, match="the clock says 1970-01-01 00:00 UTC"):
        look(0, 5)


def test_a_service_that_has_heard_no_server_for_hours_is_told() -> None:
    with pytest.raises(Failed, match=r"give or take 9\.2 s") as caught:
        look(NOON_MS, 9000)
    assert "UDP port 123" in caught.value.remedy


def test_the_clock_of_this_machine_is_a_fact_or_has_a_remedy() -> None:
    check = examine("clock", "advisory", clock)

    assert ("synchronised by" in check.fact) == (check.state == "ok")
    assert ("timedatectl" in check.remedy) == (check.state == "failed")


def test_the_service_is_named_by_what_it_leaves_in_run(tmp_path: Path) -> None:
    (tmp_path / "chrony").mkdir()
    signs = {"systemd-timesyncd": tmp_path / "synchronized", "chrony": tmp_path / "chrony"}

    assert name_service(signs) == "chrony"
    assert name_service({}) == "a time service"
