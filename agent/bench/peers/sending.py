"""paho as most people use it: its own thread, its own queue, QoS 1."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

HOST = "127.0.0.1"
TOPIC = "smilepost/v1/bench/bench/peer/event/any"
CONNECT_S = 10.0
ACCEPTED = (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN)
"""What `publish` returns when it has taken a message; without a connection it is queued."""

Accept = Callable[[int], str | None]
"""Offer event number n; returns its key once it is accepted, None when it is refused."""


def new_message(number: int) -> tuple[str, str]:
    """Return the key and the payload of one event; the payload weighs what ours does."""
    key = secrets.token_hex(8)
    payload = json.dumps({"id": key, "mark": number, "fill": ""})
    return key, payload[:-2] + "x" * (177 - len(payload)) + payload[-2:]


def started_client(port: int, *, name: str) -> Client:
    """Return a client that is connected, or knows that it cannot be and goes on trying.

    What is lost while a process starts is not what is measured.
    """
    client = Client(
        CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5
    )
    tried = threading.Event()
    client.on_connect = lambda *_: tried.set()
    client.on_connect_fail = lambda *_: tried.set()
    client.reconnect_delay_set(1, 1)
    client.connect_async(HOST, port)
    client.loop_start()
    tried.wait(CONNECT_S)
    return client


def publish_and_wait(client: Client, payload: str) -> None:
    """Publish and return when the broker has it, however long it is away."""
    while not client.is_connected():
        time.sleep(0.01)
    client.publish(TOPIC, payload, qos=1).wait_for_publish()


@contextmanager
def bare(_folder: Path, port: int) -> Iterator[Accept]:
    """Accept by `publish()`: what it returned for is paho's to deliver."""
    client = started_client(port, name="bench-bare")

    def accept(number: int) -> str | None:
        key, payload = new_message(number)
        taken: Any = client.publish(TOPIC, payload, qos=1)
        return key if taken.rc in ACCEPTED else None

    yield accept
    client.loop_stop()


@contextmanager
def acknowledged(_folder: Path, port: int) -> Iterator[Accept]:
    """Accept by PUBACK: what the broker acknowledged is the broker's to deliver."""
    client = started_client(port, name="bench-acknowledged")

    def accept(number: int) -> str | None:
        key, payload = new_message(number)
        publish_and_wait(client, payload)
        return key

    yield accept
    client.loop_stop()
