"""Whatever a broker or a network does, the thread lives and says why it is not online."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agent.errors import UplinkError
from agent.outbox import Outbox, Reader, State
from agent.testing import FaultyBroker, LocalBroker
from agent.testing.behaviour import Answer, Behaviour, Never, Raw, Reset
from agent.testing.codec import encode, framed
from agent.testing.packets import Connack, Farewell
from agent.uplink import Uplink, UplinkState
from agent.uplink.connection import Callbacks, Connection, Will
from agent.uplink.settings import UplinkSettings
from tests.uplink.scene import (
    TOPICS,
    Centre,
    Changes,
    Road,
    append,
    marked,
    open_outbox,
    running,
    settings,
    wait_until,
)

CONNACK = encode(Connack())


def fast(port: int, **changes: object) -> UplinkSettings:
    return settings(port, reconnect_max_s=0.1, **changes)


BAD_ANSWERS: dict[str, bytes] = {
    "web server": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "reserved packet": bytes([0xF0 ^ 0xF0, 0]),
    "endless length": bytes([0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
    "empty connack": bytes([0x20, 0]),
    "connack cut short": bytes([0x20, 3, 0]),
    "connack with an unknown reason": bytes([0x20, 3, 0, 0x77, 0]),
    "connack with an unknown property": bytes([0x20, 5, 0, 0, 2, 0x7F, 1]),
    "connack with a property of another packet": bytes([0x20, 5, 0, 0, 2, 0x01, 1]),
    "connack of MQTT 3": bytes([0x20, 2, 0, 0]),
    "puback before connack": bytes([0x40, 2, 0, 1]),
    "suback nobody asked for": bytes([0x90, 4, 0, 1, 0, 0]),
    "publish with a broken topic": CONNACK + bytes([0x32, 7, 0, 2, 0xFF, 0xFE, 0, 1, 0]),
    "publish shorter than it says": CONNACK + bytes([0x30, 2, 0xFF, 0xFF]),
    "two connacks": CONNACK + CONNACK,
    "disconnect at once": CONNACK + bytes([0xE0, 2, 0x8B, 0]),
    "disconnect with nonsense": CONNACK + bytes([0xE0, 2, 0x33, 7]),
    "puback with an unknown reason": CONNACK + bytes([0x40, 4, 0, 1, 0x55, 0]),
    "puback cut short": CONNACK + bytes([0x40, 1, 0]),
    "pubrec for a publish of level 1": CONNACK + bytes([0x50, 2, 0, 1]),
    "pingresp with a body": CONNACK + bytes([0xD0, 1, 0]),
    "connect from a broker": CONNACK + bytes([0x10, 0]),
    "auth": CONNACK + bytes([0xF0, 2, 0x18, 0]),
    "receive maximum zero": bytes([0x20, 6, 0, 0, 3, 0x21, 0, 0]),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_no_answer_of_a_broker_ends_the_thread(answer: bytes, outbox: Outbox) -> None:
    changes = Changes()
    with FaultyBroker(Behaviour(connack=Raw(answer, then_close=True))) as broker:
        with running(outbox, fast(broker.port), changes=changes):
            wait_until(lambda: broker.accepted >= 2 and changes.reasons)
        assert all("\n" not in reason for reason in changes.reasons)
    assert outbox.pending == 1


def connection_to(broker: FaultyBroker) -> Connection:
    return Connection(
        settings(broker.port),
        client_id="till",
        will=Will("status", b"{}"),
        callbacks=Callbacks(answered=lambda _id, _reason: None),
    )


def listen(connection: Connection) -> None:
    """Connect, and take what comes until the connection is lost."""
    connection.open(wait_s=2.0)
    while connection.turn(timeout_s=0.5, wake=None):
        pass


def test_a_packet_larger_than_agreed_ends_the_connection_and_takes_no_memory() -> None:
    announced = bytes([0x30, 0xFF, 0xFF, 0xFF, 0x7F])  # a publish of 256 MB
    with FaultyBroker(Behaviour(connack=Raw(CONNACK + announced + b"x" * 1000))) as broker:
        connection = connection_to(broker)
        with pytest.raises(UplinkError, match="268435455 bytes, more than was agreed"):
            listen(connection)
        connection.drop()


def test_noise_is_a_reason_never_another_error() -> None:
    @hypothesis_settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(
        prefix=st.sampled_from([b"", CONNACK]),
        noise=st.lists(
            st.tuples(st.sampled_from(range(0, 256, 16)), st.binary(max_size=12)), max_size=6
        ),
    )
    def noise_is_a_reason(prefix: bytes, noise: list[tuple[int, bytes]]) -> None:
        answer = prefix + b"".join(framed(kind, body) for kind, body in noise)
        broker.behaviour = Behaviour(connack=Raw(answer, then_close=True))
        connection = connection_to(broker)
        with contextlib.suppress(UplinkError):
            connection.open(wait_s=2.0)
            connection.publish("a", b"b")
            while connection.turn(timeout_s=0.05, wake=None):
                pass
        connection.drop()

    with FaultyBroker() as broker:
        noise_is_a_reason()


def test_an_error_of_our_own_does_not_end_the_thread(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = Changes()

    def fail(*_: object, **__: object) -> bytes:
        raise LookupError("nobody thought of it")

    with (
        LocalBroker(kind="mosquitto") as broker,
        Centre(broker.port) as centre,
        running(outbox, fast(broker.port), changes=changes),
    ):
        with monkeypatch.context() as patch:
            patch.setattr("agent.uplink.publisher.to_message", fail)
            append(outbox, 1)
            wait_until(lambda: any("nobody thought" in reason for reason in changes.reasons))
        wait_until(lambda: centre.marks == [1])


def test_a_listener_that_raises_does_not_end_the_thread(outbox: Outbox) -> None:
    def listen(_state: UplinkState) -> None:
        raise LookupError("nobody thought of it")

    with (
        LocalBroker(kind="mosquitto") as broker,
        Centre(broker.port) as centre,
        running(outbox, fast(broker.port), changes=listen),
    ):
        append(outbox, 1)
        wait_until(lambda: centre.marks == [1])


def test_a_half_open_connection_is_noticed_by_keepalive(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.uplink.connection.CONNECT_TIMEOUT_S", 0.5)
    changes = Changes()
    with LocalBroker(kind="mosquitto") as broker, Road(broker.port) as road:
        impatient = fast(road.port).model_copy(update={"keepalive_s": 1})
        with running(outbox, impatient, changes=changes):
            changes.wait_for(online=1)
            road.stall()
            append(outbox, 1)
            changes.wait_for(offline=1)
            assert changes.reasons[0] == "connection lost: Keep alive timeout"
            road.cut()
            road.restore()
            wait_until(lambda: outbox.pending == 0)


def test_a_network_that_takes_no_more_does_not_hold_the_thread(outbox: Outbox) -> None:
    changes = Changes()
    with FaultyBroker(Behaviour(reading=False)) as broker:
        wide = fast(broker.port, window=1000, backlog_rate=100_000)
        impatient = wide.model_copy(update={"keepalive_s": 1})
        big = marked(1).model_copy(update={"presses": {f"key-{n}": n for n in range(800)}})
        for future in [outbox.append(big) for _ in range(1000)]:
            future.result(30)
        with running(outbox, impatient, changes=changes):
            changes.wait_for(online=1, offline=1)
            assert changes.reasons[0].startswith("connection lost")
    assert outbox.pending == 1001


def test_a_broker_that_never_acknowledges_is_left(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.uplink.window.ANSWER_S", 0.2)
    monkeypatch.setattr("agent.uplink.uplink.TURN_S", 0.05)
    monkeypatch.setattr("agent.uplink.uplink.GOODBYE_S", 0.1)
    changes = Changes()
    with FaultyBroker(Behaviour(puback=Never())) as broker:
        with running(outbox, fast(broker.port), changes=changes):
            changes.wait_for(offline=1)
        assert "has not acknowledged a message" in changes.reasons[0]


def test_a_broker_that_throws_out_at_once_is_not_hammered(outbox: Outbox) -> None:
    class Always(random.Random):
        def uniform(self, _a: float, b: float) -> float:
            waits.append(b)
            return 0.0

    waits: list[float] = []
    changes = Changes()
    throw_out = Raw(CONNACK + encode(Farewell(0x8E)), then_close=True)
    with FaultyBroker(Behaviour(connack=throw_out)) as broker:
        uplink = Uplink(
            settings(broker.port, reconnect_max_s=8),
            topics=TOPICS,
            outbox=outbox,
            on_change=changes,
            rng=Always(),
        )
        uplink.start()
        wait_until(lambda: len(waits) >= 7)
        uplink.stop()
    assert waits[:7] == [3.0, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0], "also before the first attempt"
    assert "connection lost: Session taken over" in changes.reasons


@pytest.mark.parametrize("maximum", [1, 3, 7])
def test_the_brokers_receive_maximum_is_honoured(outbox: Outbox, maximum: int) -> None:
    """States count as well: the broker may throw out whoever exceeds it."""
    slow = Behaviour(
        connack=Answer(properties={"receive_maximum": maximum}), puback=Answer(after_s=0.05)
    )
    append(outbox, *range(12))
    with FaultyBroker(slow) as broker:
        with running(outbox, fast(broker.port)) as uplink:
            uplink.show_presence(1, seen_by="camera")
            wait_until(lambda: outbox.pending == 0)
        assert min(2, maximum) <= broker.widest <= maximum
        assert broker.violations == []
        assert len(broker.messages) >= 15, "13 events, a birth and a presence"


def test_a_row_larger_than_the_broker_takes_is_rejected_and_the_others_flow(path: Path) -> None:
    outbox = open_outbox(path)
    big = marked(1).model_copy(update={"presses": {f"key-{n}": n for n in range(200)}})
    outbox.append(big).result(10)
    append(outbox, 2)
    with (
        LocalBroker(kind="mosquitto", lines=("max_packet_size 1500",)) as broker,
        Centre(broker.port) as centre,
        running(outbox, fast(broker.port)),
    ):
        wait_until(lambda: outbox.pending == 0)
        append(outbox, 3)
        wait_until(lambda: centre.marks == [2, 3])
    outbox.close()
    with contextlib.closing(Reader(path)) as reader:
        assert reader.count_by_state() == {State.ACKNOWLEDGED: 3, State.REJECTED: 1}


def test_a_hundred_reconnects_leak_no_descriptor(outbox: Outbox) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    quick = settings(1, reconnect_max_s=0.1)
    with FaultyBroker(Behaviour(puback=Reset())) as broker:
        at_once = quick.model_copy(update={"port": broker.port, "reconnect_max_s": 0.001})
        with running(outbox, at_once):
            wait_until(lambda: broker.accepted >= 5)
            before = descriptors()
            wait_until(lambda: broker.accepted >= 105, for_s=60)
            assert descriptors() <= before + 4


def test_a_wake_after_the_stop_is_harmless(outbox: Outbox) -> None:
    with LocalBroker(kind="mosquitto") as broker:
        with running(outbox, fast(broker.port)) as uplink:
            pass
        uplink.wake()
        uplink.show_presence(1, seen_by="camera")
        append(outbox, 1)
        uplink.stop()


def test_stopping_before_the_start_is_harmless(outbox: Outbox) -> None:
    uplink = Uplink(settings(1), topics=TOPICS, outbox=outbox)
    uplink.stop()
    append(outbox, 1)


def test_stopping_does_not_wait_for_a_network_that_hangs(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.uplink.uplink.STOP_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uplink = Uplink(settings(silent.getsockname()[1]), topics=TOPICS, outbox=outbox)
        uplink.start()
        held, _ = silent.accept()
        uplink.stop()
        uplink.wake()
        assert uplink.is_alive(), "it is left waiting"
        held.close()
    uplink.join(20)
    assert not uplink.is_alive()
    uplink.stop()
