"""MQTT 5 packets and bytes: `encode` writes a packet, `parse` and `split` read them.

On neither side of a connection, so that a test can say exactly which bytes it means. A packet is
checked for its form, not for the rules of the conversation.
"""

from __future__ import annotations

from collections.abc import Callable

from agent.testing import wire
from agent.testing.packets import (
    Ack,
    Connack,
    Connect,
    Farewell,
    Granted,
    Kind,
    Packet,
    Ping,
    Publish,
    Subscribe,
    Unsubscribe,
    Will,
)
from agent.testing.wire import Cursor, PacketError, Properties

PROTOCOL = 5

# The lower half of the first byte, where the standard fixes it to something else than 0.
_FLAGS = {Kind.PUBREL: 2, Kind.SUBSCRIBE: 2, Kind.UNSUBSCRIBE: 2}


def encode(packet: Packet) -> bytes:
    """Write a packet."""
    kind, flags, body = _body(packet)
    return framed(kind << 4 | flags, body)


def framed(first: int, body: bytes) -> bytes:
    """Put a first byte and the length before a body of any content."""
    return bytes([first]) + wire.varint(len(body)) + body


def parse(first: int, body: bytes) -> Packet:
    """Read the body of a packet whose first byte is `first`. Raises PacketError."""
    if first >> 4 not in _READERS:
        raise PacketError(f"packet type {first >> 4} is reserved")
    kind, cursor = Kind(first >> 4), Cursor(body)
    if kind is not Kind.PUBLISH and first & 0x0F != _FLAGS.get(kind, 0):
        raise PacketError(f"{kind.name} with the flags 0x{first & 0x0F:x}")
    packet = _READERS[kind](cursor, first)
    if not cursor.ended:
        raise PacketError(f"{kind.name} is longer than its content")
    return packet


def split(data: bytes) -> tuple[list[Packet], bytes]:
    """Read every whole packet at the front of `data`; returns them and what is left."""
    packets: list[Packet] = []
    while (length := _whole(data)) is not None:
        start = 1 + len(wire.varint(length))
        packets.append(parse(data[0], data[start : start + length]))
        data = data[start + length :]
    return packets, data


def _whole(data: bytes) -> int | None:
    """Return the length of the body at the front; None while the packet is not whole."""
    lengths = data[1 : 1 + wire.VARINT_BYTES]
    if len(lengths) < wire.VARINT_BYTES and all(byte & wire.MORE for byte in lengths):
        return None
    length = Cursor(lengths).varint()
    return length if len(data) >= 1 + len(wire.varint(length)) + length else None


# -- writing ----------------------------------------------------------------------------------


def _body(packet: Packet) -> tuple[Kind, int, bytes]:
    match packet:
        case Connect():
            found = Kind.CONNECT, 0, _connect_body(packet)
        case Connack():
            head = bytes([packet.session_present, packet.reason])
            found = Kind.CONNACK, 0, head + wire.properties(packet.properties)
        case Publish():
            flags = packet.dup << 3 | packet.qos << 1 | packet.retain
            found = Kind.PUBLISH, flags, _publish_body(packet)
        case Ack():
            head = wire.number(packet.packet_id, 2)
            found = packet.kind, _FLAGS.get(packet.kind, 0), head + _reason_body(packet)
        case Farewell() | Ping():
            found = packet.kind, 0, b"" if isinstance(packet, Ping) else _reason_body(packet)
        case _:
            found = _about_filters(packet)
    return found


def _connect_body(packet: Connect) -> bytes:
    will = packet.will
    flags = packet.clean_start << 1
    if will is not None:
        flags |= 0x04 | will.qos << 3 | will.retain << 5
    flags |= (packet.password is not None) << 6 | (packet.username is not None) << 7
    head = wire.text("MQTT") + bytes([PROTOCOL, flags]) + wire.number(packet.keepalive_s, 2)
    body = head + wire.properties(packet.properties) + wire.text(packet.client_id)
    if will is not None:
        body += wire.properties(will.properties) + wire.text(will.topic) + wire.binary(will.payload)
    body += b"" if packet.username is None else wire.text(packet.username)
    return body + (b"" if packet.password is None else wire.binary(packet.password))


def _publish_body(packet: Publish) -> bytes:
    number = b"" if packet.packet_id is None else wire.number(packet.packet_id, 2)
    return wire.text(packet.topic) + number + wire.properties(packet.properties) + packet.payload


def _about_filters(packet: Subscribe | Unsubscribe | Granted) -> tuple[Kind, int, bytes]:
    head = wire.number(packet.packet_id, 2) + wire.properties(packet.properties)
    match packet:
        case Subscribe():
            body = b"".join(wire.text(name) + bytes([wish]) for name, wish in packet.filters)
            return Kind.SUBSCRIBE, 2, head + body
        case Unsubscribe():
            return Kind.UNSUBSCRIBE, 2, head + b"".join(map(wire.text, packet.filters))
        case Granted():
            return packet.kind, 0, head + bytes(packet.reasons)


def _reason_body(packet: Ack | Farewell) -> bytes:
    """Write reason and properties, left out as the standard allows."""
    if packet.properties:
        return bytes([packet.reason]) + wire.properties(packet.properties)
    return bytes([packet.reason]) if packet.reason else b""


# -- reading ----------------------------------------------------------------------------------


def _read_connect(cursor: Cursor, _first: int) -> Connect:
    if (cursor.text(), cursor.number(1)) != ("MQTT", PROTOCOL):
        raise PacketError("this is not MQTT 5")
    flags, keepalive_s = cursor.number(1), cursor.number(2)
    properties, client_id = cursor.properties(), cursor.text()
    return Connect(
        client_id,
        clean_start=bool(flags & 0x02),
        keepalive_s=keepalive_s,
        will=_read_will(cursor, flags) if flags & 0x04 else None,
        username=cursor.text() if flags & 0x80 else None,
        password=cursor.binary() if flags & 0x40 else None,
        properties=properties,
    )


def _read_will(cursor: Cursor, flags: int) -> Will:
    properties, topic, payload = cursor.properties(), cursor.text(), cursor.binary()
    return Will(topic, payload, flags >> 3 & 3, bool(flags & 0x20), properties)


def _read_connack(cursor: Cursor, _first: int) -> Connack:
    present, reason = bool(cursor.number(1)), cursor.number(1)
    return Connack(reason, present, cursor.properties())


def _read_publish(cursor: Cursor, first: int) -> Publish:
    qos = first >> 1 & 3
    if qos == 3:  # noqa: PLR2004 - the one value the two bits must not have
        raise PacketError("PUBLISH with QoS 3")
    topic, packet_id = cursor.text(), cursor.number(2) if qos else None
    properties, payload = cursor.properties(), cursor.rest()
    return Publish(topic, payload, qos, bool(first & 1), bool(first & 8), packet_id, properties)


def _read_ack(cursor: Cursor, first: int) -> Ack:
    packet_id = cursor.number(2)
    reason, properties = _read_reason(cursor)
    return Ack(packet_id, reason, Kind(first >> 4), properties)


def _read_farewell(cursor: Cursor, first: int) -> Farewell:
    reason, properties = _read_reason(cursor)
    return Farewell(reason, Kind(first >> 4), properties)


def _read_reason(cursor: Cursor) -> tuple[int, Properties]:
    reason = 0 if cursor.ended else cursor.number(1)
    return reason, {} if cursor.ended else cursor.properties()


def _read_subscribe(cursor: Cursor, _first: int) -> Subscribe:
    packet_id, properties = cursor.number(2), cursor.properties()
    filters: list[tuple[str, int]] = []
    while not cursor.ended:
        filters.append((cursor.text(), cursor.number(1)))
    return Subscribe(packet_id, tuple(filters), properties)


def _read_unsubscribe(cursor: Cursor, _first: int) -> Unsubscribe:
    packet_id, properties = cursor.number(2), cursor.properties()
    filters: list[str] = []
    while not cursor.ended:
        filters.append(cursor.text())
    return Unsubscribe(packet_id, tuple(filters), properties)


def _read_granted(cursor: Cursor, first: int) -> Granted:
    packet_id, properties = cursor.number(2), cursor.properties()
    return Granted(packet_id, tuple(cursor.rest()), Kind(first >> 4), properties)


def _read_ping(_cursor: Cursor, first: int) -> Ping:
    return Ping(Kind(first >> 4))


_READERS: dict[int, Callable[[Cursor, int], Packet]] = {
    Kind.CONNECT: _read_connect,
    Kind.CONNACK: _read_connack,
    Kind.PUBLISH: _read_publish,
    **dict.fromkeys((Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP), _read_ack),
    Kind.SUBSCRIBE: _read_subscribe,
    Kind.SUBACK: _read_granted,
    Kind.UNSUBSCRIBE: _read_unsubscribe,
    Kind.UNSUBACK: _read_granted,
    **dict.fromkeys((Kind.PINGREQ, Kind.PINGRESP), _read_ping),
    **dict.fromkeys((Kind.DISCONNECT, Kind.AUTH), _read_farewell),
}
