"""paho without a store, driven as the uplink drives it: own loop, own window, QoS 1, MQTT 5.

    python -m agent.bench.peers.publishing drain PORT WINDOW PAYLOAD_FILE COUNT
    python -m agent.bench.peers.publishing live PORT WINDOW PAYLOAD_FILE COUNT RATE

Every message has the bytes of the file. One line of JSON tells what it took.
"""

from __future__ import annotations

import json
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

HOST = "127.0.0.1"
TOPIC = "smilepost/v1/bench/bench/bench/event/rating.given"


class Bare:
    """One connection; `sent_s` holds what is in flight, `waits_ms` what was acknowledged."""

    def __init__(self, port: int, *, window: int, payload: bytes) -> None:
        self._window, self._payload = window, payload
        self.sent_s: dict[int, float] = {}
        self.waits_ms: list[float] = []
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="bench", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.max_inflight_messages = 0
        self._client.on_publish = self._acknowledged
        self._client.on_socket_register_write = lambda *_: None
        self._client.connect(HOST, port)
        while not self._client.is_connected():
            self.turn(0.1)

    def _acknowledged(self, _client: Client, _data: object, mid: int, *_: object) -> None:
        self.waits_ms.append((time.monotonic() - self.sent_s.pop(mid)) * 1000)

    @property
    def room(self) -> int:
        """How many messages may go now."""
        return self._window - len(self.sent_s)

    def publish(self) -> None:
        """Send one message."""
        sent_s = time.monotonic()
        self.sent_s[self._client.publish(TOPIC, self._payload, qos=1).mid] = sent_s

    def turn(self, timeout_s: float) -> None:
        """Write what waits and read what came, for at most `timeout_s`."""
        poll = select.poll()
        writing = select.POLLOUT if self._client.want_write() else 0
        poll.register(self._client.socket(), select.POLLIN | writing)  # type: ignore[arg-type]
        if any(event & select.POLLIN for _, event in poll.poll(timeout_s * 1000)):
            self._client.loop_read()
        if self._client.want_write():
            self._client.loop_write()
        self._client.loop_misc()


def drain(client: Bare, count: int) -> dict[str, float]:
    """Publish `count` messages as fast as the window allows."""
    began_s, cpu_s, sent = time.monotonic(), time.process_time(), 0
    while len(client.waits_ms) < count:
        for _ in range(min(client.room, count - sent)):
            client.publish()
            sent += 1
        client.turn(0.5)
    return {"seconds": time.monotonic() - began_s, "cpu_s": time.process_time() - cpu_s}


def live(client: Bare, count: int, rate: int) -> list[float]:
    """Publish `rate` messages a second; returns the milliseconds from each to its PUBACK."""
    began_s = time.monotonic()
    for number in range(count):
        while (left_s := began_s + number / rate - time.monotonic()) > 0:
            client.turn(left_s)
        client.publish()
    while client.sent_s:
        client.turn(0.5)
    return client.waits_ms


DEEDS: dict[str, Callable[..., Any]] = {"drain": drain, "live": live}


def main(arguments: list[str]) -> None:
    """Do one thing and tell what it took."""
    deed, port, window, payload, *numbers = arguments
    client = Bare(int(port), window=int(window), payload=Path(payload).read_bytes())
    print(json.dumps(DEEDS[deed](client, *map(int, numbers))))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(sys.argv[1:])
