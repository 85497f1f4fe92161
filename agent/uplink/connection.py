"""paho, driven so that SQLite is the only queue: one connection at a time, our own loop.

paho's own queue would be lost at a restart, so it never holds more than our window; whatever was
in flight when the connection breaks is pending again, and the next connection has a client of its
own. One thread owns the client, and no lock is held while calling it: `on_publish` runs under
paho's own message lock.
"""

from __future__ import annotations

import select
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agent.errors import UplinkError
from agent.uplink.settings import TlsSettings, UplinkSettings

CONNECT_TIMEOUT_S = 5.0
GOODBYE_S = 1.0
UNSPECIFIED = 0x80
INBOUND_MAXIMUM = 262_144  # bytes; no message meant for a device comes near it
RECEIVE_MAXIMUM = 65_535  # MQTT 5: what holds where the broker names none


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, when this connection is lost."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Told from within `Connection.turn`, in the owning thread."""

    answered: Callable[[int, int], None]
    """(message id, MQTT reason code): the broker has answered a publish."""


class Connection:
    """One MQTT 5 connection, for one use. All methods belong to one thread.

    Whatever goes wrong is an UplinkError with the reason in one line; then `drop` it.
    """

    def __init__(
        self, settings: UplinkSettings, *, client_id: str, will: Will, callbacks: Callbacks
    ) -> None:
        self._settings = settings
        self._callbacks = callbacks
        self._where = f"{settings.host}:{settings.port}"
        self._reason: str | None = None
        self.up = False
        self.receive_maximum = RECEIVE_MAXIMUM
        self.packet_maximum: int | None = None
        """The largest packet the broker takes, in bytes; None where it names none."""
        self._client = self._make_client(client_id, will)

    def _make_client(self, client_id: str, will: Will) -> Client:
        client = _BoundedClient(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        client.max_inflight_messages = 0  # the window is ours
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        # Without a callback paho flushes inside publish(); with one it leaves that to our loop.
        client.on_socket_register_write = lambda *_: None
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, read_password(self._settings))
        if self._settings.tls is not None:
            client.tls_set_context(tls_context(self._settings.tls))
        return client

    def open(self, *, wait_s: float = CONNECT_TIMEOUT_S) -> None:
        """Connect and wait for the broker's word. Raises UplinkError with the reason."""
        settings = self._settings
        wish = _properties(PacketTypes.CONNECT)
        wish.SessionExpiryInterval = settings.session_expiry_s
        wish.MaximumPacketSize = INBOUND_MAXIMUM
        try:
            self._client.connect(
                settings.host,
                settings.port,
                settings.keepalive_s,
                clean_start=False,
                properties=wish,
            )
        except OSError as error:
            raise UplinkError(explain_refusal(self._where, error)) from error
        deadline_s = time.monotonic() + wait_s
        alive = True
        while alive and not self.up and time.monotonic() < deadline_s:
            alive = self.turn(timeout_s=0.1, wake=None)
        if not self.up:
            reason = self._reason or ("no answer" if alive else "it closed the connection")
            raise UplinkError(f"broker {self._where} does not accept this device: {reason}")

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int:
        """Send with QoS 1; returns the message id that `answered` will name."""
        wish = None
        if expiry_s is not None:
            wish = _properties(PacketTypes.PUBLISH)
            wish.MessageExpiryInterval = expiry_s
        return self._client.publish(topic, payload, qos=1, retain=retain, properties=wish).mid

    def turn(self, *, timeout_s: float, wake: int | None) -> bool:
        """Write what waits, read what came, for at most `timeout_s`; False once it is lost.

        `wake` is a file descriptor that ends the wait early.
        """
        try:
            return self._turn(timeout_s, wake)
        except Exception as error:  # paho meets a broken packet with whatever error comes first
            raise UplinkError(
                f"broker {self._where} sends what is not MQTT 5: {error!r}"
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
        # A TLS record may hold more than one packet: what is already decrypted never polls.
        buffered = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        events = select.POLLIN | (select.POLLOUT if self._client.want_write() else 0)
        poll = select.poll()
        poll.register(sock, events)
        if wake is not None:
            poll.register(wake, select.POLLIN)
        ready = dict(poll.poll(0 if buffered else timeout_s * 1000))
        return buffered or bool(ready.get(sock.fileno(), 0) & ~select.POLLOUT)

    @property
    def farewell(self) -> str:
        """Why the connection is gone, in one line."""
        return f"connection lost: {self._reason}" if self._reason else "connection lost"

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
            self._reason = str(reason)
            return
        self.receive_maximum = getattr(wish, "ReceiveMaximum", RECEIVE_MAXIMUM)
        self.packet_maximum = getattr(wish, "MaximumPacketSize", None)
        self.up = True

    def _on_disconnect(
        self,
        _c: Client,
        _u: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        _p: Properties | None,
    ) -> None:
        self.up = False
        # Without a packet from the broker "Unspecified error" stands for a lost connection.
        says_why = flags.is_disconnect_packet_from_server or reason.value > UNSPECIFIED
        if self._reason is None and says_why:
            self._reason = str(reason)

    def _on_publish(
        self, _c: Client, _u: object, mid: int, reason: ReasonCode, _p: Properties | None
    ) -> None:
        self._callbacks.answered(mid, reason.value)


class _BoundedClient(Client):
    """paho announces a Maximum Packet Size and then takes any; this one does not."""

    def _sock_recv(self, bufsize: int) -> bytes:
        if bufsize > INBOUND_MAXIMUM:
            raise ValueError(f"a packet of {bufsize} bytes, more than was agreed")
        return super()._sock_recv(bufsize)


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]


def read_password(settings: UplinkSettings) -> str | None:
    """Return the first line of the password file; None when none is configured."""
    if settings.password_file is None:
        return None
    try:
        text = settings.password_file.read_text(encoding="utf-8")
    except OSError as error:
        raise UplinkError(
            f"uplink.password_file {settings.password_file} cannot be read: {error.strerror}"
        ) from error
    except UnicodeDecodeError as error:
        raise UplinkError(
            f"uplink.password_file {settings.password_file} is not UTF-8 text"
        ) from error
    return text.partition("\n")[0].rstrip("\r")


def tls_context(tls: TlsSettings) -> ssl.SSLContext:
    """Return the TLS context of the configuration. Raises UplinkError for unusable files."""
    try:
        context = ssl.create_default_context(cafile=None if tls.ca is None else str(tls.ca))
        if tls.certificate is not None and tls.key is not None:
            # Without a password of ours OpenSSL would ask for one on the terminal, and wait.
            context.load_cert_chain(tls.certificate, tls.key, password="-")  # noqa: S106
    except OSError as error:
        raise UplinkError(f"uplink.tls: a file cannot be used: {error}") from error
    return context


def explain_refusal(where: str, error: OSError) -> str:
    """Say in one line why the broker cannot be reached, and what to look at."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"broker {where}: its certificate does not hold: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"broker {where}: TLS fails ({error.reason or error}): is uplink.port its TLS port?"
    if isinstance(error, ConnectionRefusedError):
        return f"broker {where} refuses connections: is it running, is uplink.port right?"
    if isinstance(error, TimeoutError):
        return f"broker {where} does not answer: check the network and uplink.host"
    return f"broker {where} cannot be reached: {error.strerror or error}"
