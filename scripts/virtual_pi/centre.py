"""The centre: a broker on the host, and a consumer with a memory that no cut reaches."""

from __future__ import annotations

import json
import queue
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.testing import LocalBroker
from virtual_pi.ledger import Rating


@dataclass(slots=True)
class Received:
    """What the broker handed on so far."""

    deliveries: Counter[str] = field(default_factory=Counter)
    """How often every event's key came."""
    ratings: Counter[Rating] = field(default_factory=Counter)
    """How often every `rating.given` came."""
    boots: list[str] = field(default_factory=list)
    """Boots that told of a start, in order."""
    faults: list[str] = field(default_factory=list)
    """What the device said is wrong with its store."""

    def take(self, event: dict[str, Any]) -> None:
        """Take one event's envelope."""
        self.deliveries[event["id"]] += 1
        data = event["data"]
        if event["type"] == "smilepost.rating.given.v1":
            at_s = int(event["monotonic"]) / 1000
            self.ratings[Rating(event["id"], event["boot"], data["key"], at_s)] += 1
        elif event["type"] == "smilepost.device.started.v1" and event["boot"] not in self.boots:
            self.boots.append(event["boot"])
        elif event["type"] == "smilepost.device.fault.v1" and data["part"] == "store":
            self.faults.append(f"{data['state']}: {data['fact']}")

    def of_boot(self, boot: str) -> dict[Rating, int]:
        """Return the ratings of one boot and how often each came."""
        return {rating: count for rating, count in self.ratings.items() if rating.boot == boot}


class Centre:
    """Mosquitto and its consumer. Use it as a context manager."""

    def __init__(self) -> None:
        self._broker = LocalBroker(kind="mosquitto")
        self._inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._received = Received()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="centre", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_connect = self._subscribe
        self._client.on_message = self._hear

    @property
    def port(self) -> int:
        """Where the guest finds the broker, on the host's loopback."""
        return self._broker.port

    @property
    def received(self) -> Received:
        """Everything that has come until now."""
        while not self._inbox.empty():
            self._received.take(self._inbox.get())
        return self._received

    def __enter__(self) -> Self:
        self._broker.start()
        self._client.connect("127.0.0.1", self._broker.port)
        self._client.loop_start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._broker.__exit__(kind, error, trace)

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe([(f"smilepost/v1/+/+/+/{name}", 2) for name in ("event/#", "alert")])

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._inbox.put(json.loads(message.payload))
