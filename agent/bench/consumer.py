"""The centre of a benchmark: a subscriber with a persistent session that counts what comes.

It may also confirm with receipts what it has, as docs/contract.md describes.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Set as AbstractSet
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.errors import UplinkError
from agent.uplink.topics import PREFIX

HOST = "127.0.0.1"
JOIN_S = 20.0
STRAGGLER_S = 0.5  # duplicates may follow what was missing
SESSION_S = 3600


class Consumer:
    """Keeps the keys of all events. It comes back by itself when the broker does."""

    def __init__(self, port: int, *, receipts: bool = False) -> None:
        self._port = port
        self._receipts = receipts
        self._joined = threading.Event()
        self.copies: Counter[str] = Counter()
        """How often each key came."""
        self.marks: dict[str, float] = {}
        """The number that was accepted under each key."""
        self._client = self._make_client()

    def _make_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id="bench-consumer",
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        client.reconnect_delay_set(1, 1)
        client.on_message = self._note
        client.on_connect = lambda client, *_: client.subscribe("#", 1)
        client.on_subscribe = lambda *_: self._joined.set()
        client.on_disconnect = lambda *_: self._joined.clear()
        return client

    def _note(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        fields: dict[str, Any] = json.loads(message.payload)
        if "id" not in fields:
            return  # the device's status, or a receipt
        key, mark = fields["id"], mark_of(fields)
        self.copies[key] += 1
        if mark is not None:
            self.marks[key] = mark
        if self._receipts and "epoch" in fields:
            self._confirm(fields)

    def _confirm(self, fields: dict[str, Any]) -> None:
        sequence = int(fields["sequence"])
        receipt = {"epoch": fields["epoch"], "ranges": [[sequence, sequence]]}
        topic = f"{PREFIX}{fields['source']}/receipt"
        self._client.publish(topic, json.dumps(receipt), qos=1)

    def join(self) -> None:
        """Connect and subscribe. Raises UplinkError when the broker does not let it."""
        wish = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wish.SessionExpiryInterval = SESSION_S
        self._client.connect(HOST, self._port, clean_start=False, properties=wish)
        self._client.loop_start()
        self.wait_until_joined()

    def wait_until_joined(self) -> None:
        """Wait until it is connected, perhaps again. Raises UplinkError."""
        if not self._joined.wait(JOIN_S):
            raise UplinkError("the benchmark's consumer cannot subscribe: look at the broker")

    def leave(self) -> None:
        """Disconnect; the broker keeps the session."""
        self._client.disconnect()
        self._client.loop_stop()

    def wait_for(self, accepted: AbstractSet[str], *, quiet_s: float, for_s: float) -> None:
        """Wait until all keys are there, nothing has come for `quiet_s`, or time is up."""
        deadline_s = time.monotonic() + for_s
        seen, news_s = -1, time.monotonic()
        while time.monotonic() < min(deadline_s, news_s + quiet_s):
            if accepted <= self.copies.keys() and news_s + STRAGGLER_S < time.monotonic():
                return
            if self.copies.total() != seen:
                seen, news_s = self.copies.total(), time.monotonic()
            time.sleep(0.05)

    def __enter__(self) -> Self:
        self.join()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.leave()


def mark_of(fields: dict[str, Any]) -> float | None:
    """Return the number in an event of ours or of a peer; None in one nobody was told of."""
    data = fields.get("data")
    found: float | None = data.get("uptime_s") if isinstance(data, dict) else fields.get("mark")
    return found
