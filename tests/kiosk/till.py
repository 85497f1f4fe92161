"""A till with staff: buttons, a light, a bell, a roster, and settling that a test can wait for."""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path
from typing import Any

import pytest
import yaml
from gpiozero.pins.mock import MockFactory

from agent.staff.heard import Pace
from agent.staff.pin import hash_pin
from tests.kiosk.scene import PINS, Centre, Running, until

LIGHT, BELL = 22, 23
WINDOW_S = 0.5
SETTLE_MS = 300
HERON, WREN = "1323", "3211"


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers settle in 0.3 s instead of 15 s."""
    quick = functools.partial(Pace, settle_ms=SETTLE_MS)
    monkeypatch.setattr("agent.staff.alerts.Pace", quick)


def write_config(folder: Path, *, port: int, **sections: dict[str, Any]) -> Path:
    """Write the configuration; `sections` change what they name."""
    lights = {"bad": 12, "neutral": 16, "good": 20}
    buttons = [{"id": key, "pin": pin, "light": lights[key]} for key, pin in PINS.items()]
    settings: dict[str, Any] = {
        "device": {"tenant": "acme", "site": "shop", "id": "till"},
        "store": {"path": str(folder / "outbox.db")},
        "uplink": {"port": port, "reconnect_max_s": 0.2},
        "runtime_dir": str(folder / "run"),
        "panel": {"backend": "mock", "buttons": buttons},
        "visit": {
            "scale": 3,
            "repeat_window_s": WINDOW_S,
            "repeat_window_crowd_s": WINDOW_S,
            "thanks_s": 0.5,
        },
        "screen": {"port": 0},
        "alerts": {"least": 3, "quiet_minutes": 0, "light_pin": LIGHT, "relay_pin": BELL},
        "staff": {"file": "staff.yaml", "pin_digits": 4, "hold": ["bad", "good"], "hold_s": 2},
    }
    for name, section in sections.items():
        settings[name] = settings.get(name, {}) | section
    path = folder / "kiosk.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    write_roster(folder / "staff.yaml")
    return path


def write_roster(path: Path) -> None:
    """Write the file of who can sign on."""
    pins = {"heron": HERON, "wren": WREN}
    sellers = [{"seller": name, "pin": str(hash_pin(pin))} for name, pin in pins.items()]
    path.write_text(yaml.safe_dump({"sellers": sellers}), encoding="utf-8")


def alerts(centre: Centre) -> list[dict[str, Any]]:
    """Return the `alert.*` events that reached the broker, in order."""
    return [message for topic, message, _ in centre.messages if topic.endswith("/alert")]


def of_kind(centre: Centre, kind: str) -> list[dict[str, Any]]:
    """Return the data of one kind of `alert.*` event."""
    return [e["data"] for e in alerts(centre) if e["type"] == f"smilepost.alert.{kind}.v1"]


def switched(factory: MockFactory, pin: int) -> list[bool]:
    """Return how an output was switched since it was opened, each state once."""
    states = [bool(state) for _, state in factory.pin(pin).states]
    return [now for before, now in zip([False, *states], states, strict=False) if before != now]


async def press_apart(till: Running, *keys: str) -> None:
    """Press as that many customers, one behind the other."""
    for key in keys:
        await till.tap(key)
        await asyncio.sleep(WINDOW_S + 0.1)


async def hold(till: Running) -> None:
    """Hold the two outermost keys until they are digits, and let go."""
    left, right = (till.factory.pin(PINS[key]) for key in ("bad", "good"))
    left.drive_low()
    await asyncio.sleep(0.15)
    right.drive_low()
    await asyncio.sleep(2.3)
    left.drive_high()
    right.drive_high()
    await asyncio.sleep(0.05)


async def enter(till: Running, pin: str) -> None:
    """Press the digits of a PIN: 1 is the worst answer's key."""
    for digit in pin:
        line = till.factory.pin(list(PINS.values())[int(digit) - 1])
        line.drive_low()
        await asyncio.sleep(0.04)
        line.drive_high()
        await asyncio.sleep(0.06)


async def sign_on(till: Running, pin: str = HERON) -> None:
    """Sign on by the buttons."""
    await hold(till)
    await enter(till, pin)
    await until(lambda: till.kiosk.post.duty.shift)
