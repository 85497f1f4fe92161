"""The profiles of buttons alone and of loyalty, as they stand, from the press to the broker."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from agent.testing import LocalBroker
from agent.vision.observations import SOCKET_NAME
from tests.kiosk.profiles import PROFILES, press_good, validate, write_profile
from tests.kiosk.scene import Centre, running, until

CONTACT = "0123456789ab"


async def test_start_counts_answers_of_respondents(
    broker: LocalBroker, centre: Centre, tmp_path: Path
) -> None:
    async with running(write_profile(PROFILES / "start.yaml", tmp_path, port=broker.port)) as kiosk:
        await press_good(kiosk)
        await until(lambda: centre.events("rating.given"))
    (rating,) = centre.events("rating.given")
    assert (rating["key"], rating["value"], rating["scale"]) == ("good", 4, 5)
    assert rating["counts"]
    assert "contact" not in rating, "nobody counts who was served"
    assert centre.events("device.fault") == []
    validate(centre)


async def test_loyalty_ties_the_answer_to_who_stands_before_the_camera(
    broker: LocalBroker, centre: Centre, tmp_path: Path
) -> None:
    async with running(
        write_profile(PROFILES / "loyalty.yaml", tmp_path, port=broker.port)
    ) as kiosk:
        _, camera = await asyncio.open_unix_connection(tmp_path / "run" / SOCKET_NAME)
        kiosk.kiosk.watcher.notice_painted()
        seen_ms = int(time.monotonic() * 1000)
        await asyncio.sleep(1.7)  # a contact stays 1.5 s before it is believed to be one
        now_ms = int(time.monotonic() * 1000)
        presence = {"contact": CONTACT, "arrived_ms": seen_ms}
        _say(camera, kind="hello", protocol=1, mode="smile", models={})
        _say(camera, kind="camera", at_ms=now_ms, working=True)
        _say(camera, kind="contact_began", at_ms=now_ms, **presence)
        await until(lambda: kiosk.kiosk.served.registrar.counting == "camera")
        await press_good(kiosk)
        left_ms = int(time.monotonic() * 1000)
        _say(camera, kind="contact_left", at_ms=left_ms, left_ms=left_ms, **presence)
        await until(lambda: centre.events("contact.ended"))
        camera.close()
    (ended,) = centre.events("contact.ended")
    assert (ended["contact"], ended["answered"], ended["sentiment"]) == (CONTACT, True, 1)
    assert centre.events("rating.given")[0]["contact"] == CONTACT
    assert centre.events("notice.shown")[0]["mode"] == "smile"
    validate(centre)


def _say(camera: asyncio.StreamWriter, **line: Any) -> None:
    camera.write(json.dumps(line).encode() + b"\n")
