"""paho's client, held to what was agreed, and telling why its socket failed."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties

from agent.errors import UplinkError
from agent.uplink.settings import UplinkSettings

INBOUND_MAXIMUM = 262_144  # bytes; no message meant for a device comes near it
READ_BYTES = 4096  # some hundred acknowledgements
PACKET_TYPE = 0xF0  # of the first byte; the rest are flags
PUBLISH = 0x30
QOS_1 = 0x02
PUBACK = 0x40
REASON_AT = 2  # behind the message id
FRAME_BYTES = 5  # of a PUBLISH: the topic's length, the message id, the length of no properties
NO_PROPERTIES = b"\x00"
UNSPECIFIED = 0x80
ACCEPTED = frozenset({0x00, 0x10})  # OASIS MQTT 5.0, 3.4.2.1: success, and nobody has subscribed


class BoundedClient(Client):
    """paho, held to the Maximum Packet Size it announces, and cheaper for each event.

    paho reads an acknowledgement in three calls of the kernel, builds two objects of it that
    nobody looks at, and sends every event with a call of its own. Here what came is read at once,
    an acknowledgement is two numbers, an event is kept by the window alone, and what waits goes
    out together: a backlog drains in half the time. `acknowledged` is called instead of
    `on_publish`.

    paho only logs why reading failed: `alert` keeps what TLS said. `first_byte` is the first that
    came, of whatever protocol.
    """

    alert: ssl.SSLError | None = None
    first_byte: bytes = b""
    unread: bytes = b""
    """Read from the socket, which will not tell of it again, and not yet looked at."""
    acknowledged: Callable[[int, int], None]
    """(message id, MQTT reason code): the broker has answered a publish."""

    def __init__(self, client_id: str) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._awaited: set[int] = set()

    def send_event(self, topic: bytes, payload: bytes) -> int:
        """Queue a PUBLISH with QoS 1; returns the message id that `acknowledged` will name."""
        message_id = self._mid_generate()
        while message_id in self._awaited:
            message_id = self._mid_generate()
        self._awaited.add(message_id)
        packet = bytearray([PUBLISH | QOS_1])
        self._pack_remaining_length(packet, FRAME_BYTES + len(topic) + len(payload))
        self._pack_str16(packet, topic)
        packet += message_id.to_bytes(2, "big") + NO_PROPERTIES + payload
        self._packet_queue(PUBLISH, packet, message_id, 1)
        return message_id

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Take a packet, and all acknowledgements behind it."""
        outcome = super().loop_read(max_packets)
        while outcome == MQTTErrorCode.MQTT_ERR_SUCCESS and self._acknowledgement_waits:
            outcome = super().loop_read(max_packets)
        return outcome

    @property
    def _acknowledgement_waits(self) -> bool:
        return bool(self.unread) and self.unread[0] & PACKET_TYPE == PUBACK

    def loop_write(self) -> MQTTErrorCode:
        """Send what waits, all events in one call of the kernel (and one TLS record)."""
        self._join_events()
        return super().loop_write()

    def _join_events(self) -> None:
        """Make one packet of the events in front: to a stream of bytes they are the same."""
        waiting = self._out_packet
        if len(waiting) < 2 or not _is_event(waiting[0]):  # noqa: PLR2004 - nothing to join
            return
        first = waiting[0]
        joined = bytearray(first["packet"])
        while len(waiting) > 1 and _is_event(waiting[1]):
            joined += waiting[1]["packet"]
            del waiting[1]
        first["packet"], first["to_process"] = joined, len(joined) - first["pos"]

    def _packet_handle(self) -> MQTTErrorCode:
        if self._in_packet["command"] & PACKET_TYPE != PUBACK:
            return super()._packet_handle()
        body = self._in_packet["packet"]
        message_id = int.from_bytes(body[:REASON_AT], "big")
        reason = body[REASON_AT] if len(body) > REASON_AT else 0
        if len(body) < REASON_AT or (reason < UNSPECIFIED and reason not in ACCEPTED):
            raise ValueError(f"a PUBACK of {body.hex(' ')}")
        # Any refusal is taken, also one that the specification has not: Mosquitto answers a message
        # above its limit with 0x95, and would be met by the same one at every connection.
        if message_id in self._awaited:
            self._awaited.discard(message_id)
            self.acknowledged(message_id, reason)
        elif self._out_messages.pop(message_id, None) is not None:
            self._inflight_messages -= 1
            self.acknowledged(message_id, reason)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _sock_recv(self, bufsize: int) -> bytes:
        if bufsize > INBOUND_MAXIMUM:
            raise ValueError(f"a packet of {bufsize} bytes, more than was agreed")
        if not self.unread:
            self.unread = self._read_socket()
        data, self.unread = self.unread[:bufsize], self.unread[bufsize:]
        return data

    def _read_socket(self) -> bytes:
        try:
            data = super()._sock_recv(READ_BYTES)
        except ssl.SSLError as error:
            self.alert = error
            raise
        self.first_byte = self.first_byte or data[:1]
        return data


def _is_event(packet: Mapping[str, Any]) -> bool:
    """Tell whether a packet is a publish that its acknowledgement ends, not its sending."""
    kind: int = packet["command"] & PACKET_TYPE
    return kind == PUBLISH and packet["qos"] != 0


def make_properties(packet: int) -> Properties:
    """Return an empty set of MQTT 5 properties for a type of packet."""
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
