"""However the bytes are cut, each event goes out once and each acknowledgement is heard once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agent.errors import UplinkError
from agent.testing.codec import encode, split
from agent.testing.packets import Ack, Connack, Farewell, Kind, Packet, Publish
from agent.uplink.connection import Callbacks, Connection
from tests.uplink.scene import settings

EVENTS = 30
ACKNOWLEDGEMENTS = b"".join(encode(Ack(number)) for number in range(1, EVENTS + 1))


class Peer:
    """A connection, the broker's end of its socket, and what was acknowledged and received."""

    def __init__(
        self,
        connection: Connection,
        road: socket.socket,
        told: list[tuple[int, int]],
        received: list[bytes],
    ) -> None:
        self.connection, self.road, self.told, self.received = connection, road, told, received

    def publish(self, count: int, *, payload: bytes = b"{}") -> None:
        for number in range(count):
            self.connection.publish(f"t/{number}", payload)

    def turn(self) -> bool:
        return self.connection.turn(timeout_s=0.05, wake=None)

    def turn_on(self) -> None:
        while self.turn():
            pass

    def arrived(self, count: int) -> list[Packet]:
        """Let the connection turn until `count` packets have come."""
        self.road.settimeout(0.02)
        packets: list[Packet] = []
        rest = b""
        while len(packets) < count:
            assert self.turn()
            try:
                rest += self.road.recv(65_536)
            except TimeoutError:
                continue
            whole, rest = split(rest)
            packets += whole
        assert not rest
        return packets


@contextmanager
def peer(*, buffer_bytes: int | None = None) -> Iterator[Peer]:
    told: list[tuple[int, int]] = []
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        if buffer_bytes is not None:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        roads: list[socket.socket] = []

        def welcome() -> None:
            road, _ = server.accept()
            road.recv(1024)
            road.sendall(encode(Connack()))
            roads.append(road)

        host = threading.Thread(target=welcome)
        host.start()
        heard = Callbacks(
            answered=lambda *answer: told.append(answer),
            received=lambda _topic, payload: received.append(payload),
        )
        connection = Connection(
            settings(server.getsockname()[1]), client_id="till", callbacks=heard
        )
        connection.open()
        host.join()
    try:
        yield Peer(connection, roads[0], told, received)
    finally:
        connection.drop()
        roads[0].close()


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.sets(st.integers(1, len(ACKNOWLEDGEMENTS) - 1), max_size=12))
def test_acknowledgements_are_heard_once_wherever_they_are_cut(cuts: set[int]) -> None:
    with peer() as there:
        there.publish(EVENTS)
        there.arrived(EVENTS)
        for begin, end in pairwise([0, *sorted(cuts), len(ACKNOWLEDGEMENTS)]):
            there.road.sendall(ACKNOWLEDGEMENTS[begin:end])
            assert there.turn()
        while len(there.told) < EVENTS:
            assert there.turn()
        assert there.told == [(number, 0) for number in range(1, EVENTS + 1)]


RECEIPTS = [bytes([n]) * (120 + 9 * n) for n in range(1, 4)]  # lengths of one byte and of two
INBOUND = b"".join(encode(Publish("r", receipt)) for receipt in RECEIPTS)


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.sets(st.integers(1, len(INBOUND) - 1), max_size=12))
def test_messages_come_whole_wherever_they_are_cut(cuts: set[int]) -> None:
    with peer() as there:
        for begin, end in pairwise([0, *sorted(cuts), len(INBOUND)]):
            there.road.sendall(INBOUND[begin:end])
            assert there.turn()
        while len(there.received) < len(RECEIPTS):
            assert there.turn()
        assert there.received == RECEIPTS


def test_what_was_read_with_an_earlier_packet_is_not_waited_for() -> None:
    with peer() as there:
        there.publish(1)
        there.arrived(1)
        twice = encode(Ack(1)) + encode(Farewell(0x8B))
        there.road.sendall(twice)
        there.turn_on()  # one packet at a time: the farewell never polls
        assert there.told == [(1, 0)]
        assert "shutting down" in str(there.connection.farewell)


def test_events_that_go_out_together_are_the_events_that_were_published() -> None:
    with peer() as there:
        there.publish(EVENTS)
        there.connection.subscribe("receipts")
        there.publish(EVENTS)
        packets = there.arrived(2 * EVENTS + 1)
        events = [packet for packet in packets if isinstance(packet, Publish)]
        assert [event.topic for event in events] == [f"t/{n}" for n in range(EVENTS)] * 2
        assert packets.index(events[EVENTS]) == EVENTS + 1, "nothing overtakes the subscription"


def test_events_larger_than_the_kernel_takes_at_once_arrive_whole() -> None:
    with peer(buffer_bytes=4096) as there:
        payload = bytes(range(256)) * 40
        there.publish(EVENTS, payload=payload)
        packets = there.arrived(EVENTS)
        assert [p.payload for p in packets if isinstance(p, Publish)] == [payload] * EVENTS


def test_an_id_that_still_waits_for_its_answer_is_not_given_again() -> None:
    with peer() as there:
        there.publish(1)
        there.arrived(1)
        for _ in range(65_535 // EVENTS + 1):  # once around all there are
            there.publish(EVENTS)
            sent = [p.packet_id for p in there.arrived(EVENTS) if isinstance(p, Publish)]
            assert 1 not in sent
            there.road.sendall(b"".join(encode(Ack(number or 0)) for number in sent))
            goal = len(there.told) + EVENTS
            while len(there.told) < goal:
                assert there.turn()
        there.road.sendall(encode(Ack(1)))
        while (1, 0) not in there.told:
            assert there.turn()


def test_a_state_is_answered_like_an_event() -> None:
    with peer() as there:
        state = there.connection.publish("t/status", b"{}", retain=True, expiry_s=30)
        event = there.connection.publish("t/event", b"{}")
        assert [p.retain for p in there.arrived(2) if isinstance(p, Publish)] == [True, False]
        there.road.sendall(encode(Ack(event)) + encode(Ack(state, 0x10)))
        while len(there.told) < 2:
            assert there.turn()
        assert there.told == [(event, 0), (state, 0x10)]


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x00\x01\x55\x00"], ids=["none", "one", "reason"])
def test_an_acknowledgement_that_is_none_ends_the_connection(body: bytes) -> None:
    with peer() as there:
        there.publish(1)
        there.arrived(1)
        there.road.sendall(bytes([Kind.PUBACK << 4, len(body)]) + body)
        with pytest.raises(UplinkError, match="not MQTT 5"):
            there.turn_on()
        assert there.told == []


def test_an_acknowledgement_of_nothing_is_passed_over() -> None:
    with peer() as there:
        there.publish(1)
        there.arrived(1)
        stranger, known = encode(Ack(77)), encode(Ack(1, 0x97))
        there.road.sendall(stranger + known + known)
        while not there.told:
            assert there.turn()
        assert there.turn()
        assert there.told == [(1, 0x97)]
