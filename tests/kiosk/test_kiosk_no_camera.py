"""No camera for me: from a tap in the system's Chromium to the permit, the page and the broker."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from agent.screen.words import words
from agent.testing import LocalBroker
from agent.vision.observations import SOCKET_NAME
from tests.kiosk.profiles import validate
from tests.kiosk.scene import Centre, Running, running, until
from tests.kiosk.till import write_config
from tests.screen.chromium import ARGUMENTS, CHROMIUM, needs_chromium

EN = words("en").camera
CONTACT = "0123456789ab"
BLANK_S = 1.0
VISION = {"mode": "presence", "min_dwell_s": 0.2, "notice": {"shown": "screen"}}


class Camera:
    """A camera process as the agent sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, **line: Any) -> None:
        self._writer.write(json.dumps(line).encode() + b"\n")

    async def permitted(self, *, granted: bool) -> dict[str, Any]:
        """Wait for a permit, or for its end; returns what was said."""
        async with asyncio.timeout(10):
            while True:
                told: dict[str, Any] = json.loads(await self._reader.readline())
                if told["kind"] == "permit" and told["granted"] == granted:
                    return told

    def see(self, *, arrived_ms: int) -> None:
        now_ms = int(time.monotonic() * 1000)
        self.say(kind="camera", at_ms=now_ms, working=True)
        self.say(kind="contact_began", at_ms=now_ms, contact=CONTACT, arrived_ms=arrived_ms)

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def camera_of(folder: Path) -> AsyncIterator[Camera]:
    reader, writer = await asyncio.open_unix_connection(folder / "run" / SOCKET_NAME)
    camera = Camera(reader, writer)
    camera.say(kind="hello", protocol=1, mode="presence", models={})
    yield camera
    camera.close()


@asynccontextmanager
async def glass(kiosk: Running) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 800, "height": 480})
        await page.goto(kiosk.page)
        yield page
        await browser.close()


@pytest.fixture
def config(tmp_path: Path, broker: LocalBroker) -> Path:
    return write_config(
        tmp_path, port=broker.port, vision=VISION, visit={"join_after_leaving_s": 0.2}
    )


@needs_chromium
async def test_a_tap_closes_the_camera_for_its_time_and_the_customer_is_not_counted(
    config: Path, centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.vision.blanking.BLANK_S", BLANK_S)
    async with running(config) as kiosk, camera_of(tmp_path) as camera, glass(kiosk) as page:
        await expect(page.get_by_text(EN.presence)).to_be_visible()
        await camera.permitted(granted=True)
        camera.see(arrived_ms=int(time.monotonic() * 1000) - 500)
        await until(lambda: kiosk.kiosk.visit._contacts.present == 1)

        await page.get_by_role("button", name=EN.decline).click()
        closed = await camera.permitted(granted=False)
        assert (closed["reason"], closed["forget"]) == ("a customer wants no camera", True)
        await expect(page.get_by_text(EN.presence)).to_have_count(0)
        await expect(page.get_by_role("status")).to_be_visible()

        await camera.permitted(granted=True)
        await expect(page.get_by_text(EN.presence)).to_be_visible()
        camera.say(kind="camera", at_ms=int(time.monotonic() * 1000), working=True)
        await until(lambda: centre.events("contact.ended") and centre.events("camera.declined"))
    await until(lambda: centre.events("device.stopped"))

    (ended,), (declined,) = centre.events("contact.ended"), centre.events("camera.declined")
    assert ended["opted_out"]
    assert declined["times"] == 1
    assert BLANK_S <= declined["span_s"] < 2 * BLANK_S
    assert "contact" not in declined, "it names nobody"
    counted = centre.events("served.counted")[-1]
    assert counted["blanked_s"] >= BLANK_S
    assert counted["counts"] == {"camera": 0}, "the customer is not among those served"
    assert centre.events("device.health")[-1]["camera_declined_s"] >= BLANK_S
    assert centre.events("device.fault") == [], "nobody's failing"
    validate(centre)


@needs_chromium
async def test_presses_count_while_the_camera_is_closed(
    config: Path, centre: Centre, tmp_path: Path
) -> None:
    async with running(config) as kiosk, camera_of(tmp_path) as camera, glass(kiosk) as page:
        await camera.permitted(granted=True)
        await page.get_by_role("button", name=EN.decline).click()
        await camera.permitted(granted=False)
        await kiosk.tap("good")
        await until(lambda: centre.events("rating.given"))

    (rating,) = centre.events("rating.given")
    assert rating["counts"]
    assert rating["flags"] == [], "and nobody says that there was no contact"
    assert len(centre.events("camera.declined")) == 1, "the stop tells what there was of it"
