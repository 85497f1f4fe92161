"""The light at the counter and the relay: a pin that fails is a fault and nothing more."""

from __future__ import annotations

import asyncio
import logging

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory

from agent.staff import lamps as staff_lamps
from agent.staff.lamps import Lamps
from agent.staff.settings import AlertSettings

BOTH = AlertSettings(light_pin=22, relay_pin=23)


class Reports:
    """What was reported, part by part."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}

    def __call__(self, part: str, fact: str) -> None:
        assert part not in self.facts
        self.facts[part] = fact


def test_light_and_relay_are_switched_each_by_its_own_pin() -> None:
    factory, reports = MockFactory(), Reports()
    lamps = Lamps(BOTH, factory=factory, report=reports)

    lamps.light(on=True)
    assert (factory.pin(22).state, factory.pin(23).state) == (1, 0)
    lamps.light(on=False)
    lamps.relay(on=True)
    assert (factory.pin(22).state, factory.pin(23).state) == (0, 1)
    assert reports.facts == {}


def test_closing_switches_everything_off() -> None:
    factory = MockFactory()
    lamps = Lamps(BOTH, factory=factory, report=Reports())
    lamps.light(on=True)
    lamps.close()

    assert [bool(s) for _, s in factory.pin(22).states][-1] is False
    OutputDevice(22, pin_factory=factory).close()  # the pin is free again


def test_without_pins_to_it_nothing_is_switched_or_reported() -> None:
    reports = Reports()
    lamps = Lamps(AlertSettings(), factory=None, report=reports)
    lamps.light(on=True)
    lamps.relay(on=True)

    assert reports.facts == {}


def test_a_machine_without_pins_says_so() -> None:
    reports = Reports()
    Lamps(BOTH, factory=None, report=reports)

    assert set(reports.facts) == {"alert_light", "alert_relay"}


def test_a_pin_that_is_taken_is_reported_and_the_other_works() -> None:
    factory, reports = MockFactory(), Reports()
    holder = OutputDevice(22, pin_factory=factory)
    lamps = Lamps(BOTH, factory=factory, report=reports)
    lamps.light(on=True)
    lamps.relay(on=True)

    assert list(reports.facts) == ["alert_light"]
    assert factory.pin(23).state == 1
    holder.close()


def test_a_pin_that_fails_later_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    factory, reports = MockFactory(), Reports()
    lamps = Lamps(BOTH, factory=factory, report=reports)

    def unplugged(_self: object, _state: object) -> None:
        raise RuntimeError("bad handle")

    monkeypatch.setattr(type(factory.pin(22)), "_set_state", unplugged)
    lamps.light(on=True)
    lamps.light(on=False)

    assert "bad handle" in reports.facts["alert_light"]


async def test_what_is_tried_is_switched_over_and_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(staff_lamps, "TRIED_S", 0.01)
    caplog.set_level(logging.INFO)
    factory = MockFactory()
    lamps = Lamps(BOTH, factory=factory, report=Reports())
    lamps.light(on=True)

    assert lamps.try_out("alert_light")
    assert lamps.try_out("alert_relay")
    assert (factory.pin(22).state, factory.pin(23).state) == (0, 1)
    await asyncio.sleep(0.05)
    assert (factory.pin(22).state, factory.pin(23).state) == (1, 0)
    assert [record.getMessage() for record in caplog.records] == [
        "alert_light on pin 22 is tried",
        "alert_relay on pin 23 is tried",
    ]
    lamps.close()


async def test_an_alert_during_a_trial_shows_when_that_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staff_lamps, "TRIED_S", 0.01)
    factory = MockFactory()
    lamps = Lamps(BOTH, factory=factory, report=Reports())
    lamps.try_out("alert_relay")
    lamps.relay(on=True)
    lamps.try_out("alert_relay")
    await asyncio.sleep(0.05)

    assert factory.pin(23).state == 1
    lamps.close()


async def test_a_trial_ends_with_the_kiosk() -> None:
    factory = MockFactory()
    lamps = Lamps(BOTH, factory=factory, report=Reports())
    lamps.try_out("alert_light")
    lamps.close()

    assert not lamps.try_out("alert_light")
    assert bool(factory.pin(22).states[-1].state) is False


def test_what_is_not_configured_cannot_be_tried() -> None:
    lamps = Lamps(AlertSettings(), factory=MockFactory(), report=Reports())

    assert (dict(lamps.pins), lamps.working) == ({}, frozenset())
    assert not lamps.try_out("alert_relay")
