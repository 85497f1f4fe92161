"""`smilepost watch`: what a subscriber sees of this device, live, a line a message."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agent.config.loading import load
from agent.errors import UplinkError
from agent.uplink.connection import (
    CONNECT_TIMEOUT_S,
    explain_refusal,
    read_password,
    tls_context,
)
from agent.uplink.settings import UplinkSettings
from agent.uplink.topics import Topics

KIND_WIDTH = 20
REFUSED = 0x80
Message = dict[str, Any]
Facts = Callable[[Message], str]


def watch_command(config: Path, *, as_json: bool) -> int:
    """Print every message of the configured device until SIGINT or SIGTERM; returns 0.

    Raises UplinkError when the broker is absent, or refuses the connection or the subscription.
    """
    settings = load(config).settings
    device = settings.device
    topics = Topics(device.tenant, device.site, device.id)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Watch(settings.uplink, topics=topics, as_json=as_json, out=sys.stdout).run(stop)
    return 0


class Watch:
    """A subscription to one device, written to `out`."""

    def __init__(
        self, settings: UplinkSettings, *, topics: Topics, as_json: bool, out: TextIO
    ) -> None:
        self._settings = settings
        self._topics = topics
        self._as_json = as_json
        self._out = out
        self._stop = threading.Event()
        self._refusal: str | None = None
        self._client = self._make_client()

    def run(self, stop: threading.Event) -> None:
        """Print until `stop` is set. Raises UplinkError with the reason when it cannot."""
        self._stop = stop
        settings = self._settings
        where = f"{settings.host}:{settings.port}"
        try:
            self._client.connect(settings.host, settings.port, settings.keepalive_s)
        except OSError as error:
            raise UplinkError(explain_refusal(where, error)) from error
        self._client.loop_start()
        stop.wait()
        self._client.disconnect()
        self._client.loop_stop()
        if self._refusal is not None:
            raise UplinkError(f"broker {where} {self._refusal}")

    def _make_client(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, read_password(self._settings))
        if self._settings.tls is not None:
            client.tls_set_context(tls_context(self._settings.tls))
        return client

    def _on_connect(
        self, client: Client, _u: object, _f: ConnectFlags, reason: ReasonCode, _p: object
    ) -> None:
        if reason.is_failure:
            self._refuse(f"does not accept this device: {reason}")
        else:
            client.subscribe(f"{self._topics.root}/#", qos=1)

    def _on_subscribe(
        self, _c: Client, _u: object, _m: int, reasons: list[ReasonCode], _p: Properties | None
    ) -> None:
        refused = [reason for reason in reasons if reason.value >= REFUSED]
        if refused:
            self._refuse(f"denies {self._topics.root}/#: {refused[0]}; may this user read it?")

    def _refuse(self, why: str) -> None:
        self._refusal = why
        self._stop.set()

    def _on_message(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        name = message.topic.removeprefix(f"{self._topics.root}/")
        line = (json_line if self._as_json else human_line)(name, bytes(message.payload))
        self._out.write(line + "\n")
        self._out.flush()


def json_line(name: str, payload: bytes) -> str:
    """Return a message as one JSON object; what is no JSON comes as text."""
    return json.dumps({"topic": name, "payload": _parsed(payload)}, ensure_ascii=False)


def human_line(name: str, payload: bytes) -> str:
    """Return a message as one aligned line: time, kind, the facts that matter."""
    message = _parsed(payload)
    kind = name.removeprefix("event/")
    if not isinstance(message, dict):
        return f"{_now()}  {kind:<{KIND_WIDTH}}  {'' if message is None else message}"
    data = message.get("data", message)
    facts = FACTS.get(kind, _plain)(data)
    late = "  (late)" if message.get("replayed") else ""
    return f"{_time(message)}  {kind:<{KIND_WIDTH}}  {facts}{late}"


def _parsed(payload: bytes) -> Any:
    try:
        return json.loads(payload) if payload else None
    except ValueError:
        return payload.decode(errors="replace")


def _time(message: Message) -> str:
    """Return the local time of day of an event, or of now for a message that has none."""
    stamp = message.get("time")
    if stamp is None:
        return _now() if "data" not in message else "--:--:--"
    return datetime.fromisoformat(stamp).astimezone().strftime("%H:%M:%S")


def _now() -> str:
    return datetime.now(tz=UTC).astimezone().strftime("%H:%M:%S")


def _plain(data: Message) -> str:
    short = (f"{k}={v}" for k, v in data.items() if isinstance(v, str | int | float))
    return "  ".join(short)


def _counts(data: Message) -> str:
    flags = f" ({', '.join(data['flags'])})" if data.get("flags") else ""
    return ("counts" if data["counts"] else "does not count") + flags


def _rating(data: Message) -> str:
    return f"{data['key']}, {data['value']} of {data['scale']}, {data['channel']}, {_counts(data)}"


def _contact(data: Message) -> str:
    answered = "answered" if data["answered"] else "silent"
    return f"{data['dwell_s']:.1f} s, {'asked' if data['asked'] else 'not asked'}, {answered}"


def _expression(data: Message) -> str:
    index = f", smile index {data['s'] / data['f']:.2f}" if data["f"] else ""
    return f"{data['n']} contacts, {data['smiled']} smiled{index}"


def _response(data: Message) -> str:
    return "; ".join(
        f"{a['question']}: {', '.join(a.get('options', ())) or a['ended']}" for a in data["answers"]
    )


def _amended(data: Message) -> str:
    return f"...{data['rating'][-6:]} {_counts(data)}"


def _health(data: Message) -> str:
    presses = sum(data["presses"].values())
    return f"{presses} presses, {data['pending']} pending, {data['resident_mb']} MB"


FACTS: dict[str, Facts] = {
    "rating.given": _rating,
    "rating.amended": _amended,
    "response.given": _response,
    "contact.ended": _contact,
    "expression.measured": _expression,
    "device.health": _health,
    "device.fault": lambda data: f"{data['part']} {data['state']}: {data['fact']}",
}
