"""The doctor says whose zones hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.doctor.checks import Failed, NotApplicable
from agent.doctor.zones import zones
from agent.vision.settings import NoticeSettings, VisionSettings, Zone
from agent.vision.zones import FILE, KEPT, Drawn, Kept

VISION = VisionSettings(mode="presence", notice=NoticeSettings())
ZONE = Zone(x=0, y=0, width=0.3, height=1)


def test_without_a_drawing_those_of_the_configuration_hold(tmp_path: Path) -> None:
    assert zones(VISION, folder=tmp_path) == "those of the configuration hold"


def test_what_was_drawn_is_said_to_override_the_configuration(tmp_path: Path) -> None:
    kept = Kept(zones=Drawn(staff_mask=(ZONE,)), at="2026-11-22T10:00:00Z")
    (tmp_path / FILE).write_bytes(KEPT.dump_json({"main": kept}))
    assert zones(VISION, folder=tmp_path) == (
        "drawn on /installer: main (2026-11-22T10:00:00Z);"
        " staff_mask and contact_zone of the configuration do not hold there"
    )


def test_a_file_that_cannot_be_read_fails_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    with pytest.raises(Failed, match="cannot be read") as failed:
        zones(VISION, folder=tmp_path)
    assert "/installer" in failed.value.remedy


def test_zones_that_were_lost_fail_until_they_are_drawn_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(KEPT.dump_json({"main": None}))
    with pytest.raises(Failed, match="the zones of main are lost"):
        zones(VISION, folder=tmp_path)


def test_without_a_camera_there_is_nothing_to_say(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        zones(VisionSettings(), folder=tmp_path)


def test_areas_of_staff_that_leave_no_room_for_customers_fail(tmp_path: Path) -> None:
    kept = Kept(zones=Drawn(staff_mask=(ZONE,), contact_zone=ZONE), at="2026-11-22T10:00:00Z")
    (tmp_path / FILE).write_bytes(KEPT.dump_json({"main": kept}))
    with pytest.raises(Failed, match="staff areas of main leave no room") as failed:
        zones(VISION, folder=tmp_path)
    assert "smaller" in failed.value.remedy
