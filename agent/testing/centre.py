"""A central server: a persistent subscription that counts how often each key came.

With receipts it also tells every device what it has, as the contract says.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.errors import UplinkError

EXPIRY_S = 3600
PATIENCE_S = 30.0
SYNC = "centre/sync"


class Centre:
    """Subscribes to every event with QoS 1 and a session that outlives its connections.

    A context manager; it reconnects by itself. `copies` counts by CloudEvents id. With `receipts`
    every event is confirmed as it comes.
    """

    def __init__(
        self, port: int, *, topic: str = "smilepost/+/+/+/+/event/#", receipts: bool = False
    ) -> None:
        self._port = port
        self._receipts = receipts
        self.copies: Counter[str] = Counter()
        self._joined = threading.Event()
        self._synced: set[bytes] = set()
        self._news = threading.Condition()
        self._numbers = itertools.count(1)
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="centre", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_message = self._note
        self._client.on_connect = lambda client, *_: client.subscribe([(topic, 1), (SYNC, 1)])
        self._client.on_subscribe = lambda *_: self._joined.set()

    @property
    def keys(self) -> set[str]:
        """Every key that has come."""
        return set(self.copies)

    @property
    def duplicates(self) -> int:
        """How many copies were one too many."""
        return sum(self.copies.values()) - len(self.copies)

    def catch_up(self) -> None:
        """Wait until everything the broker has taken so far has come. Raises UplinkError."""
        mark = b"%d" % next(self._numbers)
        self._client.publish(SYNC, mark, qos=1)
        with self._news:
            if not self._news.wait_for(lambda: mark in self._synced, PATIENCE_S):
                raise UplinkError(f"the broker passes nothing on for {PATIENCE_S:.0f} s")

    def _note(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with self._news:
            if message.topic == SYNC:
                self._synced.add(bytes(message.payload))
                self._news.notify_all()
            else:
                event = json.loads(message.payload)
                self.copies[event["id"]] += 1
                if self._receipts:
                    self._confirm(message.topic.partition("/event/")[0], event)

    def _confirm(self, root: str, event: dict[str, str]) -> None:
        number = int(event["sequence"])
        receipt = {"epoch": event["epoch"], "ranges": [[number, number]]}
        self._client.publish(f"{root}/receipt", json.dumps(receipt), qos=1)

    def __enter__(self) -> Self:
        wish = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wish.SessionExpiryInterval = EXPIRY_S
        self._client.connect("127.0.0.1", self._port, clean_start=False, properties=wish)
        self._client.loop_start()
        self._joined.wait(PATIENCE_S)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
