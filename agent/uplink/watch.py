"""`smilepost watch`: what a subscriber sees of this device, live, a line a message."""

from __future__ import annotations

import contextlib
import json
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from agent.config.loading import load_to_run
from agent.errors import UplinkError
from agent.uplink.connection import Callbacks, Connection
from agent.uplink.errors import REFUSED, TopicDeniedError
from agent.uplink.settings import UplinkSettings
from agent.uplink.topics import Topics

KIND_WIDTH = 20
TURN_S = 0.3
AGAIN_S = 1.0
Message = dict[str, Any]
Facts = Callable[[Message], str]


def watch_command(config: Path, *, as_json: bool) -> int:
    """Print every message of the configured device until SIGINT or SIGTERM; returns 0.

    Raises UplinkError when the broker is absent, or refuses the connection or the subscription.
    """
    settings = load_to_run(config).settings
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
        self._client_id = f"smilepost-watch-{secrets.token_hex(4)}"
        self._refused: int | None = None

    def run(self, stop: threading.Event) -> None:
        """Print until `stop` is set; a connection that is lost is made again.

        Raises UplinkError with the reason when there is none to begin with.
        """
        connection = self._subscribe()
        while not stop.is_set():
            if not connection.turn(timeout_s=TURN_S, wake=None):
                connection.drop()
                connection = self._come_back(stop) or connection
            self._heed_denial()
        connection.close()

    def _subscribe(self) -> Connection:
        callbacks = Callbacks(subscribed=self._subscribed, received=self._show)
        connection = Connection(self._settings, client_id=self._client_id, callbacks=callbacks)
        try:
            connection.open()
        except UplinkError:
            connection.drop()
            raise
        connection.subscribe(f"{self._topics.root}/#")
        return connection

    def _come_back(self, stop: threading.Event) -> Connection | None:
        while not stop.wait(AGAIN_S):
            with contextlib.suppress(UplinkError):
                return self._subscribe()
        return None

    def _subscribed(self, _message_id: int, reason: int) -> None:
        self._refused = reason if reason >= REFUSED else None

    def _heed_denial(self) -> None:
        if self._refused is not None:
            raise TopicDeniedError(
                f"{self._topics.root}/#",
                verb="read",
                rule=f"{self._topics.root}/#",
                code=self._refused,
                username=self._settings.username,
            )

    def _show(self, topic: str, payload: bytes) -> None:
        name = topic.removeprefix(f"{self._topics.root}/")
        line = (json_line if self._as_json else human_line)(name, payload)
        self._out.write(line + "\n")
        self._out.flush()


def json_line(name: str, payload: bytes) -> str:
    """Return a message as one JSON object; what is no JSON comes as text."""
    return json.dumps({"topic": name, "payload": _parsed(payload)}, ensure_ascii=False)


def human_line(name: str, payload: bytes) -> str:
    """Return a message as one aligned line: time, kind, the facts that matter."""
    message = _parsed(payload)
    kind = _kind(name, message)
    if not isinstance(message, dict):
        return f"{_now()}  {kind:<{KIND_WIDTH}}  {'' if message is None else message}"
    data = message.get("data", message)
    facts = FACTS.get(kind, _plain)(data)
    late = "  (late)" if message.get("replayed") else ""
    return f"{_time(message)}  {kind:<{KIND_WIDTH}}  {facts}{late}"


def _kind(name: str, message: Any) -> str:
    """Return what a message is called: its topic's name, of an alert its event's kind."""
    if name == "alert" and isinstance(message, dict):
        return str(message.get("type", name)).removeprefix("smilepost.").rpartition(".v")[0] or name
    return name.removeprefix("event/")


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


def _alert(data: Message) -> str:
    about = " for the manager" if data["audience"] == "manager" else ""
    share = f": {data['share']:.0%} of {data['n']} unhappy" if "share" in data else ""
    return f"{data['alert']} {data['what']}{about}{share}"


def _health(data: Message) -> str:
    presses = sum(data["presses"].values())
    return f"{presses} presses, {data['pending']} pending, {data['resident_mb']} MB"


FACTS: dict[str, Facts] = {
    "rating.given": _rating,
    "rating.amended": _amended,
    "response.given": _response,
    "contact.ended": _contact,
    "expression.measured": _expression,
    "alert.raised": _alert,
    "device.health": _health,
    "device.fault": lambda data: f"{data['part']} {data['state']}: {data['fact']}",
}
