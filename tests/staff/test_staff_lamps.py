"""The light at the counter and the relay: a pin that fails is a fault and nothing more."""

from __future__ import annotations

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory

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
