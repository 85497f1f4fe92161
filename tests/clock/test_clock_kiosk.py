"""The kiosk watches its clock."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

import agent.kiosk
from agent.clock import SystemClock
from agent.clock.anchor import Reading
from agent.clock.keeper import ClockKeeper
from agent.config.loading import load
from agent.kiosk import Kiosk, Seams
from agent.outbox import Outbox
from agent.testing import FakeClock

YAML = """
device: {{tenant: acme, site: shop, id: till}}
store: {{path: {folder}/outbox.db}}
uplink: {{port: 1}}
runtime_dir: {folder}/run
panel: {{backend: mock, buttons: [{{id: bad, pin: 5}}, {{id: good, pin: 6}}]}}
visit: {{scale: 2}}
screen: {{enabled: false}}
"""
TRUE_MS = 1_795_000_000_000


class FoundTime:
    """A machine in 1970 until somebody finds the time."""

    def __init__(self) -> None:
        self.found = False

    def __call__(self) -> Reading:
        now_ms = time.monotonic_ns() // 1_000_000
        return Reading(now_ms, TRUE_MS + now_ms, 5) if self.found else Reading(now_ms, now_ms, None)


async def test_presses_from_before_the_time_was_known_can_be_dated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kiosk.yaml").write_text(YAML.format(folder=tmp_path), encoding="utf-8")
    machine, looked, looks = FoundTime(), asyncio.Event(), ClockKeeper.look

    def look(keeper: ClockKeeper) -> None:
        looks(keeper)
        (told if machine.found else looked).set()

    told = asyncio.Event()
    monkeypatch.setattr(ClockKeeper, "look", look)
    monkeypatch.setattr("agent.clock.keeper.SEEKING_S", 0.01)
    monkeypatch.setattr(agent.kiosk, "SystemClock", lambda: SystemClock(read=machine))
    stop, factory = asyncio.Event(), MockFactory()
    kiosk = Kiosk(load(tmp_path / "kiosk.yaml"), seams=Seams(factory=factory))
    work = asyncio.create_task(kiosk.run(stop))
    await asyncio.wait_for(looked.wait(), 20)
    machine.found = True
    await asyncio.wait_for(told.wait(), 20)
    stop.set()
    await work
    factory.reset()

    store = Outbox(tmp_path / "outbox.db", source="/a/b/c", clock=FakeClock(), software="1")
    rows = store.take(0, up_to=1 << 62, limit=100)
    store.close()
    corrected = [json.loads(row.data) for row in rows if row.kind == "clock.corrected"]
    assert (rows[0].kind, rows[0].trust) == ("device.started", "unknown")
    assert [found["offset_ms"] for found in corrected] == [TRUE_MS]
