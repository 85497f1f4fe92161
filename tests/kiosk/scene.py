"""A kiosk at work on mock pins, hands that press its buttons, and the centre that hears of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gpiozero.pins.mock import MockFactory
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.config.loading import load
from agent.kiosk import Kiosk, Seams

PINS = {"bad": 5, "neutral": 6, "good": 13}


class Centre:
    """A subscriber that keeps everything it gets."""

    def __init__(self, port: int, *, name: str = "centre") -> None:
        self.messages: list[tuple[str, dict[str, Any], bool]] = []
        self._client = Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5, client_id=name
        )
        self._client.on_message = self._keep
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("smilepost/v1/#", qos=1)
        self._client.loop_start()

    def _keep(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        self.messages.append((message.topic, json.loads(message.payload), message.retain))

    def events(self, kind: str) -> list[dict[str, Any]]:
        """In the order they were written: what is written before the connection comes later."""
        told = [m for topic, m, _ in self.messages if topic.endswith(f"/event/{kind}")]
        epochs = list(dict.fromkeys(m["epoch"] for m in told))
        told.sort(key=lambda m: (epochs.index(m["epoch"]), m["sequence"]))
        return [m["data"] for m in told]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


async def until(condition: Callable[[], object], *, within_s: float = 10.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        await asyncio.sleep(0.01)


async def next_permit(reader: asyncio.StreamReader) -> bool:
    """What the next permit says that a camera process hears; other words are passed over."""
    async with asyncio.timeout(10):
        while True:
            word = json.loads(await reader.readline())
            if word["kind"] == "permit":
                return bool(word["granted"])


class Running:
    """A kiosk at work, with the hands that press its buttons."""

    def __init__(self, kiosk: Kiosk, factory: MockFactory) -> None:
        self.kiosk = kiosk
        self.factory = factory

    async def tap(self, key: str) -> None:
        """Press, wait for the light as a person does, release."""
        pin = self.factory.pin(PINS[key])
        given = sum(self.kiosk.visit.presses.values())
        pin.drive_low()
        await until(lambda: sum(self.kiosk.visit.presses.values()) > given)
        await until(lambda: self.factory.pin(12).state)
        pin.drive_high()
        await asyncio.sleep(0.03)

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.kiosk.screen.port}"


@asynccontextmanager
async def running(config: Path) -> AsyncIterator[Running]:
    factory, stop, ready = MockFactory(), asyncio.Event(), asyncio.Event()
    kiosk = Kiosk(load(config), seams=Seams(factory=factory))
    work = asyncio.create_task(kiosk.run(stop, on_ready=ready.set))
    await asyncio.wait(
        [asyncio.create_task(ready.wait()), work], return_when=asyncio.FIRST_COMPLETED
    )
    try:
        yield Running(kiosk, factory)
    finally:
        stop.set()
        await work
        factory.reset()
