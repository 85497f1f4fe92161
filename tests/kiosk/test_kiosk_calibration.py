"""An installer counts beside the camera: from taps on the page to the count that goes out."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from agent.testing import LocalBroker
from agent.vision.observations import SOCKET_NAME
from agent.vision.zones import Drawn
from tests.kiosk.scene import Centre, Running, next_permit, running, until
from tests.kiosk.till import write_config
from tests.office.staging import HASHES, Caller, calling

CUSTOMERS, UNSEEN = 20, 2
DETECTOR = {"id": "face_short_range-2", "sha256": "3b" * 32}
NOTICE = {"shown": "printed", "attested_by": "manager", "attested_on": "2026-01-01"}
VISION = {"mode": "presence", "min_dwell_s": 0.2, "notice": NOTICE}
DWELL_MS = 220
OFFICE = {"enabled": True, "port": 0, "address": "127.0.0.1", "pins": "office.yaml"}


def configured(folder: Path, *, port: int, **vision: Any) -> Path:
    (folder / "office.yaml").write_text(yaml.safe_dump(HASHES), encoding="utf-8")
    return write_config(
        folder, port=port, vision=VISION | vision, office=OFFICE, screen={"enabled": False}
    )


class Camera:
    """A camera process that sees whom it is told to see."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def say(self, kind: str, **told: Any) -> None:
        line = {"kind": kind, **told}
        self._writer.write(json.dumps(line).encode() + b"\n")

    def see(self, contact: str) -> None:
        """Have seen somebody come, stay for the shortest dwell, and leave just now."""
        known = {"contact": contact, "arrived_ms": now_ms() - DWELL_MS}
        self.say("contact_began", at_ms=now_ms(), **known)
        self.say("contact_left", at_ms=now_ms(), left_ms=now_ms(), **known)


def now_ms() -> int:
    return int(time.monotonic() * 1000)


@asynccontextmanager
async def camera_of(kiosk: Running, folder: Path) -> AsyncIterator[Camera]:
    """Connect a camera process, and wait until it counts."""
    reader, writer = await asyncio.open_unix_connection(folder / "run" / SOCKET_NAME)
    camera = Camera(writer)
    models = {"detector": DETECTOR}
    camera.say("hello", protocol=1, mode="presence", models=models)
    assert await next_permit(reader) is True
    camera.say("camera", at_ms=now_ms(), working=True)
    await until(lambda: kiosk.kiosk.served.registrar.counting == "camera")
    yield camera
    writer.close()


async def count_by_hand(camera: Camera, caller: Caller) -> str:
    """Tap for every customer; the camera does not see the first ones. Returns the page."""
    await caller.sign_in("installer")
    await caller.press("/installer", "count")
    token = await caller.token("/installer")
    await asyncio.sleep(DWELL_MS / 1000)  # who was there before is held against nobody
    for number in range(CUSTOMERS):
        await caller.post("/installer/tap", token=token)
        if number >= UNSEEN:
            camera.see(f"{number:012x}")
    await asyncio.sleep(1.3)  # who is tapped later than that may not have been told of yet
    return (await caller.press("/installer", "finish"))[1]


async def next_count(kiosk: Running, centre: Centre) -> dict[str, Any]:
    """Close an interval in which the camera works throughout; returns what went out."""
    registrar = kiosk.kiosk.served.registrar
    registrar.close_interval()
    known = len(centre.events("served.counted"))
    await asyncio.sleep(0.1)
    registrar.close_interval()
    await until(lambda: len(centre.events("served.counted")) >= known + 1)
    await until(lambda: centre.events("served.counted")[-1].get("counted_by") == "camera")
    return centre.events("served.counted")[-1]


async def test_a_count_by_hand_travels_with_every_count_also_after_a_restart(
    broker: LocalBroker, centre: Centre, tmp_path: Path
) -> None:
    config = configured(tmp_path, port=broker.port)
    async with (
        running(config) as kiosk,
        camera_of(kiosk, tmp_path) as camera,
        calling(kiosk.kiosk.office, tmp_path) as caller,
    ):
        before = await next_count(kiosk, centre)
        page = await count_by_hand(camera, caller)
        first = await next_count(kiosk, centre)
        await until(lambda: centre.events("served.calibrated"))
        await caller.sign_in("manager")
        _, today = await caller.get("/today")
    async with running(config) as kiosk, camera_of(kiosk, tmp_path):
        second = await next_count(kiosk, centre)

    assert "Of 20 customers the camera found 18" in page
    assert "It finds 90 % (70 to 97 %) of the customers" in today
    (event,) = centre.events("served.calibrated")
    assert (event["found"], event["missed"], event["invented"]) == (18, 2, 0)
    assert event["models"] == {"detector": DETECTOR}
    assert "calibration" not in before
    assert first["calibration"] == second["calibration"] == event["calibration"]
    assert event["calibration"]["recall"]["value"] == 0.9


async def test_a_camera_that_is_set_up_anew_is_not_calibrated_any_more(
    broker: LocalBroker, centre: Centre, tmp_path: Path
) -> None:
    async with (
        running(configured(tmp_path, port=broker.port)) as kiosk,
        camera_of(kiosk, tmp_path) as camera,
        calling(kiosk.kiosk.office, tmp_path) as caller,
    ):
        await count_by_hand(camera, caller)
    moved = configured(tmp_path, port=broker.port, distance_m=2.0)
    async with (
        running(moved) as kiosk,
        camera_of(kiosk, tmp_path),
        calling(kiosk.kiosk.office, tmp_path) as caller,
    ):
        counted = await next_count(kiosk, centre)
        await caller.sign_in("installer")
        _, page = await caller.get("/installer")

    assert "calibration" not in counted
    assert "this check does not hold any more" in page


async def test_zones_drawn_on_the_page_end_what_was_calibrated_at_once(
    broker: LocalBroker, tmp_path: Path
) -> None:
    async with (
        running(configured(tmp_path, port=broker.port)) as kiosk,
        camera_of(kiosk, tmp_path) as camera,
        calling(kiosk.kiosk.office, tmp_path) as caller,
    ):
        await count_by_hand(camera, caller)
        assert kiosk.kiosk.calibrator.how("camera") is not None
        zones = kiosk.kiosk._eyes.zones
        left = {"x": 0.0, "y": 0.0, "width": 0.3, "height": 1.0}
        zones.save("main", Drawn.model_validate({"contact_zone": left}))
        assert kiosk.kiosk.calibrator.how("camera") is None
        zones.reset("main")
        assert kiosk.kiosk.calibrator.how("camera") is not None
