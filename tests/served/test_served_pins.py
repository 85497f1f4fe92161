"""A sensor and a staff's key on gpiozero's mock pins."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from gpiozero.pins.mock import MockFactory

from agent.errors import PanelError
from agent.events.catalogue import EventData, ServedCounted
from agent.served import pins
from agent.served.pins import Sensor, StaffKey
from agent.served.registrar import Registrar
from agent.served.settings import ManualSettings, SensorSettings
from agent.served.tally import Source
from agent.testing.pins import HeldFactory
from agent.visit.ledger import SeenBy

SENSOR = SensorSettings(pin=17, min_dwell_s=0.2, bridge_s=0.2)
KEY = ManualSettings(pin=22)


class Shop:
    """One registrar with both sources, and what came of it."""

    def __init__(self, factory: MockFactory) -> None:
        self.factory = factory
        self.told: list[str] = []
        self.kept: list[EventData] = []
        self.faults: list[str] = []
        self.registrar = Registrar(
            ("sensor", "manual"),
            visitors=self,
            keep=self.kept.append,
            now_ms=lambda: round(asyncio.get_running_loop().time() * 1000),
        )

    def watch(self, *, on: bool) -> None:
        self.told.append("seeing" if on else "blind")

    def arrive(self, _contact: str, *, arrived_ms: int, seen_by: SeenBy) -> None:
        assert arrived_ms > 0
        self.told.append(f"came by {seen_by}")

    def leave(self, _contact: str, *, left_ms: int) -> None:
        assert left_ms > 0
        self.told.append("went")

    async def until_told(self, *told: str) -> None:
        """Wait until just this was told, in this order."""
        async with asyncio.timeout(10):
            while self.told != list(told):  # noqa: ASYNC110 - a pin tells nobody
                await asyncio.sleep(0.01)

    def sensor(self, settings: SensorSettings = SENSOR) -> Sensor:
        return Sensor(
            settings,
            factory=self.factory,
            desk=self.registrar.desk("sensor"),
            report=lambda part, _fact: self.faults.append(f"{part} raised"),
            clear=lambda part, _fact: self.faults.append(f"{part} cleared"),
        )

    def key(self) -> StaffKey:
        return StaffKey(
            KEY,
            factory=self.factory,
            desk=self.registrar.desk("manual"),
            report=lambda part, _fact: self.faults.append(f"{part} raised"),
            clear=lambda part, _fact: self.faults.append(f"{part} cleared"),
        )

    def counts(self) -> dict[Source, int]:
        self.registrar.close_interval()
        event = self.kept.pop()
        assert isinstance(event, ServedCounted)
        return dict(event.counts)


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.reset()


async def test_somebody_before_the_sensor_is_a_contact(factory: MockFactory) -> None:
    shop = Shop(factory)
    sensor = shop.sensor()
    factory.pin(17).drive_high()
    await shop.until_told("seeing", "came by sensor")
    factory.pin(17).drive_low()
    await shop.until_told("seeing", "came by sensor", "went")
    sensor.close()
    assert shop.counts() == {"sensor": 1, "manual": 0}


async def test_somebody_there_at_the_start_is_seen() -> None:
    shop = Shop(HeldFactory(high=True))
    sensor = shop.sensor()
    await shop.until_told("seeing", "came by sensor")
    sensor.close()


async def test_an_open_collector_is_active_low(factory: MockFactory) -> None:
    shop = Shop(factory)
    sensor = shop.sensor(SENSOR.model_copy(update={"active": "low"}))
    factory.pin(17).drive_low()
    await shop.until_told("seeing", "came by sensor")
    sensor.close()


async def test_a_sensor_that_never_lets_go_is_not_believed(
    factory: MockFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "MINUTE_MS", 400)
    monkeypatch.setattr(pins, "LOOK_S", 0.05)
    shop = Shop(factory)
    sensor = shop.sensor(SENSOR.model_copy(update={"stuck_minutes": 1}))
    factory.pin(17).drive_high()
    await shop.until_told("seeing", "came by sensor", "went", "blind")
    factory.pin(17).drive_low()
    await shop.until_told("seeing", "came by sensor", "went", "blind", "seeing")
    sensor.close()
    assert shop.faults == ["sensor raised", "sensor cleared"]


async def test_every_press_of_the_staffs_key_is_one_customer(factory: MockFactory) -> None:
    shop = Shop(factory)
    key = shop.key()
    for _ in range(3):
        factory.pin(22).drive_low()
        await asyncio.sleep(0.03)
        factory.pin(22).drive_high()
        await asyncio.sleep(0.05)
    key.close()
    assert shop.counts() == {"sensor": 0, "manual": 3}
    assert shop.told == []


async def test_a_key_held_at_the_start_does_not_count_until_it_is_let_go() -> None:
    shop = Shop(held := HeldFactory(high=False))
    key = shop.key()
    assert shop.faults == ["staff_key raised"]
    held.pin(22).drive_high()
    async with asyncio.timeout(10):
        while shop.faults != ["staff_key raised", "staff_key cleared"]:  # noqa: ASYNC110 - a pin
            await asyncio.sleep(0.01)
    key.close()
    assert shop.counts() == {"sensor": 0, "manual": 0}


async def test_a_pin_that_cannot_be_used_names_the_sensor(factory: MockFactory) -> None:
    shop = Shop(factory)
    sensor = shop.sensor()
    with pytest.raises(PanelError, match="pin 17 cannot be used for the sensor"):
        shop.sensor()
    sensor.close()
