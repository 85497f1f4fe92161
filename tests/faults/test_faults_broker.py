"""The uplink against every way a broker can misbehave: nothing is lost, nothing is made up."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from agent.outbox import Outbox
from agent.testing import FaultyBroker, Road
from agent.testing.behaviour import (
    Answer,
    Behaviour,
    Conduct,
    Leave,
    Never,
    OutOfOrder,
    Raw,
    Received,
    Reset,
    on_number,
    on_topic,
)
from agent.testing.codec import encode, framed
from agent.testing.packets import Ack, Connack, Publish
from tests.faults.bench import (
    assert_complete,
    assert_honest,
    events_in,
    ids_in,
    rounds,
    states_in,
)
from tests.uplink.scene import Changes, marked, open_outbox, running, settings, wait_until

pytestmark = pytest.mark.usefixtures("impatience")

WINDOW = 8
BEFORE, DURING, AFTER = range(12), range(12, 24), range(24, 30)


def every(count: int, conduct: Conduct) -> Behaviour:
    """Every so-many-th message meets `conduct`."""
    return Behaviour(puback=lambda m: Answer() if m.number % count else conduct)


def with_connack(conduct: Conduct) -> Behaviour:
    return Behaviour(connack=conduct)


PROPERTIES = {"receive_maximum": 2, "maximum_packet_size": 4096, "server_keep_alive": 1}
MISBEHAVIOURS: dict[str, Behaviour] = {
    "late": Behaviour(puback=Answer(after_s=0.1)),
    "twice": Behaviour(puback=Answer(copies=2)),
    "late and twice": Behaviour(puback=Answer(after_s=0.05, copies=2)),
    "out of order": Behaviour(puback=OutOfOrder(3)),
    "never": Behaviour(puback=Never()),
    "now and then never": every(5, Never()),
    "refuses some": every(3, Answer(reason=0x87)),
    "refuses all": Behaviour(puback=Answer(reason=0x87)),
    "refuses one topic": Behaviour(puback=on_topic({"*/device.started": Answer(reason=0x90)})),
    "no subscribers": Behaviour(puback=Answer(reason=0x10)),
    "over quota": every(2, Answer(reason=0x97)),
    "resets": every(7, Reset()),
    "leaves": every(7, Leave(0x8B)),
    "leaves at once": with_connack(
        Raw(encode(Connack()) + bytes([0xE0, 1, 0x8E]), then_close=True)
    ),
    "half open": with_connack(Never()),
    "resets at the connect": with_connack(Reset()),
    "refuses the login": with_connack(Answer(reason=0x86)),
    "is unavailable": with_connack(Answer(reason=0x88)),
    "uses another server": with_connack(
        Answer(reason=0x9C, properties={"server_reference": "other.example"})
    ),
    "is no broker": with_connack(Raw(b"SSH-2.0-OpenSSH_9.2\r\n", then_close=True)),
    "welcomes late": with_connack(Answer(after_s=0.2)),
    "welcomes twice": with_connack(Answer(copies=2)),
    "has little room": with_connack(Answer(properties=PROPERTIES)),
    "knows the session": with_connack(Answer(session_present=True)),
    "reads nothing": Behaviour(reading=False),
    "speaks slowly": Behaviour(byte_s=0.005),
    "acknowledges what was never sent": every(3, Raw(encode(Ack(65_000)))),
    "acknowledges the wrong level": every(3, Raw(bytes([0x50, 2, 0, 1]))),
    "acknowledges packet zero": every(3, Raw(bytes([0x40, 2, 0, 0]))),
    "an acknowledgement too short": every(3, Raw(bytes([0x40, 1, 0]))),
    "an acknowledgement with a wrong property": every(
        3, Raw(framed(0x40, bytes([0, 1, 0, 2, 0x21, 0])))
    ),
    "an acknowledgement with an unknown reason": every(3, Raw(bytes([0x40, 3, 0, 1, 0x55]))),
    "a length without an end": every(3, Raw(bytes([0x40, 0xFF, 0xFF, 0xFF, 0xFF]))),
    "a reserved packet": every(3, Raw(bytes([0, 0]))),
    "a packet of a client": every(3, Raw(bytes([0x82, 2, 0, 1]))),
    "a huge packet": every(3, Raw(bytes([0x30, 0xFF, 0xFF, 0xFF, 0x7F]) + b"x" * 100)),
    "messages nobody asked for": every(
        3, Raw(encode(Publish("elsewhere", b"x" * 5000, qos=1, packet_id=9)))
    ),
}


def append(outbox: Outbox, numbers: range) -> set[str]:
    futures = [outbox.append(marked(number)) for number in numbers]
    return {future.result(20).event_id for future in futures}


def stay_a_while(broker: FaultyBroker, outbox: Outbox) -> None:
    """Until the misbehaviour has had its effect: all is sent, or the third connection begun."""
    deadline_s = time.monotonic() + 1.0
    while outbox.pending and broker.accepted < 3 and time.monotonic() < deadline_s:
        time.sleep(0.01)


@pytest.mark.parametrize("behaviour", MISBEHAVIOURS.values(), ids=MISBEHAVIOURS)
def test_what_a_misbehaving_broker_did_not_acknowledge_is_sent_again(
    behaviour: Behaviour, path: Path
) -> None:
    outbox = open_outbox(path)
    keys = append(outbox, BEFORE)
    with FaultyBroker(behaviour) as broker:
        uplink = settings(broker.port, window=WINDOW, reconnect_max_s=0.1)
        with running(outbox, uplink):
            keys |= append(outbox, DURING)
            stay_a_while(broker, outbox)
            broker.behaviour = Behaviour()
            broker.reset()
            keys |= append(outbox, AFTER)
            wait_until(lambda: outbox.pending == 0)
        outbox.close()
        assert_honest(path, broker, window=WINDOW)
        assert_complete(path, broker, keys)


@pytest.mark.parametrize("behaviour", MISBEHAVIOURS.values(), ids=MISBEHAVIOURS)
def test_what_is_settled_under_misbehaviour_was_answered(behaviour: Behaviour, path: Path) -> None:
    outbox = open_outbox(path)
    keys = append(outbox, BEFORE)
    with FaultyBroker(behaviour) as broker:
        uplink = settings(broker.port, window=WINDOW, reconnect_max_s=0.1)
        with running(outbox, uplink):
            stay_a_while(broker, outbox)
        outbox.close()
        assert_honest(path, broker, window=WINDOW)
    assert keys <= states_in(path).keys()


@pytest.mark.parametrize("poison", [0x80, 0x83, 0x87, 0x90, 0x99])
def test_a_poisoned_head_blocks_nothing(poison: int, path: Path) -> None:
    outbox = open_outbox(path)
    heads: set[str] = set()

    def refuse_the_first(message: Received) -> Conduct:
        keys = ids_in([message])
        heads.update(keys if len(heads) < 3 else ())
        return Answer(reason=poison) if keys & heads else Answer()

    append(outbox, BEFORE)
    with FaultyBroker(Behaviour(puback=refuse_the_first)) as broker:
        with running(outbox, settings(broker.port, window=2, reconnect_max_s=0.1)):
            wait_until(lambda: len(ids_in(broker.acknowledged)) == 10)
        outbox.close()
    assert len(heads) == 3
    assert heads.isdisjoint(ids_in(broker.acknowledged))


def test_a_poison_that_makes_the_broker_leave_is_not_the_end(path: Path) -> None:
    """A broker that leaves over one message three times, and then takes it."""
    outbox = open_outbox(path)
    leaves = on_number({4: Leave(0x95), 6: Leave(0x95), 9: Reset()})
    keys = append(outbox, BEFORE)
    changes = Changes()
    with FaultyBroker(Behaviour(puback=leaves)) as broker:
        with running(outbox, settings(broker.port, reconnect_max_s=0.1), changes=changes):
            wait_until(lambda: outbox.pending == 0)
        outbox.close()
        assert_complete(path, broker, keys)
    assert "connection lost: Packet too large" in changes.reasons


def test_a_duplicate_acknowledgement_of_an_old_message_settles_no_new_one(path: Path) -> None:
    """The id of an answered message may be in use again: its late second PUBACK must not count."""
    outbox = open_outbox(path)
    stray: list[int] = []

    def answer_the_last_one_again(message: Received) -> Conduct:
        number = message.packet.packet_id or 0
        stray.append(number)
        return Raw(encode(Ack(number)) * 2) if message.number < 10 else Never()

    append(outbox, BEFORE)
    with FaultyBroker(Behaviour(puback=answer_the_last_one_again)) as broker:
        with running(outbox, settings(broker.port, window=4, reconnect_max_s=0.1)):
            wait_until(lambda: len(stray) >= 10)
        answered = {key for m in broker.messages[:9] for key in ids_in([m])}
    outbox.close()
    settled = {key for key, state in states_in(path).items() if state.value}
    assert settled <= answered


def test_a_packet_cut_in_the_middle_is_sent_again_whole(path: Path) -> None:
    outbox = open_outbox(path)
    keys = append(outbox, BEFORE)
    rng = random.Random(20261122)
    with FaultyBroker() as broker, Road(broker.port) as road:
        with running(outbox, settings(road.port, window=WINDOW, reconnect_max_s=0.1)):
            for round_ in range(rounds(8, long=200)):
                road.cut_after(rng.randrange(1, 4000))
                keys |= append(outbox, range(100 + round_ * 5, 105 + round_ * 5))
                time.sleep(0.05)
                road.restore()
            wait_until(lambda: outbox.pending == 0)
        outbox.close()
        assert_honest(path, broker, window=WINDOW)
        assert_complete(path, broker, keys)


def test_a_network_that_swallows_loses_nothing(path: Path) -> None:
    outbox = open_outbox(path)
    keys = append(outbox, BEFORE)
    with FaultyBroker() as broker, Road(broker.port) as road:
        with running(outbox, settings(road.port, window=WINDOW, reconnect_max_s=0.1)) as uplink:
            wait_until(lambda: uplink.state.online)
            road.swallow()
            keys |= append(outbox, DURING)
            wait_until(lambda: not uplink.state.online)
            road.restore()
            wait_until(lambda: outbox.pending == 0)
        outbox.close()
        assert_honest(path, broker, window=WINDOW)
        assert_complete(path, broker, keys)


@pytest.mark.parametrize("seed", range(rounds(2, long=40)))
def test_a_broker_that_changes_its_ways_all_the_time(seed: int, path: Path) -> None:
    rng = random.Random(seed)
    outbox = open_outbox(path)
    keys: set[str] = set()
    with FaultyBroker() as broker:
        with running(outbox, settings(broker.port, window=WINDOW, reconnect_max_s=0.1)):
            for number in range(25):
                broker.behaviour = rng.choice(list(MISBEHAVIOURS.values()))
                keys |= append(outbox, range(number * 10, number * 10 + rng.randrange(10)))
                time.sleep(rng.uniform(0, 0.1))
                if rng.random() < 0.3:
                    broker.reset()
            broker.behaviour = Behaviour()
            broker.reset()
            wait_until(lambda: outbox.pending == 0)
        outbox.close()
        assert_honest(path, broker, window=WINDOW)
        assert_complete(path, broker, keys)


def test_events_of_one_connection_come_in_order(path: Path) -> None:
    outbox = open_outbox(path)
    append(outbox, range(40))
    with FaultyBroker(every(9, Reset())) as broker:
        with running(outbox, settings(broker.port, window=WINDOW, reconnect_max_s=0.1)):
            wait_until(lambda: outbox.pending == 0)
        outbox.close()
        for connection in range(1, broker.accepted + 1):
            came = [m for m in broker.messages if m.connection == connection]
            numbers = [event["sequence"] for event in events_in(came)]
            assert numbers == sorted(numbers)
