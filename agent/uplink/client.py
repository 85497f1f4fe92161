"""paho's client, held to what was agreed, and telling why its socket failed."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.errors import UplinkError
from agent.uplink.settings import UplinkSettings

INBOUND_MAXIMUM = 262_144  # bytes; no message meant for a device comes near it
READ_BYTES = 4096  # some hundred acknowledgements
PACKET_TYPE = 0xF0  # of the first byte; the rest are flags
PUBLISH = 0x30
QOS_1 = 0x02
PUBACK = 0x40
LENGTH_BYTES = 4  # the most that a packet's length takes
MORE = 0x80  # of a byte of it: another one follows
REASON_AT = 2  # of a PUBACK: behind the message id
HEAD_BYTES = 4  # of a PUBLISH: the length of its topic, and its message id
NO_PROPERTIES = b"\x00"  # their length
UNSPECIFIED = 0x80
ACCEPTED = frozenset({0x00, 0x10})  # OASIS MQTT 5.0, 3.4.2.1: success, and nobody has subscribed


class BoundedClient(Client):
    """paho, held to the Maximum Packet Size it announces, and cheaper for each event.

    paho reads an acknowledgement in three calls of the kernel, builds two objects of it that
    nobody looks at, and sends every event with a call of its own. Here what came is read at once,
    an acknowledgement is two numbers, a message is kept by the window alone, and what waits goes
    out together: a backlog drains in half the time. `send` stands for `publish`, `acknowledged`
    for `on_publish`.

    paho only logs why reading failed: `alert` keeps what TLS said. `first_byte` is the first that
    came, of whatever protocol.
    """

    alert: ssl.SSLError | None = None
    first_byte: bytes = b""
    acknowledged: Callable[[int, int], None]
    """(message id, MQTT reason code): the broker has answered a publish."""

    def __init__(self, client_id: str) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._awaited: set[int] = set()
        self._unsent = bytearray()  # messages, one behind the other
        self._unread = bytearray()  # the beginning of a packet

    def send(
        self, topic: bytes, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int:
        """Queue a PUBLISH with QoS 1; returns the message id that `acknowledged` will name."""
        message_id = self._mid_generate()
        while message_id in self._awaited:
            message_id = self._mid_generate()
        self._awaited.add(message_id)
        wish = NO_PROPERTIES if expiry_s is None else _expiry(expiry_s)
        unsent = self._unsent
        unsent.append(PUBLISH | QOS_1 | retain)
        self._pack_remaining_length(unsent, HEAD_BYTES + len(topic) + len(wish) + len(payload))
        self._pack_str16(unsent, topic)
        unsent += message_id.to_bytes(2, "big") + wish + payload
        return message_id

    def want_write(self) -> bool:
        """Tell whether anything waits to be sent."""
        return bool(self._unsent) or super().want_write()

    def loop_write(self) -> MQTTErrorCode:
        """Send what waits, all messages in one call of the kernel (and one TLS record)."""
        self._queue_messages()
        return super().loop_write()

    def _packet_queue(self, *packet: Any, **more: Any) -> MQTTErrorCode:
        self._queue_messages()  # nothing overtakes them
        return super()._packet_queue(*packet, **more)

    def _queue_messages(self) -> None:
        """Queue the messages as one packet: to a stream of bytes they are the same."""
        if self._unsent:
            messages, self._unsent = self._unsent, bytearray()
            super()._packet_queue(PUBLISH, messages, 0, 1)

    def _packet_read(self) -> MQTTErrorCode:
        """Read once, and handle every packet that is whole."""
        try:
            came = self._sock_recv(READ_BYTES)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_AGAIN
        except OSError as error:
            self.alert = error if isinstance(error, ssl.SSLError) else None
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        if not came:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        self.first_byte = self.first_byte or came[:1]
        self._last_bytes_received = time.monotonic()
        self._unread += came
        return self._handle_packets()

    def _handle_packets(self) -> MQTTErrorCode:
        outcome = MQTTErrorCode.MQTT_ERR_SUCCESS
        while self._sock is not None and not outcome and (place := _body_of(self._unread)):
            first, body = self._unread[0], self._unread[place]
            del self._unread[: place.stop]
            if first & PACKET_TYPE == PUBACK:
                self._take_answer(body)
            else:
                packet = self._in_packet
                packet["command"], packet["packet"] = first, body
                packet["remaining_length"] = len(body)
                outcome = self._packet_handle()
        return outcome

    def _take_answer(self, body: bytearray) -> None:
        """Read a PUBACK. Raises ValueError where it is none."""
        message_id = int.from_bytes(body[:REASON_AT], "big")
        reason = body[REASON_AT] if len(body) > REASON_AT else 0
        if len(body) < REASON_AT or (reason < UNSPECIFIED and reason not in ACCEPTED):
            raise ValueError(f"a PUBACK of {body.hex(' ')}")
        # Any refusal is taken, also one that the specification has not: Mosquitto answers a message
        # above its limit with 0x95, and would be met by the same one at every connection.
        if message_id in self._awaited:
            self._awaited.discard(message_id)
            self.acknowledged(message_id, reason)


def _body_of(unread: bytearray) -> slice | None:
    """Return where the body of the first packet stands; None while there is not all of it.

    Raises ValueError where it is longer than was agreed. Source: OASIS MQTT 5.0, 1.5.5.
    """
    size = 0
    for place, digit in enumerate(unread[1 : 1 + LENGTH_BYTES]):
        size |= (digit & ~MORE) << 7 * place
        if not digit & MORE:
            if size > INBOUND_MAXIMUM:
                raise ValueError(f"a packet of {size} bytes, more than was agreed")
            body = slice(2 + place, 2 + place + size)
            return body if body.stop <= len(unread) else None
    if len(unread) > LENGTH_BYTES:
        raise ValueError(f"a length of {unread[1 : 1 + LENGTH_BYTES].hex(' ')}")
    return None


def _expiry(seconds: int) -> bytes:
    """Return the properties of a message that the broker drops after so long."""
    wish = make_properties(PacketTypes.PUBLISH)
    wish.MessageExpiryInterval = seconds
    packed: bytes = wish.pack()  # type: ignore[no-untyped-call]
    return packed


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
