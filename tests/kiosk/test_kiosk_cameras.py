"""A kiosk with two cameras: both count, and one that is gone counts for neither."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.testing import LocalBroker
from agent.vision.observations import SOCKET_NAME
from tests.kiosk.profiles import validate
from tests.kiosk.scene import Centre, next_permit, running, until
from tests.kiosk.till import write_config

PRINTED = {"shown": "printed", "attested_by": "manager", "attested_on": "2026-01-01"}
VISION = {
    "mode": "presence",
    "min_dwell_s": 0.2,
    "notice": PRINTED,
    "cameras": [{"id": "desk", "source": "rtsp://192.0.2.1/stream1"}],
}
HERE, THERE = "00000000000a", "00000000000b"


class Camera:
    """A camera's process, as the agent sees it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def say(self, kind: str, **line: Any) -> None:
        told = {"kind": kind, "at_ms": int(time.monotonic() * 1000), **line}
        self._writer.write(json.dumps(told).encode() + b"\n")

    def see(self, contact: str) -> int:
        arrived_ms = int(time.monotonic() * 1000) - 500
        self.say("contact_began", contact=contact, arrived_ms=arrived_ms)
        return arrived_ms

    def lose(self, contact: str, arrived_ms: int) -> None:
        left_ms = int(time.monotonic() * 1000)
        self.say("contact_left", contact=contact, arrived_ms=arrived_ms, left_ms=left_ms)

    def go(self) -> None:
        self._writer.close()


@asynccontextmanager
async def camera_of(folder: Path, name: str) -> AsyncIterator[Camera]:
    reader, writer = await asyncio.open_unix_connection(folder / "run" / SOCKET_NAME)
    hello = {"kind": "hello", "camera": name, "protocol": 1, "mode": "presence", "models": {}}
    writer.write(json.dumps(hello).encode() + b"\n")
    assert await next_permit(reader)
    camera = Camera(writer)
    camera.say("camera", working=True)
    yield camera
    camera.go()


@pytest.fixture
def config(tmp_path: Path, broker: LocalBroker) -> Path:
    return write_config(
        tmp_path, port=broker.port, vision=VISION, visit={"join_after_leaving_s": 0.1}
    )


async def test_customers_before_either_camera_are_contacts(
    config: Path, centre: Centre, tmp_path: Path
) -> None:
    async with (
        running(config) as till,
        camera_of(tmp_path, "main") as main,
        camera_of(tmp_path, "desk") as desk,
    ):
        await until(lambda: till.kiosk.served.registrar.counting == "camera")
        here, there = main.see(HERE), desk.see(THERE)
        await until(lambda: till.kiosk.visit._contacts.present == 2)
        main.lose(HERE, here)
        desk.lose(THERE, there)
        await until(lambda: len(centre.events("contact.ended")) == 2)
    await until(lambda: centre.events("device.stopped"))

    assert {ended["contact"] for ended in centre.events("contact.ended")} == {HERE, THERE}
    assert centre.events("served.counted")[-1]["counts"] == {"camera": 2}
    validate(centre)


async def test_while_one_camera_is_gone_nobody_is_counted_and_presses_are(
    config: Path, centre: Centre, tmp_path: Path
) -> None:
    async with (
        running(config) as till,
        camera_of(tmp_path, "main") as main,
        camera_of(tmp_path, "desk") as desk,
    ):
        await until(lambda: till.kiosk.served.registrar.counting == "camera")
        main.see(HERE)
        desk.see(THERE)
        await until(lambda: till.kiosk.visit._contacts.present == 2)
        desk.go()
        await until(lambda: till.kiosk.served.registrar.counting is None)
        assert till.kiosk.visit._contacts.present == 0
        await till.tap("good")
        async with camera_of(tmp_path, "desk"):
            await until(lambda: till.kiosk.served.registrar.counting == "camera")
            await until(lambda: till.kiosk.visit._contacts.present == 1)
            await until(lambda: len(centre.events("device.fault")) == 2)
    await until(lambda: centre.events("device.stopped"))

    assert [(fault["part"], fault["state"]) for fault in centre.events("device.fault")] == [
        ("vision:desk", "raised"),
        ("vision:desk", "cleared"),
    ]
    (rating,) = centre.events("rating.given")
    assert (rating["counts"], rating["flags"]) == (True, []), "nobody says that none was there"
    ended = [event["contact"] for event in centre.events("contact.ended")]
    assert {HERE, THERE} < set(ended)
    assert len(set(ended)) == len(ended) == 3, "who stayed is a contact anew, by another name"
    validate(centre)
