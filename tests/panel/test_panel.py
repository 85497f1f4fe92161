"""The panel on gpiozero's mock pins: real devices, real callbacks, no Pi."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from agent.errors import PanelError
from agent.panel import Panel, PanelEvents, pin_factory
from agent.panel.pins import EdgeInput, trusted_ticks
from agent.panel.settings import ButtonSettings, PanelSettings
from agent.testing.pins import HeldFactory

SETTINGS = PanelSettings(
    backend="mock",
    buttons=(
        ButtonSettings(id="bad", pin=5, light=12),
        ButtonSettings(id="good", pin=6, light=16, pull="down"),
    ),
    buzzer=18,
)


class Heard:
    """What the panel told."""

    def __init__(self) -> None:
        self.presses: list[tuple[str, float]] = []
        self.others: list[tuple[str, ...]] = []
        self.releases: list[tuple[str, float]] = []

    def events(self) -> PanelEvents:
        return PanelEvents(
            pressed=lambda key, at_s: self.presses.append((key, at_s)),
            stuck=lambda key, _at_s: self.others.append(("stuck", key)),
            freed=lambda key, _at_s: self.others.append(("freed", key)),
            fault=lambda part, fact: self.others.append(("fault", part, fact)),
            released=lambda key, at_s: self.releases.append((key, at_s)),
        )

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.presses]


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.reset()


async def test_a_press_is_heard_once_and_dated_by_its_edge(factory: MockFactory) -> None:
    heard = Heard()
    panel = Panel(SETTINGS, factory=factory, events=heard.events())
    panel.start()
    before_s = time.monotonic()
    factory.pin(5).drive_low()
    after_s = time.monotonic()
    await asyncio.sleep(0.03)
    factory.pin(5).drive_high()
    await asyncio.sleep(0.03)
    panel.close()

    ((key, at_s),) = heard.presses
    assert key == "bad"
    assert before_s <= at_s <= after_s
    ((released, later_s),) = heard.releases
    assert released == "bad"
    assert later_s > at_s


async def test_a_button_that_pulls_up_is_pressed_by_a_high_level(factory: MockFactory) -> None:
    heard = Heard()
    panel = Panel(SETTINGS, factory=factory, events=heard.events())
    panel.start()
    factory.pin(6).drive_high()
    await asyncio.sleep(0.03)
    panel.close()

    assert heard.keys == ["good"]


async def test_edges_from_another_thread_are_handed_to_the_loop(factory: MockFactory) -> None:
    heard = Heard()
    panel = Panel(SETTINGS, factory=factory, events=heard.events())
    panel.start()
    press = threading.Thread(target=factory.pin(5).drive_low)
    press.start()
    press.join()
    await asyncio.sleep(0.03)
    panel.close()

    assert heard.keys == ["bad"]


async def test_a_button_held_at_the_start_is_stuck_and_works_again_when_freed() -> None:
    heard, held = Heard(), HeldFactory(high=False)
    panel = Panel(SETTINGS, factory=held, events=heard.events())
    panel.start()
    assert ("stuck", "bad") in heard.others

    held.pin(5).drive_high()
    await asyncio.sleep(0.04)
    assert ("freed", "bad") in heard.others
    held.pin(5).drive_low()
    await asyncio.sleep(0.03)
    panel.close()

    assert heard.keys == ["bad"]


async def test_a_pin_that_cannot_be_used_is_a_fault_and_the_others_work(
    factory: MockFactory,
) -> None:
    other = EdgeInput(5, pull="up", factory=factory, on_edge=lambda _at, _pressed: None)
    heard = Heard()
    panel = Panel(SETTINGS, factory=factory, events=heard.events())
    panel.start()
    factory.pin(6).drive_high()
    await asyncio.sleep(0.03)

    assert [o[:2] for o in heard.others] == [("fault", "button:bad")]
    assert heard.keys == ["good"]
    panel.close()
    other.close()


async def test_all_lights_answer_every_press_together(factory: MockFactory) -> None:
    panel = Panel(SETTINGS, factory=factory, events=Heard().events())
    panel.start()

    panel.signals.acknowledge(durable=True)

    assert [bool(factory.pin(n).state) for n in (12, 16, 18)] == [True, True, True]
    panel.close()
    assert [bool(factory.pin(n).state) for n in (12, 16, 18)] == [False, False, False]


def test_a_callback_that_raises_does_not_silence_the_panel(factory: MockFactory) -> None:
    heard: list[bool] = []

    def fail_once(_at_s: float, pressed: bool) -> None:  # noqa: FBT001 - an edge handler
        heard.append(pressed)
        if len(heard) == 1:
            raise RuntimeError("a bug")

    button = EdgeInput(5, pull="up", factory=factory, on_edge=fail_once)
    factory.pin(5).drive_low()
    factory.pin(5).drive_high()
    factory.pin(5).drive_low()

    assert heard == [True, False, True]
    button.close()


def test_ticks_of_another_clock_are_not_believed() -> None:
    assert trusted_ticks(99.9, 100.0) == 99.9
    assert trusted_ticks(1_795_000_000.0, 100.0) == 100.0


def test_looking_for_pins_does_not_change_the_working_directory(tmp_path: Path) -> None:
    code = (
        "import os; from agent.errors import PanelError; from agent.panel import pin_factory\n"
        "before = os.getcwd()\n"
        "try: pin_factory('lgpio')\n"
        "except PanelError: pass\n"
        "print(os.getcwd() == before)"
    )
    environment = {**os.environ, "LG_WD": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True
    )

    assert ran.stdout.strip() == b"True"


def test_a_machine_without_pins_says_so_in_one_line() -> None:
    with pytest.raises(PanelError) as caught:
        pin_factory("lgpio")

    assert "\n" not in str(caught.value)
    assert "gpio" in str(caught.value).lower()
