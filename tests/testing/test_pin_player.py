"""The pin player against the real panel: what it plays arrives as presses."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest
from gpiozero.pins.mock import MockFactory

from agent.panel import Panel, PanelEvents
from agent.panel.settings import PanelSettings
from agent.testing import PinPlayer
from agent.testing.pins import STALL_S

SETTINGS = PanelSettings.model_validate(
    {
        "backend": "mock",
        "buttons": [
            {"id": "bad", "pin": 5, "light": 12},
            {"id": "good", "pin": 6, "light": 16, "pull": "down"},
        ],
        "buzzer": 18,
    }
)


class Desk:
    """A panel, the fingers on it, and what it told."""

    def __init__(self) -> None:
        self.pressed: list[str] = []
        self.stuck: list[str] = []
        self.heard = asyncio.Event()
        factory = MockFactory()
        events = PanelEvents(
            pressed=self._press,
            stuck=lambda key, _at: self.stuck.append(key),
            freed=lambda _key, _at: None,
            fault=lambda part, fact: pytest.fail(f"{part}: {fact}"),
        )
        self.panel = Panel(SETTINGS, factory=factory, events=events)
        self.player = PinPlayer(factory, SETTINGS)
        self.panel.start()

    async def settle(self, presses: int) -> None:
        while len(self.pressed) < presses:
            self.heard.clear()
            await asyncio.wait_for(self.heard.wait(), 10)
        await asyncio.sleep(0.05)  # one press too many would come now

    def _press(self, key: str, _at_s: float) -> None:
        self.pressed.append(key)
        self.heard.set()


@pytest.mark.parametrize("key", ["bad", "good"])
@pytest.mark.parametrize("bouncing", [True, False])
async def test_a_tap_is_one_press_whatever_the_wiring(key: str, *, bouncing: bool) -> None:
    desk = Desk()
    await asyncio.to_thread(desk.player.tap, key, bouncing=bouncing)
    await desk.settle(1)
    assert desk.pressed == [key]
    desk.panel.close()


async def test_a_key_is_pressed_until_it_is_released() -> None:
    desk = Desk()
    desk.player.press("good")
    await desk.settle(1)
    desk.player.press("good")  # it is down already: no second press
    desk.player.release("good")
    await desk.settle(1)
    assert desk.pressed == ["good"]
    desk.panel.close()


async def test_lights_and_thanks_can_be_seen() -> None:
    desk = Desk()
    assert (desk.player.light("bad"), desk.player.thanks()) == (False, 0)
    desk.panel.signals.acknowledge(durable=True)
    assert desk.player.light("bad")
    assert desk.player.light("good")
    desk.panel.signals.acknowledge(durable=True)
    assert desk.player.thanks() == 2
    desk.panel.close()
    assert not desk.player.light("bad")


async def test_it_knows_whether_somebody_listens() -> None:
    desk = Desk()
    assert desk.player.listening
    desk.panel.close()
    assert not desk.player.listening


def test_a_panel_without_lights_shows_none() -> None:
    bare = PanelSettings.model_validate(
        {"buttons": [{"id": "bad", "pin": 5}, {"id": "good", "pin": 6}]}
    )
    player = PinPlayer(MockFactory(), bare)
    assert not player.light("bad")
    assert player.thanks() == 0
    assert player.keys == ("bad", "good")


def test_an_unknown_button_is_named_with_those_that_exist() -> None:
    with pytest.raises(KeyError, match="no button best: there are bad, good"):
        PinPlayer(MockFactory(), SETTINGS).press("best")


def test_a_bounce_ends_at_the_level_asked_for() -> None:
    pauses: list[float] = []
    factory = MockFactory()
    player = PinPlayer(factory, SETTINGS, sleep=pauses.append)
    player.bounce("good", closed=True)
    assert factory.pin(6).state == 1
    player.bounce("good", closed=False)
    assert factory.pin(6).state == 0
    assert len(pauses) == 8
    assert max(pauses) < 0.005, "it must settle within the confirmation time"


def test_a_bounce_held_up_by_the_machine_is_no_second_press() -> None:
    factory = MockFactory()
    player = PinPlayer(factory, SETTINGS, sleep=lambda _seconds: time.sleep(2 * STALL_S))
    player.bounce("good", closed=True)
    levels = [bool(state) for _, state in factory.pin(6).states]
    changes = sum(before != now for before, now in pairwise(levels))
    assert changes == 1
