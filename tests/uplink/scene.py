"""What the uplink tests share: an outbox, an uplink with short waits, and a listening centre."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.clock import Clock, SystemClock
from agent.errors import UplinkError
from agent.events.catalogue import DeviceHealth
from agent.outbox import Outbox
from agent.testing import Proxy
from agent.uplink import Topics, Uplink, UplinkState
from agent.uplink.connection import Connection, Will
from agent.uplink.settings import UplinkSettings

TOPICS = Topics("acme", "north", "till-1")


def wait_until(condition: Callable[[], object], *, for_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + for_s
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.01)


def open_outbox(path: Path) -> Outbox:
    return Outbox(path, source=TOPICS.source, clock=SystemClock(), software="1.2.3")


def marked(number: int) -> DeviceHealth:
    return DeviceHealth(uptime_s=float(number), presses={}, pending=0, resident_mb=1.0)


def append(outbox: Outbox, *numbers: int) -> None:
    for future in [outbox.append(marked(number)) for number in numbers]:
        future.result(20)


def settings(port: int, **changes: Any) -> UplinkSettings:
    return UplinkSettings.model_validate({"port": port, "reconnect_max_s": 0.2, **changes})


def connect(
    uplink_settings: UplinkSettings, *, wait_s: float = 5.0, clock: Clock | None = None
) -> Connection:
    """Open one connection as a device does."""
    will = Will(TOPICS.status, b"{}")
    connection = Connection(uplink_settings, client_id="till", will=will, clock=clock)
    try:
        connection.open(wait_s=wait_s)
    except UplinkError:
        connection.drop()
        raise
    return connection


def refusal(
    uplink_settings: UplinkSettings, *, wait_s: float = 5.0, clock: Clock | None = None
) -> UplinkError:
    """The error that connecting ends with: one line."""
    with pytest.raises(UplinkError) as caught:
        connect(uplink_settings, wait_s=wait_s, clock=clock)
    assert "\n" not in str(caught.value)
    return caught.value


class Road:
    """The testing kit's proxy on a thread of its own: the road to the broker, cut or stalled."""

    def __init__(self, target_port: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._proxy = Proxy(target_port)

    @property
    def port(self) -> int:
        return self._proxy.port

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._proxy.cut)

    def stall(self) -> None:
        self._loop.call_soon_threadsafe(self._proxy.stall)

    def restore(self) -> None:
        self._loop.call_soon_threadsafe(self._proxy.restore)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._proxy.start())
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._do(self._proxy.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Changes:
    """Every state an uplink went through."""

    def __init__(self) -> None:
        self.states: list[UplinkState] = []

    def __call__(self, state: UplinkState) -> None:
        self.states.append(state)

    @property
    def reasons(self) -> list[str]:
        return [state.reason for state in self.states if not state.online]

    def wait_for(self, *, online: int = 0, offline: int = 0) -> None:
        wait_until(lambda: self.times_online >= online and len(self.reasons) >= offline)

    @property
    def times_online(self) -> int:
        """How often it came online; a denial while it is counts as nothing."""
        before = [False, *(state.online for state in self.states)]
        return sum(now and not was for was, now in itertools.pairwise(before))


@contextlib.contextmanager
def running(
    outbox: Outbox,
    uplink_settings: UplinkSettings,
    *,
    changes: Callable[[UplinkState], None] | None = None,
    clock: Clock | None = None,
) -> Iterator[Uplink]:
    uplink = Uplink(
        uplink_settings,
        topics=TOPICS,
        outbox=outbox,
        clock=clock,
        on_change=changes or Changes(),
    )
    uplink.start()
    try:
        yield uplink
    finally:
        assert uplink.is_alive(), "the uplink's thread has died"
        uplink.stop()
        assert not uplink.is_alive()


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as a subscriber gets it."""

    topic: str
    payload: dict[str, Any]
    retain: bool
    expiry_s: int | None

    @property
    def kind(self) -> str:
        return self.topic.rpartition("/")[2]


class Centre:
    """A central server that notes every message; `joined` counts its subscriptions."""

    def __init__(self, port: int, *, username: str | None = None, name: str = "centre") -> None:
        self._port = port
        self.heard: list[Heard] = []
        self.joined = 0
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.reconnect_delay_set(1, 1)
        if username is not None:
            self._client.username_pw_set(username, "secret")
        self._client.on_message = self._note
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.on_subscribe = self._subscribed

    def _subscribed(self, *_: object) -> None:
        self.joined += 1

    def _note(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        expiry_s = getattr(message.properties, "MessageExpiryInterval", None)
        payload = json.loads(message.payload)
        self.heard.append(Heard(message.topic, payload, message.retain, expiry_s))

    @property
    def events(self) -> list[dict[str, Any]]:
        return [m.payload for m in list(self.heard) if "/event/" in m.topic]

    @property
    def marks(self) -> list[int]:
        """Numbers of the marked events, in the order they came."""
        return [int(e["data"]["uptime_s"]) for e in self.events if "uptime_s" in e["data"]]

    @property
    def copies(self) -> Counter[str]:
        """How often each key came."""
        return Counter(event["id"] for event in self.events)

    def publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1).wait_for_publish(10)

    def states(self, topic: str) -> list[dict[str, Any]]:
        return [m.payload for m in list(self.heard) if m.topic == topic]

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        wait_until(lambda: self.joined)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
