"""What a kiosk does at intervals: its health is told, and chores end with it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from agent import pulse as pulses
from agent.clock import SystemClock
from agent.config.loading import load
from agent.events.catalogue import DeviceHealth
from agent.ground import Ground, lay_ground
from agent.outbox.views import Reader
from agent.pulse import Pulse
from agent.testing import FakeClock, LeapingLoop


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    settings = {
        "device": {"tenant": "acme", "site": "shop", "id": "till"},
        "store": {"path": str(tmp_path / "outbox.db")},
    }
    config = tmp_path / "kiosk.yaml"
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    laid = lay_ground(load(config), clock=SystemClock(), crash_point=lambda _point: None)
    yield laid
    laid.outbox.close()


@pytest.fixture
def loop() -> Iterator[LeapingLoop]:
    made = LeapingLoop(FakeClock())
    yield made
    made.close()


def healths(ground: Ground) -> list[DeviceHealth]:
    """Return what the store holds once it is closed."""
    ground.outbox.close()
    with closing(Reader(Path(ground.settings.store.path))) as reader:
        found = reader.dated("device.health", limit=100)
    return [DeviceHealth.model_validate_json(data) for *_, data in found]


def test_the_health_tells_the_presses_of_this_run(ground: Ground, loop: LeapingLoop) -> None:
    async def tell() -> None:
        Pulse(ground, presses=Counter(good=2)).tell_health()

    loop.run_until_complete(tell())
    (health,) = healths(ground)
    assert health.presses == {"good": 2}
    assert health.resident_mb > 1


def test_the_health_is_told_every_five_minutes(
    ground: Ground, loop: LeapingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulses, "REQUESTS_S", 10_000.0)

    async def an_hour() -> None:
        pulse = Pulse(ground, presses={})
        pulse.start()
        await asyncio.sleep(3601.0)
        pulse.stop()

    loop.run_until_complete(an_hour())
    assert len(healths(ground)) == 12


def test_chores_end_with_it(ground: Ground, loop: LeapingLoop) -> None:
    done: list[float] = []

    async def work() -> None:
        pulse = Pulse(ground, presses={})
        pulse.repeat(lambda: done.append(loop.time()), every_s=10.0)
        await asyncio.sleep(35.0)
        pulse.stop()
        await asyncio.sleep(100.0)

    loop.run_until_complete(work())
    assert len(done) == 3
