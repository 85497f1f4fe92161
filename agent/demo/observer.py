"""The demo's own subscriber: hands every message to the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.uplink.topics import PREFIX

HOST = "127.0.0.1"
SUBSCRIBE_S = 10.0


class Observer:
    """Subscribed to everything with QoS 1. Make it inside a running event loop.

    `on_message` is called in the loop with (topic, payload).
    """

    def __init__(self, on_message: Callable[[str, bytes], None]) -> None:
        self._on_message = on_message
        self._loop = asyncio.get_running_loop()
        self._subscribed = asyncio.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{PREFIX}/#", qos=1)
        self._client.on_subscribe = lambda *_: self._call(self._subscribed.set)
        self._client.on_message = self._hear

    async def start(self, port: int) -> None:
        """Connect, and return once the subscription holds."""
        self._client.connect(HOST, port)
        self._client.loop_start()
        await asyncio.wait_for(self._subscribed.wait(), SUBSCRIBE_S)

    async def stop(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        topic, payload = message.topic, bytes(message.payload)
        self._call(lambda: self._on_message(topic, payload))

    def _call(self, function: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(function)
