"""The check of the broker: one message of our own there and back."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.clock import Clock
from agent.doctor.checks import Failed
from agent.uplink.connection import Callbacks, Connection
from agent.uplink.errors import NOT_AUTHORISED, REFUSED, TopicDeniedError, TroubleError
from agent.uplink.settings import UplinkSettings
from agent.uplink.topics import Topics

WAIT_S = 5.0
TURN_S = 0.05


def broker(
    uplink: UplinkSettings, *, topics: Topics, wait_s: float = WAIT_S, clock: Clock | None = None
) -> str:
    """Connect as this device, publish below its own prefix, and wait for the message.

    The client id is the doctor's own, so a running agent keeps its connection.
    """
    trip = _RoundTrip(uplink, topics=topics, wait_s=wait_s, clock=clock)
    try:
        return trip.run()
    except TroubleError as error:
        raise Failed(error.fact, remedy=error.remedy or "see the broker's log") from error
    finally:
        trip.end()


@dataclass(slots=True)
class _Heard:
    """What the broker has said so far."""

    subscribed: dict[int, int] = field(default_factory=dict)
    published: dict[int, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)


class _RoundTrip:
    def __init__(
        self, uplink: UplinkSettings, *, topics: Topics, wait_s: float, clock: Clock | None
    ) -> None:
        mark = secrets.token_hex(4)
        self._uplink, self._topics, self._wait_s = uplink, topics, wait_s
        self._topic = f"{topics.root}/reply/doctor-{mark}"
        self._heard = heard = _Heard()
        self._connection = Connection(
            uplink,
            client_id=f"smilepost-doctor-{mark}",
            clock=clock,
            callbacks=Callbacks(
                answered=heard.published.__setitem__,
                subscribed=heard.subscribed.__setitem__,
                received=lambda topic, _payload: heard.messages.append(topic),
            ),
        )

    def run(self) -> str:
        self._connection.open(wait_s=self._wait_s)
        self._subscribe(self._topic)
        if self._uplink.receipts:
            self._subscribe(self._topics.receipt)
        took_ms = self._send()
        secured = "TLS" if self._uplink.tls is not None else "no TLS"
        where = f"{self._uplink.host}:{self._uplink.port}"
        return f"{where} answers, {secured}, there and back in {took_ms:.1f} ms"

    def end(self) -> None:
        if self._connection.up:
            self._connection.close()
        self._connection.drop()

    def _subscribe(self, topic: str) -> None:
        message_id = self._connection.subscribe(topic)
        code = self._wait_for(self._heard.subscribed, message_id, "a subscription")
        self._refuse_denied(topic, "read", code)

    def _send(self) -> float:
        """Send the message and wait for it; returns milliseconds."""
        began_s = time.perf_counter()
        message_id = self._connection.publish(self._topic, b"doctor")
        code = self._wait_for(self._heard.published, message_id, "a message")
        self._refuse_denied(self._topic, "write", code)
        # A broker may take a subscription and then hand nothing out: Mosquitto's ACL does so.
        if not self._turn_until(lambda: self._topic in self._heard.messages):
            self._refuse_denied(self._topic, "read", NOT_AUTHORISED)
        return (time.perf_counter() - began_s) * 1000

    def _wait_for(self, answers: dict[int, int], message_id: int, what: str) -> int:
        if not self._turn_until(lambda: message_id in answers):
            where = f"{self._uplink.host}:{self._uplink.port}"
            raise Failed(
                f"broker {where} has not answered {what} within {self._wait_s:g} s",
                remedy="see the broker's log, and the network's quality",
            )
        return answers[message_id]

    def _turn_until(self, condition: Callable[[], bool]) -> bool:
        deadline_s = time.monotonic() + self._wait_s
        while not condition() and time.monotonic() < deadline_s:
            if not self._connection.turn(timeout_s=TURN_S, wake=None):
                raise self._connection.farewell
        return condition()

    def _refuse_denied(self, topic: str, verb: str, code: int) -> None:
        if code >= REFUSED:
            raise TopicDeniedError(
                topic,
                verb=verb,
                rule=topic.replace(self._topic, f"{self._topics.root}/reply/#"),
                code=code,
                username=self._uplink.username,
            )
