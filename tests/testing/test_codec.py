"""The packet codec: what is written can be read, and nothing read can break it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.testing import codec, wire
from agent.testing.codec import encode, framed, parse, split
from agent.testing.packets import (
    Kind,
    Packet,
    Publish,
)
from agent.testing.wire import PacketError
from tests.testing.any_packet import PACKETS


@given(packet=PACKETS)
def test_what_is_written_can_be_read(packet: Packet) -> None:
    assert split(encode(packet)) == ([packet], b"")


@given(packets=st.lists(PACKETS, max_size=4), cut=st.integers(0, 200))
def test_a_stream_can_be_cut_anywhere(packets: list[Packet], cut: int) -> None:
    stream = b"".join(map(encode, packets))
    first, left = split(stream[:cut])
    second, nothing = split(left + stream[cut:])
    assert (first + second, nothing) == (packets, b"")


@given(first=st.integers(0, 255), body=st.binary(max_size=60))
def test_any_bytes_are_a_packet_or_a_packet_error(first: int, body: bytes) -> None:
    with contextlib.suppress(PacketError):
        packet = parse(first, body)
        assert parse(*_taken_apart(encode(packet))) == packet


def _taken_apart(data: bytes) -> tuple[int, bytes]:
    cursor = wire.Cursor(data)
    first, length = cursor.number(1), cursor.varint()
    return first, cursor.take(length)


@given(value=st.integers(0, wire.VARINT_MAXIMUM))
def test_variable_byte_integers_take_as_few_bytes_as_can_be(value: int) -> None:
    written = wire.varint(value)
    assert wire.Cursor(written).varint() == value
    assert len(written) == max(1, -(-value.bit_length() // 7))


@pytest.mark.parametrize("value", [-1, wire.VARINT_MAXIMUM + 1])
def test_what_fits_no_variable_byte_integer_is_not_written(value: int) -> None:
    with pytest.raises(PacketError, match="does not fit"):
        wire.varint(value)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (bytes([0x00, 0]), "packet type 0 is reserved"),
        (bytes([0x82 ^ 2, 0]), "SUBSCRIBE with the flags 0x0"),
        (bytes([0x36, 0]), "QoS 3"),
        (bytes([0xD0, 1, 0]), "longer than its content"),
        (bytes([0x40, 1, 0]), "ends after 1 bytes"),
        (bytes([0x20, 0xFF, 0xFF, 0xFF, 0xFF]), "more than 4 bytes"),
        (bytes([0x20, 0x83, 0]), "longer than need be"),
        (framed(0x20, bytes([0, 0, 2, 0x7F, 1])), "property 0x7f does not exist"),
        (framed(0x20, bytes([0, 0, 4, 0x24, 1, 0x24, 1])), "maximum_qos stands twice"),
        (framed(0x10, b"\0\4MQIsdp"), "this is not MQTT 5"),
        (framed(0x30, b"\0\2\xff\xfe\0"), "not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_packet_is_said(data: bytes, complaint: str) -> None:
    with pytest.raises(PacketError, match=complaint):
        split(data)


def test_known_bytes_of_the_standard() -> None:
    """A publish of MQTT 5.0, chapter 3.3, written by hand."""
    message = Publish("a/b", b"hi", qos=1, packet_id=10, properties={"topic_alias": 1})
    by_hand = bytes([0x32, 13]) + b"\0\3a/b" + b"\0\x0a" + b"\3\x23\0\1" + b"hi"
    assert encode(message) == by_hand


def test_every_kind_can_be_read() -> None:
    assert set(codec._READERS) == set(Kind)
