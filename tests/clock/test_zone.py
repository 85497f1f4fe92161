"""Which time zone a machine has."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.clock.zone import local_zone


@pytest.mark.parametrize(
    ("name", "zone"), [("Europe/Warsaw", "Europe/Warsaw"), (":Asia/Tokyo", "Asia/Tokyo")]
)
def test_the_zone_is_what_the_system_was_told(
    name: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", name)

    assert local_zone() == ZoneInfo(zone)


@pytest.mark.parametrize("name", ["", "CET-1CEST,M3.5.0,M10.5.0/3", "/etc/passwd"])
def test_else_the_zone_is_where_localtime_leads(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", name)
    (tmp_path / "zoneinfo" / "Asia").mkdir(parents=True)
    (tmp_path / "zoneinfo" / "Asia" / "Tokyo").touch()
    (tmp_path / "localtime").symlink_to(tmp_path / "zoneinfo" / "Asia" / "Tokyo")

    assert local_zone(tmp_path / "localtime") == ZoneInfo("Asia/Tokyo")
    assert local_zone(tmp_path / "none") is UTC
