"""Check of the broker: one message of our own there and back."""

from __future__ import annotations

import queue
import secrets
import ssl
import time
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from agent.doctor.checks import Failed
from agent.errors import UplinkError
from agent.uplink.connection import explain_refusal, read_password, tls_context
from agent.uplink.settings import UplinkSettings
from agent.uplink.topics import Topics

WAIT_S = 5.0

_BAD_LOGIN = frozenset({0x86, 0x87, 0x8C})  # bad user name or password, not authorised, bad method


@dataclass(frozen=True, slots=True)
class _Answer:
    step: str
    reason: ReasonCode | None = None

    @property
    def refused(self) -> bool:
        return self.reason is not None and self.reason.is_failure


def broker(uplink: UplinkSettings, *, topics: Topics, wait_s: float = WAIT_S) -> str:
    """Connect as this device, publish below its own prefix, and wait for the message.

    The client id is the doctor's own, so a running agent keeps its connection.
    """
    trip = _RoundTrip(uplink, topics=topics, wait_s=wait_s)
    try:
        return trip.run()
    finally:
        trip.close()


class _RoundTrip:
    def __init__(self, uplink: UplinkSettings, *, topics: Topics, wait_s: float) -> None:
        mark = secrets.token_hex(4)
        self._uplink, self._wait_s = uplink, wait_s
        self._where = f"{uplink.host}:{uplink.port}"
        self._topic = f"{topics.root}/reply/doctor-{mark}"
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._seen: dict[str, _Answer] = {}
        self._client = self._make_client(f"smilepost-doctor-{mark}")

    def run(self) -> str:
        self._connect()
        self._client.subscribe(self._topic, qos=1)
        self._refuse_denied(self._wait_for("subscribed"), "read")
        began_s = time.perf_counter()
        self._client.publish(self._topic, b"doctor", qos=1)
        self._refuse_denied(self._wait_for("published"), "write")
        self._wait_for("received")
        took_ms = (time.perf_counter() - began_s) * 1000
        secured = "TLS" if self._uplink.tls is not None else "no TLS"
        return f"{self._where} answers, {secured}, there and back in {took_ms:.1f} ms"

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _make_client(self, client_id: str) -> Client:
        version = CallbackAPIVersion.VERSION2
        client = Client(version, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5)
        client.connect_timeout = self._wait_s
        if self._uplink.username is not None:
            client.username_pw_set(self._uplink.username, read_password(self._uplink))
        if self._uplink.tls is not None:
            client.tls_set_context(tls_context(self._uplink.tls))
        self._listen(client)
        return client

    def _listen(self, client: Client) -> None:
        def tell(step: str, reason: ReasonCode | None = None) -> None:
            self._answers.put(_Answer(step, reason))

        def connected(_c: Client, _u: Any, _f: Any, reason: ReasonCode, _p: Any) -> None:
            tell("connected", reason)

        def subscribed(_c: Client, _u: Any, _m: int, reasons: list[ReasonCode], _p: Any) -> None:
            tell("subscribed", reasons[0])

        def published(_c: Client, _u: Any, _m: int, reason: ReasonCode, _p: Any) -> None:
            tell("published", reason)

        client.on_connect, client.on_subscribe, client.on_publish = connected, subscribed, published
        client.on_message = lambda *_: tell("received")
        client.on_disconnect = lambda *_: tell("closed")

    def _connect(self) -> None:
        uplink = self._uplink
        try:
            self._client.connect(uplink.host, uplink.port, uplink.keepalive_s, clean_start=True)
        except OSError as error:
            raise _unreachable(self._where, error) from error
        self._client.loop_start()
        answer = self._wait_for("connected")
        if answer.refused and answer.reason is not None:
            login = answer.reason.value in _BAD_LOGIN
            remedy = "mend uplink.username and password_file, or the broker's user list"
            raise Failed(
                f"broker {self._where} does not let this device in: {answer.reason}",
                remedy=remedy if login else "look into the broker's log",
            )

    def _wait_for(self, step: str) -> _Answer:
        """Return the answer to a step; the message may overtake the word that it was taken."""
        deadline_s = time.monotonic() + self._wait_s
        while step not in self._seen:
            try:
                answer = self._answers.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except queue.Empty:
                raise self._silence(f"not {step} within {self._wait_s:g} s") from None
            if answer.step == "closed":
                raise self._silence("it closed the connection")
            self._seen[answer.step] = answer
        return self._seen[step]

    def _silence(self, what: str) -> Failed:
        return Failed(
            f"broker {self._where} does not speak to us: {what}",
            remedy="check that uplink.port is an MQTT 5 listener, with TLS exactly as configured",
        )

    def _refuse_denied(self, answer: _Answer, verb: str) -> None:
        if answer.refused:
            raise Failed(
                f"broker {self._where} does not let this device {verb} {self._topic}:"
                f" {answer.reason}",
                remedy="let the device use its own prefix: see config/mosquitto-acl.example",
            )


def _unreachable(where: str, error: OSError) -> Failed:
    said = str(UplinkError(explain_refusal(where, error)))
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failed(said, remedy="set uplink.tls.ca to the authority that signed it")
    if isinstance(error, ssl.SSLError):
        fact = f"broker {where}: TLS fails: {error.reason or error}"
        return Failed(fact, remedy="check that uplink.port is the broker's TLS listener")
    return Failed(said, remedy="start the broker, or mend uplink.host and uplink.port")
