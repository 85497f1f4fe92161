"""A central server: a persistent subscription that counts how often each key came.

With receipts it also tells every device what it has, as the contract says: in stretches, a few
times a second, because each receipt costs the device a commit.
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
from agent.outbox.stretches import stretches

EXPIRY_S = 3600
PATIENCE_S, MARKS = 30.0, 5
SYNC = "centre/sync"
EVENTS = ("smilepost/+/+/+/+/event/#", "smilepost/+/+/+/+/alert")
ROOT_LEVELS = 5
RECEIPT_S = 0.1
MOST_RANGES = 1000
"""Of one receipt; what does not fit is sent again by the device, and confirmed then."""


class Centre:
    """Subscribes to every event with QoS 1 and a session that outlives its connections.

    A context manager; it reconnects by itself. `copies` counts by CloudEvents id. With `receipts`
    every event is confirmed soon after it came.
    """

    def __init__(
        self, port: int, *, topics: tuple[str, ...] = EVENTS, receipts: bool = False
    ) -> None:
        self._port = port
        self._receipts = receipts
        self.copies: Counter[str] = Counter()
        self._joined = threading.Event()
        self._synced: set[bytes] = set()
        self._news = threading.Condition()
        self._owed: dict[str, set[tuple[str, int]]] = {}
        self._leaving = threading.Event()
        self._confirming = threading.Thread(target=self._confirm, name="centre", daemon=True)
        self._numbers = itertools.count(1)
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="centre", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_message = self._note
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(topic, 1) for topic in (*topics, SYNC)]
        )
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
        for _ in range(MARKS):  # a broker that is killed may lose one that it has taken
            self._client.publish(SYNC, mark, qos=1)
            with self._news:
                if self._news.wait_for(lambda: mark in self._synced, PATIENCE_S / MARKS):
                    return
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
                    root = "/".join(message.topic.split("/")[:ROOT_LEVELS])
                    key = event["epoch"], int(event["sequence"])
                    self._owed.setdefault(root, set()).add(key)

    def _confirm(self) -> None:
        """Send what is owed, until we leave."""
        while not self._leaving.wait(RECEIPT_S):
            with self._news:
                owed, self._owed = self._owed, {}
            for root, keys in owed.items():
                for epoch, ranges in stretches(sorted(keys)).items():
                    receipt = {"epoch": epoch, "ranges": ranges[:MOST_RANGES]}
                    self._client.publish(f"{root}/receipt", json.dumps(receipt), qos=1)

    def __enter__(self) -> Self:
        wish = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wish.SessionExpiryInterval = EXPIRY_S
        self._client.connect("127.0.0.1", self._port, clean_start=False, properties=wish)
        self._client.loop_start()
        self._joined.wait(PATIENCE_S)
        self._confirming.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._leaving.set()
        self._confirming.join()
        self._client.disconnect()
        self._client.loop_stop()
