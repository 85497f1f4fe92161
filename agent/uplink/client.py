"""paho's client, held to what was agreed, and telling why its socket failed."""

from __future__ import annotations

import ssl

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties

from agent.errors import UplinkError
from agent.uplink.settings import UplinkSettings

INBOUND_MAXIMUM = 262_144  # bytes; no message meant for a device comes near it


PUBACK = 0x40
REASON_AT = 2  # behind the message id
UNSPECIFIED = 0x80
PUBACK_REFUSALS = frozenset({0x83, 0x87, 0x90, 0x91, 0x97, 0x99})  # OASIS MQTT 5.0, 3.4.2.1


class BoundedClient(Client):
    """paho announces a Maximum Packet Size and then takes any; this one does not.

    paho only logs why reading failed: `alert` keeps what TLS said. `first_byte` is the first that
    came, of whatever protocol.
    """

    alert: ssl.SSLError | None = None
    first_byte: bytes = b""
    odd_reasons: dict[int, int]
    """By message id: the reason of a PUBACK that MQTT 5 does not know there."""

    def _packet_handle(self) -> MQTTErrorCode:
        """Take any refusal: Mosquitto answers a message above its limit with PUBACK 0x95.

        The specification has no such PUBACK and paho would end the connection, again and again.
        """
        body = self._in_packet["packet"]
        if self._in_packet["command"] == PUBACK and len(body) > REASON_AT:
            code = body[REASON_AT]
            if code > UNSPECIFIED and code not in PUBACK_REFUSALS:
                self.odd_reasons[int.from_bytes(body[:REASON_AT], "big")] = code
                body[REASON_AT] = UNSPECIFIED
        return super()._packet_handle()

    def _sock_recv(self, bufsize: int) -> bytes:
        if bufsize > INBOUND_MAXIMUM:
            raise ValueError(f"a packet of {bufsize} bytes, more than was agreed")
        try:
            data = super()._sock_recv(bufsize)
        except ssl.SSLError as error:
            self.alert = error
            raise
        self.first_byte = self.first_byte or data[:1]
        return data


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
