"""A kiosk without a camera, and somebody before its sensor: from the pin to the broker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.errors import PanelError
from agent.testing import LocalBroker
from tests.kiosk.scene import Centre, Running, running, until
from tests.kiosk.till import write_config

SENSOR, KEY = 17, 24
SERVED: dict[str, Any] = {
    "sensor": {"pin": SENSOR, "min_dwell_s": 0.2, "bridge_s": 0.2},
    "manual": {"pin": KEY},
}


async def stand_before(kiosk: Running) -> None:
    kiosk.factory.pin(SENSOR).drive_high()
    await until(lambda: kiosk.kiosk.served.registrar.counting == "sensor")
    await until(lambda: kiosk.kiosk.visit._contacts.present == 1)


@pytest.fixture
def config(tmp_path: Path, broker: LocalBroker) -> Path:
    return write_config(
        tmp_path,
        port=broker.port,
        served=SERVED,
        visit={"join_after_leaving_s": 0.5},
        screen={"enabled": False},
    )


async def test_an_answer_belongs_to_who_stands_before_the_sensor(
    config: Path, centre: Centre
) -> None:
    async with running(config) as kiosk:
        await stand_before(kiosk)
        await kiosk.tap("good")
        kiosk.factory.pin(SENSOR).drive_low()
        await until(lambda: centre.events("contact.ended"))
    (contact,) = centre.events("contact.ended")
    assert (contact["served_by"], contact["answered"], contact["sentiment"]) == ("sensor", True, 1)


async def test_who_says_nothing_is_counted_as_silent(config: Path, centre: Centre) -> None:
    async with running(config) as kiosk:
        await stand_before(kiosk)
        kiosk.factory.pin(SENSOR).drive_low()
        await until(lambda: centre.events("contact.ended"))
    assert [contact["answered"] for contact in centre.events("contact.ended")] == [False]


async def test_the_end_of_a_run_tells_what_each_source_counted(
    config: Path, centre: Centre
) -> None:
    async with running(config) as kiosk:
        await stand_before(kiosk)
        kiosk.factory.pin(KEY).drive_low()
        await kiosk.tap("good")
        kiosk.factory.pin(KEY).drive_high()
    await until(lambda: centre.events("served.counted"))
    (counted,) = centre.events("served.counted")
    assert counted["counts"] == {"sensor": 1, "manual": 1}
    assert counted["counted_by"] == "sensor"


async def test_a_sensor_whose_pin_is_taken_is_a_fault_and_presses_count(
    config: Path, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PanelError("pin 17 cannot be used for the sensor: it is taken")

    monkeypatch.setattr("agent.served.sources.Sensor", fail)
    async with running(config) as kiosk:
        await kiosk.tap("good")
        await until(lambda: centre.events("rating.given") and centre.events("device.fault"))
    assert [fault["part"] for fault in centre.events("device.fault")] == ["sensor"]
