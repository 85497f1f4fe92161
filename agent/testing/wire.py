"""The bytes MQTT 5 is made of: numbers, texts, properties (OASIS MQTT 5.0, chapters 1.5, 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agent.errors import SmilepostError

Properties = Mapping[str, Any]
"""By name (`receive_maximum`); what may stand twice (`user_property`) is a tuple of values."""

VARINT_BYTES = 4
MORE = 0x80  # the bit of a length byte that says: another follows
VARINT_MAXIMUM = (1 << 7 * VARINT_BYTES) - 1


class PacketError(SmilepostError, ValueError):
    """Bytes that are not MQTT 5."""


class Cursor:
    """Reads from the front of `data`; PacketError where it is too short."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def ended(self) -> bool:
        """Whether everything has been read."""
        return self._at >= len(self._data)

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        if self._at + count > len(self._data):
            raise PacketError(f"ends after {len(self._data)} bytes, inside a field of {count}")
        self._at += count
        return self._data[self._at - count : self._at]

    def rest(self) -> bytes:
        """Return all that is left."""
        return self.take(len(self._data) - self._at)

    def number(self, size: int) -> int:
        """Return a big-endian number of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def varint(self) -> int:
        """Return a variable byte integer."""
        value = 0
        for index in range(VARINT_BYTES):
            byte = self.number(1)
            value |= (byte & 0x7F) << 7 * index
            if index and not byte:
                raise PacketError("a variable byte integer longer than need be")
            if not byte & MORE:
                return value
        raise PacketError("a variable byte integer of more than 4 bytes")

    def binary(self) -> bytes:
        """Return bytes behind their 16-bit length."""
        return self.take(self.number(2))

    def text(self) -> str:
        """Return UTF-8 text behind its 16-bit length."""
        raw = self.binary()
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise PacketError(f"a text that is not UTF-8: {raw[:20]!r}") from error

    def pair(self) -> tuple[str, str]:
        """Return a name and its value."""
        return self.text(), self.text()

    def properties(self) -> dict[str, Any]:
        """Return a property section."""
        section = Cursor(self.take(self.varint()))
        found: dict[str, Any] = {}
        while not section.ended:
            number = section.varint()
            if number not in _PROPERTIES:
                raise PacketError(f"property 0x{number:02x} does not exist")
            name, kind = _PROPERTIES[number]
            _note(found, name, _KINDS[kind][0](section))
        return found


def _note(found: dict[str, Any], name: str, value: Any) -> None:
    if name in REPEATABLE:
        found[name] = (*found.get(name, ()), value)
    elif name in found:
        raise PacketError(f"property {name} stands twice")
    else:
        found[name] = value


def varint(value: int) -> bytes:
    """Write a variable byte integer."""
    if not 0 <= value <= VARINT_MAXIMUM:
        raise PacketError(f"{value} does not fit a variable byte integer")
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        out.append(low | (MORE if value else 0))
        if not value:
            return bytes(out)


def number(value: int, size: int) -> bytes:
    """Write a big-endian number of `size` bytes."""
    return value.to_bytes(size, "big")


def binary(value: bytes) -> bytes:
    """Write bytes behind their 16-bit length."""
    return number(len(value), 2) + value


def text(value: str) -> bytes:
    """Write UTF-8 text behind its 16-bit length."""
    return binary(value.encode())


def properties(values: Properties) -> bytes:
    """Write a property section."""
    body = b"".join(_property(name, value) for name, value in values.items())
    return varint(len(body)) + body


def _property(name: str, value: Any) -> bytes:
    code, kind = _CODES[name]
    several = value if name in REPEATABLE else (value,)
    return b"".join(varint(code) + _KINDS[kind][1](one) for one in several)


def _write_pair(value: tuple[str, str]) -> bytes:
    return text(value[0]) + text(value[1])


_KINDS: dict[str, tuple[Callable[[Cursor], Any], Callable[[Any], bytes]]] = {
    "byte": (lambda c: c.number(1), lambda v: number(v, 1)),
    "two": (lambda c: c.number(2), lambda v: number(v, 2)),
    "four": (lambda c: c.number(4), lambda v: number(v, 4)),
    "varint": (Cursor.varint, varint),
    "binary": (Cursor.binary, binary),
    "text": (Cursor.text, text),
    "pair": (Cursor.pair, _write_pair),
}

# Table 2-4 of the standard.
_PROPERTIES: dict[int, tuple[str, str]] = {
    0x01: ("payload_format_indicator", "byte"),
    0x02: ("message_expiry_interval", "four"),
    0x03: ("content_type", "text"),
    0x08: ("response_topic", "text"),
    0x09: ("correlation_data", "binary"),
    0x0B: ("subscription_identifier", "varint"),
    0x11: ("session_expiry_interval", "four"),
    0x12: ("assigned_client_identifier", "text"),
    0x13: ("server_keep_alive", "two"),
    0x15: ("authentication_method", "text"),
    0x16: ("authentication_data", "binary"),
    0x17: ("request_problem_information", "byte"),
    0x18: ("will_delay_interval", "four"),
    0x19: ("request_response_information", "byte"),
    0x1A: ("response_information", "text"),
    0x1C: ("server_reference", "text"),
    0x1F: ("reason_string", "text"),
    0x21: ("receive_maximum", "two"),
    0x22: ("topic_alias_maximum", "two"),
    0x23: ("topic_alias", "two"),
    0x24: ("maximum_qos", "byte"),
    0x25: ("retain_available", "byte"),
    0x26: ("user_property", "pair"),
    0x27: ("maximum_packet_size", "four"),
    0x28: ("wildcard_subscription_available", "byte"),
    0x29: ("subscription_identifier_available", "byte"),
    0x2A: ("shared_subscription_available", "byte"),
}
REPEATABLE = frozenset({"user_property", "subscription_identifier"})
_CODES = {name: (code, kind) for code, (name, kind) in _PROPERTIES.items()}
KIND_OF = dict(_PROPERTIES.values())
"""What each property holds: byte, two, four (bytes), varint, binary, text or pair."""
