"""paho, driven so that SQLite is the only queue: one connection at a time, our own loop.

paho's own queue would be lost at a restart, so it never holds more than our window; whatever was
in flight when the connection breaks is pending again, and the next connection has a client of its
own. One thread owns the client.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agent.clock import Clock, SystemClock
from agent.errors import UplinkError
from agent.uplink.client import (
    INBOUND_MAXIMUM,
    UNSPECIFIED,
    BoundedClient,
    make_properties,
    read_password,
)
from agent.uplink.diagnosis import (
    OUT_OF_TIME,
    Place,
    distrusted,
    no_word,
    out_of_time,
    refused,
    speaks_tls,
    tls_trouble,
    unreachable,
)
from agent.uplink.errors import (
    ConnectionLostError,
    TroubleError,
    TwinError,
    UnsuitableBrokerError,
)
from agent.uplink.settings import TlsSettings, UplinkSettings
from agent.uplink.tls import (
    Certificate,
    judge_span,
    presented_certificate,
    time_of,
    tls_context,
)

CONNECT_TIMEOUT_S = 5.0
GOODBYE_S = 1.0
WAKES_BYTES = 65_536  # all that a pipe holds
TAKEN_OVER = 0x8E
RECEIVE_MAXIMUM = 65_535  # MQTT 5: what holds where the broker names none
TLS_ALERT = b"\x15"  # the first byte of a TLS record that carries an alert


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes at once, retained, when this connection is lost."""

    topic: str
    payload: bytes
    retain: bool = True


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Told from within `Connection.turn`, in the owning thread."""

    answered: Callable[[int, int], None] = lambda _id, _reason: None
    """(message id, MQTT reason code): the broker has answered a publish."""
    subscribed: Callable[[int, int], None] = lambda _id, _reason: None
    """(message id, MQTT reason code): the broker has answered a subscription."""
    received: Callable[[str, bytes], None] = lambda _topic, _payload: None
    """(topic, payload): a message came."""


class Connection:
    """One MQTT 5 connection, for one use. All methods belong to one thread.

    Whatever goes wrong is an UplinkError (agent.uplink.errors) with the reason in one line; then
    `drop` it. With a `will` the broker keeps the session for `session_expiry_s`; without one
    nothing of this connection outlives it.
    """

    def __init__(
        self,
        settings: UplinkSettings,
        *,
        client_id: str,
        will: Will | None = None,
        callbacks: Callbacks | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings
        self._callbacks = callbacks or Callbacks()
        self._clock = clock or SystemClock()
        self._place = Place(settings.host, settings.port, settings.tls is not None)
        self._lasting = will is not None
        self._reason: ReasonCode | None = None
        self._told: str | None = None
        self._certificate: Certificate | None = None
        self._retain = True
        self._welcomed = False
        self._qos_maximum = 2
        self.up = False
        self.receive_maximum = RECEIVE_MAXIMUM
        self.packet_maximum: int | None = None
        """The largest packet the broker takes, in bytes; None where it names none."""
        self._client = self._make_client(client_id, will)

    def _make_client(self, client_id: str, will: Will | None) -> BoundedClient:
        client = BoundedClient(client_id)
        client.max_inflight_messages = 0  # the window is ours
        client.connect_timeout = CONNECT_TIMEOUT_S
        if will is not None:
            self._retain = will.retain
            client.will_set(will.topic, will.payload, qos=1, retain=will.retain)
        self._listen(client)
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, read_password(self._settings))
        if self._settings.tls is not None:
            client.tls_set_context(self._tls_context(self._settings.tls))
        return client

    def _listen(self, client: BoundedClient) -> None:
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.acknowledged = self._callbacks.answered
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        # Without a callback paho flushes inside publish(); with one it leaves that to our loop.
        client.on_socket_register_write = lambda *_: None

    def _tls_context(self, tls: TlsSettings) -> ssl.SSLContext:
        return tls_context(tls, check_time=time_of(self._clock).synced)

    def open(self, *, wait_s: float = CONNECT_TIMEOUT_S) -> None:
        """Connect and wait for the broker's word. Raises UplinkError with the reason."""
        try:
            self._reach()
        except ssl.SSLCertVerificationError as error:
            raise self._look_closer(error) from error
        except OSError as error:
            raise unreachable(self._place, error) from error
        self._judge_certificate()
        deadline_s = time.monotonic() + wait_s
        alive = True
        while alive and not self.up and time.monotonic() < deadline_s:
            alive = self.turn(timeout_s=0.1, wake=None)
        if not self.up:
            raise self._refusal(closed=not alive)
        self._refuse_unsuitable()

    def _reach(self) -> None:
        """Open the socket, TLS included; the CONNECT waits for the first turn."""
        settings, wish = self._settings, make_properties(PacketTypes.CONNECT)
        wish.SessionExpiryInterval = settings.session_expiry_s if self._lasting else 0
        wish.MaximumPacketSize = INBOUND_MAXIMUM
        self._client.connect(
            settings.host,
            settings.port,
            settings.keepalive_s,
            clean_start=not self._lasting,
            properties=wish,
        )
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            # Else an event waits in the kernel until the one before it is acknowledged.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _judge_certificate(self) -> None:
        sock = self._client.socket()
        if isinstance(sock, ssl.SSLSocket):
            self._certificate = sock.getpeercert()
            self.check_trust()

    def check_trust(self) -> None:
        """Raise ClockError once the broker's certificate cannot hold any more.

        A connection made before the clock was synchronised is judged again by the true time.
        """
        if self._certificate is not None:
            judge_span(str(self._place), self._certificate, now=time_of(self._clock))

    def _look_closer(self, error: ssl.SSLCertVerificationError) -> UplinkError:
        """Explain a certificate that does not hold, by reading what it says."""
        settings = self._settings
        certificate = settings.tls and presented_certificate(
            settings.host, settings.port, settings.tls, wait_s=CONNECT_TIMEOUT_S
        )
        if certificate and error.verify_code in OUT_OF_TIME:
            return out_of_time(self._place, certificate, now=time_of(self._clock))
        return distrusted(self._place, error, certificate=certificate or None)

    def _refusal(self, *, closed: bool) -> UplinkError:
        """Say why the broker did not welcome us."""
        client, reason = self._client, self._reason
        if self._welcomed:  # and thrown out with the next packet
            return self.farewell
        if client.alert is not None:
            return tls_trouble(self._place, client.alert)
        if not self._place.tls and client.first_byte == TLS_ALERT:
            return speaks_tls(self._place)
        if reason is None:
            return no_word(self._place, closed=closed)
        return refused(self._place, code=reason.value, name=str(reason), told=self._told)

    def _refuse_unsuitable(self) -> None:
        if self._qos_maximum < 1:
            raise UnsuitableBrokerError(
                f"broker {self._place} takes QoS 0 only: it would acknowledge nothing",
                remedy="let it take QoS 1 (Mosquitto: max_qos 1 or 2)",
            )

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int:
        """Send with QoS 1; returns the message id that `answered` will name.

        A broker that keeps no retained messages gets an ordinary one.
        """
        if self._client.socket() is None:
            raise self.farewell
        keep = retain and self._retain
        return self._client.send(topic.encode(), payload, retain=keep, expiry_s=expiry_s)

    def subscribe(self, topic: str) -> int:
        """Ask for a topic with QoS 1; returns the message id that `subscribed` will name."""
        message_id = self._client.subscribe(topic, qos=1)[1]
        if message_id is None:
            raise ConnectionLostError("connection lost")
        return message_id

    def turn(self, *, timeout_s: float, wake: int | None) -> bool:
        """Write what waits, read what came, for at most `timeout_s`; False once it is lost.

        `wake` is a non-blocking file descriptor that ends the wait early, and is then read empty.
        """
        try:
            return self._turn(timeout_s, wake)
        except Exception as error:  # paho meets a broken packet with whatever error comes first
            raise UplinkError(
                f"broker {self._place} sends what is not MQTT 5: {error!r}"
            ) from error

    def _turn(self, timeout_s: float, wake: int | None) -> bool:
        sock = self._client.socket()
        if sock is None:
            return False
        # Read first: a write that fails would hide the reason the broker gave before it left.
        if self._readable(sock, timeout_s, wake) and self._client.loop_read():
            return False
        if self._client.want_write() and self._client.loop_write():
            return False
        return not self._client.loop_misc()

    def _readable(self, sock: Any, timeout_s: float, wake: int | None) -> bool:
        """Wait until something can be done; tell whether it is reading."""
        # What was decrypted with an earlier packet never polls.
        decrypted = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        events = select.POLLIN | (select.POLLOUT if self._client.want_write() else 0)
        poll = select.poll()
        poll.register(sock, events)
        if wake is not None:
            poll.register(wake, select.POLLIN)
        ready = dict(poll.poll(0 if decrypted else timeout_s * 1000))
        if wake in ready:
            os.read(wake, WAKES_BYTES)
        return decrypted or bool(ready.get(sock.fileno(), 0) & ~select.POLLOUT)

    @property
    def farewell(self) -> TroubleError:
        """Why the connection is gone."""
        if self._client.alert is not None:
            return tls_trouble(self._place, self._client.alert)
        if self._reason is None:
            return ConnectionLostError("connection lost")
        said = f"connection lost: {self._reason}" + (f", {self._told}" if self._told else "")
        if self._reason.value == TAKEN_OVER:
            remedy = "does another kiosk have the same device.tenant, site and id?"
            return TwinError(said, remedy=remedy)
        return ConnectionLostError(said)

    def close(self) -> None:
        """Say goodbye, so that the broker drops the will."""
        self._client.disconnect()
        deadline_s = time.monotonic() + GOODBYE_S
        while time.monotonic() < deadline_s and self.turn(timeout_s=0.1, wake=None):
            pass

    def drop(self) -> None:
        """Close the socket, if it is still open, without a word."""
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def _on_connect(
        self, _c: Client, _u: object, _f: ConnectFlags, reason: ReasonCode, wish: Properties | None
    ) -> None:
        if reason.is_failure:
            self._reason, self._told = reason, getattr(wish, "ReasonString", None)
            return
        self.receive_maximum = getattr(wish, "ReceiveMaximum", RECEIVE_MAXIMUM)
        self.packet_maximum = getattr(wish, "MaximumPacketSize", None)
        self._qos_maximum = getattr(wish, "MaximumQoS", 2)
        self._retain = self._retain and getattr(wish, "RetainAvailable", 1) == 1
        self.up = self._welcomed = True

    def _on_disconnect(
        self,
        _c: Client,
        _u: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        wish: Properties | None,
    ) -> None:
        self.up = False
        # Without a packet from the broker "Unspecified error" stands for a lost connection.
        says_why = flags.is_disconnect_packet_from_server or reason.value > UNSPECIFIED
        if self._reason is None and says_why:
            self._reason, self._told = reason, getattr(wish, "ReasonString", None)

    def _on_subscribe(
        self, _c: Client, _u: object, mid: int, reasons: list[ReasonCode], _p: Properties | None
    ) -> None:
        self._callbacks.subscribed(mid, reasons[0].value if reasons else UNSPECIFIED)

    def _on_message(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        self._callbacks.received(message.topic, bytes(message.payload))
