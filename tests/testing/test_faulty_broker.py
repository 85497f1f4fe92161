"""The misbehaving broker: it does what it is told, and notes what it sees."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Self

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.testing import FaultyBroker
from agent.testing.behaviour import (
    Answer,
    Behaviour,
    Leave,
    Never,
    OutOfOrder,
    Raw,
    Reset,
    on_number,
    on_topic,
)
from agent.testing.codec import encode, split
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

SOON_S = 0.1


class Speaker:
    """A client that says exactly what it is told."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.settimeout(5)
        self._left = b""
        self._heard: list[Packet] = []

    def say(self, *packets: Packet | bytes) -> None:
        said = (p if isinstance(p, bytes) else encode(p) for p in packets)
        self._socket.sendall(b"".join(said))

    def hear(self) -> Packet | None:
        """The next packet; None at the end of the connection."""
        while not self._heard:
            chunk = self._socket.recv(4096)
            if not chunk:
                return None
            self._heard, self._left = split(self._left + chunk)
        return self._heard.pop(0)

    def bytes_until_closed(self) -> bytes:
        heard = b""
        while chunk := self._socket.recv(4096):
            heard += chunk
        return heard

    def is_silent(self) -> bool:
        self._socket.settimeout(SOON_S)
        try:
            self.hear()
        except TimeoutError:
            return True
        else:
            return False
        finally:
            self._socket.settimeout(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def wait_until(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.005)


def message(number: int, topic: str = "a") -> Publish:
    return Publish(topic, b"%d" % number, qos=1, packet_id=number)


def welcomed(broker: FaultyBroker) -> Speaker:
    speaker = Speaker(broker.port)
    speaker.say(Connect("till"))
    assert isinstance(speaker.hear(), Connack)
    return speaker


def test_a_good_broker_welcomes_acknowledges_grants_and_answers_pings() -> None:
    with FaultyBroker() as broker, welcomed(broker) as till:
        till.say(message(1), Subscribe(2, (("a", 1), ("b", 1))), Unsubscribe(3, ("a",)), Ping())
        heard = [till.hear() for _ in range(4)]
        assert heard == [
            Ack(1),
            Granted(2, (0, 0)),
            Granted(3, (0,), Kind.UNSUBACK),
            Ping(Kind.PINGRESP),
        ]
        till.say(Farewell(4))
        assert till.hear() is None
        assert broker.farewells == [4]
        assert [s.filters for s in broker.subscriptions] == [(("a", 1), ("b", 1))]
        assert broker.violations == []


def test_it_notes_who_came_and_what_was_said() -> None:
    will = Will("status", b"gone", qos=1, retain=True)
    with FaultyBroker() as broker, Speaker(broker.port) as till:
        till.say(Connect("till", clean_start=False, will=will, keepalive_s=20))
        till.hear()
        till.say(Publish("a/b", b"x", qos=1, packet_id=7, retain=True, dup=True))
        till.hear()
        [connected], [heard] = broker.connects, broker.messages
        assert connected.packet.will == will
        assert not connected.packet.clean_start
        assert (heard.topic, heard.payload, heard.number, heard.connection) == ("a/b", b"x", 1, 1)
        assert (heard.packet.retain, heard.packet.dup) == (True, True)
        assert broker.acknowledged == [heard]


def test_late() -> None:
    slow = Behaviour(puback=Answer(after_s=2 * SOON_S))
    with FaultyBroker(slow) as broker, welcomed(broker) as till:
        till.say(message(1))
        assert till.is_silent()
        assert till.hear() == Ack(1)


def test_twice() -> None:
    with FaultyBroker(Behaviour(puback=Answer(copies=2))) as broker, welcomed(broker) as till:
        till.say(message(1))
        assert [till.hear(), till.hear()] == [Ack(1), Ack(1)]


def test_never() -> None:
    with FaultyBroker(Behaviour(puback=Never(), pings=False)) as broker, welcomed(broker) as till:
        till.say(message(1), Ping())
        assert till.is_silent()
        assert len(broker.messages) == 1
        assert broker.acknowledged == []


def test_out_of_order() -> None:
    with FaultyBroker(Behaviour(puback=OutOfOrder(3))) as broker, welcomed(broker) as till:
        till.say(message(1), message(2))
        assert till.is_silent()
        till.say(message(3))
        assert [till.hear() for _ in range(3)] == [Ack(3), Ack(2), Ack(1)]
        assert broker.widest == 3


def test_refusals_by_topic() -> None:
    rules = on_topic({"*/denied": Answer(reason=0x87)})
    with FaultyBroker(Behaviour(puback=rules)) as broker, welcomed(broker) as till:
        till.say(message(1, "a/denied"), message(2, "a/allowed"))
        assert [till.hear(), till.hear()] == [Ack(1, 0x87), Ack(2)]
        assert [m.topic for m in broker.refused] == ["a/denied"]
        assert [m.topic for m in broker.acknowledged] == ["a/allowed"]


def test_a_reset_at_the_third_message() -> None:
    rules = on_number({3: Reset()})
    with FaultyBroker(Behaviour(puback=rules)) as broker, welcomed(broker) as till:
        till.say(message(1), message(2))
        assert [till.hear(), till.hear()] == [Ack(1), Ack(2)]
        till.say(message(3))
        with pytest.raises(ConnectionResetError):
            till.hear()


def test_a_goodbye_with_its_reason() -> None:
    with FaultyBroker(Behaviour(puback=Leave(0x97))) as broker, welcomed(broker) as till:
        till.say(message(1))
        assert [till.hear(), till.hear()] == [Farewell(0x97), None]


@pytest.mark.parametrize("reason", [0x80, 0x87, 0x8A, 0x9F])
def test_a_refused_connection(reason: int) -> None:
    refusing = Behaviour(connack=Answer(reason=reason))
    with FaultyBroker(refusing) as broker, Speaker(broker.port) as till:
        till.say(Connect("till"))
        assert [till.hear(), till.hear()] == [Connack(reason), None]


def test_what_is_agreed_at_the_beginning() -> None:
    wishes = {"receive_maximum": 2, "maximum_packet_size": 40, "server_keep_alive": 5}
    connack = Answer(session_present=True, properties=wishes)
    with FaultyBroker(Behaviour(connack=connack, puback=Never())) as broker:
        with Speaker(broker.port) as till:
            till.say(Connect("till"))
            assert till.hear() == Connack(0, session_present=True, properties=wishes)
            till.say(message(1), message(2), message(2), Publish("a", b"x" * 50))
            wait_until(lambda: len(broker.messages) == 4)
        assert broker.violations == [
            "connection 1 uses packet id 2 for two messages at once",
            "connection 1 sends a packet of 54 bytes, more than was agreed",
        ]


def test_a_window_wider_than_agreed_is_a_violation() -> None:
    connack = Answer(properties={"receive_maximum": 2})
    with FaultyBroker(Behaviour(connack=connack, puback=Never())) as broker:
        with welcomed(broker) as till:
            till.say(message(1), message(2), message(3))
            wait_until(lambda: broker.violations)
        assert broker.violations == ["connection 1 has 3 messages in flight, 2 were agreed"]


def test_half_open_it_takes_the_connection_and_says_nothing() -> None:
    with FaultyBroker(Behaviour(connack=Never())) as broker, Speaker(broker.port) as till:
        till.say(Connect("till"))
        assert till.is_silent()
        assert (broker.accepted, len(broker.connects)) == (1, 1)


def test_a_broker_that_is_none() -> None:
    web = Behaviour(connack=Raw(b"HTTP/1.1 400 \r\n", then_close=True))
    with FaultyBroker(web) as broker, Speaker(broker.port) as till:
        till.say(Connect("till"))
        assert till.bytes_until_closed() == b"HTTP/1.1 400 \r\n"


def test_it_can_stop_reading_and_go_on() -> None:
    with FaultyBroker(Behaviour(reading=False)) as broker, welcomed(broker) as till:
        till.say(message(1), message(2))
        assert till.is_silent()
        broker.behaviour = Behaviour()
        assert [till.hear(), till.hear()] == [Ack(1), Ack(2)]


def test_byte_by_byte() -> None:
    with FaultyBroker(Behaviour(byte_s=0.002)) as broker, welcomed(broker) as till:
        till.say(message(1))
        assert till.hear() == Ack(1)


def test_it_pushes_messages_and_notes_the_answers() -> None:
    with FaultyBroker() as broker, welcomed(broker) as till:
        assert broker.push("receipt", b"{}", properties={"content_type": "json"}) == 1
        pushed = till.hear()
        expected = Publish("receipt", b"{}", 1, packet_id=1, properties={"content_type": "json"})
        assert pushed == expected
        till.say(Ack(1))
        wait_until(lambda: broker.answers == [Ack(1)])
        assert broker.push("hint", b"", qos=0) == 1
        assert till.hear() == Publish("hint")


def test_everybody_can_be_told_bytes_left_or_reset() -> None:
    with FaultyBroker() as broker, welcomed(broker) as one, welcomed(broker) as other:
        assert broker.say(bytes([0xF0, 0])) == 2
        assert one.hear() == Farewell(0, Kind.AUTH)
        assert broker.leave(0x8B) == 2
        assert [one.hear(), one.hear()] == [Farewell(0x8B), None]
        assert other.hear() == Farewell(0, Kind.AUTH)
    with FaultyBroker() as broker, welcomed(broker) as till:
        assert broker.reset() == 1
        with pytest.raises(ConnectionResetError):
            till.hear()


@pytest.mark.parametrize(
    ("said", "violation"),
    [
        (Ping(), "begins with Ping, not with CONNECT"),
        (b"GET / HTTP/1.1\r\n" + b"Accept: */*\r\n" * 9, "is not MQTT 5: PUBACK with the flags"),
        (bytes([0x10, 0xFF, 0xFF, 0xFF, 0x7F]), "a packet of 268435455 bytes"),
    ],
)
def test_a_client_that_speaks_no_mqtt_is_noted_and_left(
    said: Packet | bytes, violation: str
) -> None:
    with FaultyBroker() as broker, Speaker(broker.port) as odd:
        odd.say(said)
        assert [odd.hear(), odd.hear()] == [Farewell(0x81), None]
        assert violation in broker.violations[0]


def test_a_packet_out_of_place_is_noted() -> None:
    with FaultyBroker() as broker, welcomed(broker) as till:
        till.say(Connect("again"))
        assert till.hear() == Farewell(0x82)
        assert broker.violations == ["connection 1 sends Connect where it has no place"]


def test_it_can_be_stopped_and_listens_on_its_port_again() -> None:
    with FaultyBroker() as broker:
        port, till = broker.port, welcomed(broker)
        broker.stop()
        broker.stop()
        with pytest.raises(ConnectionError):
            till.hear()
        assert broker.push("a", b"") == 0
        with pytest.raises(ConnectionRefusedError):
            Speaker(port)
        broker.start()
        welcomed(broker).__exit__()
        assert (broker.port, broker.accepted) == (port, 2)


def test_a_real_client_understands_it() -> None:
    heard: list[bytes] = []

    def note(_client: Client, _data: object, arrived: MQTTMessage) -> None:
        heard.append(bytes(arrived.payload))

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = note
    with FaultyBroker() as broker:
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        client.publish("a", b"1", qos=1).wait_for_publish(5)
        client.subscribe("b", 1)
        wait_until(lambda: broker.subscriptions)
        broker.push("b", b"2")
        wait_until(lambda: broker.answers)
        client.disconnect()
        client.loop_stop()
        assert (heard, [m.payload for m in broker.messages]) == ([b"2"], [b"1"])
        assert broker.violations == []
