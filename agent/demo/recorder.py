"""A subscriber of its own that writes every message down, one JSON object a line.

    python -m agent.demo.recorder PORT FILE

Its session is persistent and its subscription has QoS 1. It says `subscribed` on its output, and
when its input ends it takes what is still on the way, and ends.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import IO

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from agent.uplink.topics import PREFIX

HOST = "127.0.0.1"
SESSION_S = 3600
AS_SENT = SubscribeOptions(qos=1, retainAsPublished=True)
QUIET_S = 0.5
"""Silence after which nothing more is expected at the end."""


class Recorder:
    """Writes what it hears to `file`, each line at once."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._heard = threading.Event()
        self.subscribed = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id="smilepost-recorder",
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        self._client.on_connect = lambda client, *_: client.subscribe(
            f"{PREFIX}/#", options=AS_SENT
        )
        self._client.on_subscribe = lambda *_: self.subscribed.set()
        self._client.on_message = self._write

    def start(self, port: int) -> None:
        """Connect and listen, in a thread of its own."""
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = SESSION_S
        self._client.connect(HOST, port, clean_start=True, properties=lasting)
        self._client.loop_start()

    def stop(self) -> None:
        """Wait until nothing more comes, and leave."""
        self._heard.set()
        while self._heard.is_set():
            self._heard.clear()
            self._heard.wait(QUIET_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _write(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._heard.set()
        line = {
            "topic": message.topic,
            "payload": _parsed(bytes(message.payload)),
            "qos": message.qos,
            "retain": message.retain,
        }
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()


def _parsed(payload: bytes) -> object:
    return json.loads(payload) if payload else None


def main(port: int, path: Path) -> int:
    """Record until the input ends; returns 0."""
    with path.open("w", encoding="utf-8") as file:
        recorder = Recorder(file)
        recorder.start(port)
        recorder.subscribed.wait()
        print("subscribed", flush=True)  # noqa: T201 - the demo waits for it
        sys.stdin.buffer.read()
        recorder.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2])))
