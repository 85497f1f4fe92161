"""What makes a check stale, and what does not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agent.config.schema import KioskSettings
from agent.served.calibration import Calibrated
from agent.served.setups import day_of, digest, setups_of
from agent.testing import FakeClock
from agent.vision.settings import Zone
from agent.vision.zones import Drawn

NIGHT_MS = 1_795_000_000_000 // 86_400_000 * 86_400_000 + 23 * 3_600_000
"""23:00 UTC of some day: the next day already in Tokyo."""


def settings(**sections: Any) -> KioskSettings:
    told: dict[str, Any] = {
        "device": {"tenant": "acme", "site": "shop", "id": "till"},
        "vision": {"mode": "presence", "notice": {"shown": "screen"}},
        "served": {"sensor": {"pin": 17}},
    }
    for name, section in sections.items():
        told[name] = told.get(name, {}) | section
    return KioskSettings.model_validate(told)


def digest_of(source: Calibrated, **sections: Any) -> str:
    return setups_of(settings(**sections))[source].digest()


ZONE = {"x": 0.1, "y": 0.1, "width": 0.5, "height": 0.5}


@pytest.mark.parametrize(
    "changed",
    [
        {"distance_m": 2.5},
        {"min_dwell_s": 2.0},
        {"contact_zone": ZONE},
        {"staff_mask": [ZONE]},
        {"min_face": 0.05},
        {"mode": "smile"},
        {"source": "2"},
        {"width": 1280, "height": 720},
        {"cameras": [{"id": "door", "source": "2"}]},
    ],
)
def test_a_camera_that_looks_differently_is_another_one(changed: dict[str, Any]) -> None:
    assert digest_of("camera", vision=changed) != digest_of("camera")


@pytest.mark.parametrize(
    "changed",
    [
        {"notice": {"shown": "printed", "attested_by": "manager", "attested_on": "2026-11-01"}},
        {"gauge": True},
        {"batch_contacts": 20},
        {"capture_timeout_s": 5},
    ],
)
def test_what_has_nothing_to_do_with_counting_changes_nothing(changed: dict[str, Any]) -> None:
    assert digest_of("camera", vision=changed) == digest_of("camera")


def test_zones_drawn_on_the_page_make_it_another_camera_at_once() -> None:
    drawn = Drawn()
    setup = setups_of(settings(), zones=lambda _camera: drawn)["camera"]
    before = setup.digest()
    drawn = Drawn(contact_zone=Zone.model_validate(ZONE))

    assert setup.digest() != before


def test_zones_drawn_as_the_configuration_has_them_change_nothing() -> None:
    configured = settings(vision={"contact_zone": ZONE})
    drawn = Drawn(contact_zone=Zone.model_validate(ZONE))
    setup = setups_of(configured, zones=lambda _camera: drawn)["camera"]

    assert setup.digest() == setups_of(configured)["camera"].digest()


def test_zones_of_a_further_camera_count_as_well() -> None:
    door = {"id": "door", "source": "2"}
    bare = digest_of("camera", vision={"cameras": [door]})

    assert digest_of("camera", vision={"cameras": [door | {"contact_zone": ZONE}]}) != bare


@pytest.mark.parametrize("changed", [{"pin": 27}, {"bridge_s": 8}, {"min_dwell_s": 3}])
def test_a_sensor_that_is_set_up_differently_is_another_one(changed: dict[str, Any]) -> None:
    sensor = {"pin": 17} | changed

    assert digest_of("sensor", served={"sensor": sensor}) != digest_of("sensor")


def test_how_long_a_sensor_may_be_stuck_changes_no_count() -> None:
    patient = {"sensor": {"pin": 17, "stuck_minutes": 60}}

    assert digest_of("sensor", served=patient) == digest_of("sensor")


def test_only_sources_that_see_people_can_be_checked() -> None:
    blind = settings(vision={"mode": "off"}, served={"sensor": None, "manual": {"pin": 24}})

    assert setups_of(blind) == {}
    assert list(setups_of(settings())) == ["camera", "sensor"]


def test_a_contact_is_awaited_for_as_long_as_its_source_takes() -> None:
    slow = setups_of(settings(vision={"min_dwell_s": 3}))

    assert (slow["camera"].late_ms, slow["sensor"].late_ms) == (4_000, 2_500)


def test_a_hash_does_not_depend_on_the_order() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})


def test_the_day_is_that_of_the_site() -> None:
    clock = FakeClock(wall_ms=NIGHT_MS)
    here, there = settings(site={"timezone": "UTC"}), settings(site={"timezone": "Asia/Tokyo"})
    days = (day_of(here, clock), day_of(there, clock))

    assert all(isinstance(day, date) for day in days)
    assert days[0] != days[1]


def test_a_clock_that_cannot_be_trusted_tells_no_day() -> None:
    assert day_of(settings(), FakeClock(trust="estimated")) is None
    assert day_of(settings(), FakeClock(wall_ms=None, trust="unknown")) is None
