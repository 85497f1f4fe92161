"""The broker's word is not the end: what the centre confirms, and what it does not."""

from __future__ import annotations

import contextlib
import json
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events.messages import DeliveryReceipt
from agent.outbox import Errand, Outbox, Reader, State
from agent.testing import FaultyBroker, LocalBroker
from agent.testing.behaviour import Answer, Behaviour
from agent.uplink.receipts import RECEIPT_MAXIMUM_BYTES, ReceiptReader
from agent.uplink.settings import UplinkSettings
from tests.uplink.scene import TOPICS, Centre, Changes, append, running, settings, wait_until


def confirming(port: int, *, wait_s: float = 600.0) -> UplinkSettings:
    """Settings with receipts on; `wait_s` may be shorter than a configuration allows."""
    chosen = settings(port, receipts=True, reconnect_max_s=0.1)
    return chosen.model_copy(update={"receipt_wait_s": wait_s})


def receipt(epoch: str, *ranges: tuple[int, int]) -> bytes:
    return json.dumps({"epoch": epoch, "ranges": ranges}).encode()


def events(broker: FaultyBroker) -> list[dict[str, Any]]:
    return [json.loads(m.payload) for m in broker.messages if "/event/" in m.topic]


def copies(broker: FaultyBroker, sequence: int) -> list[dict[str, Any]]:
    return [event for event in events(broker) if int(event["sequence"]) == sequence]


def states(path: Path) -> dict[State, int]:
    with contextlib.closing(Reader(path)) as reader:
        return reader.count_by_state()


@pytest.fixture(autouse=True)
def _acknowledgements_are_written_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.outbox.work.ACK_LINGER_S", 0.05)


@pytest.fixture
def broker() -> Iterator[FaultyBroker]:
    with FaultyBroker() as started:
        yield started


# -- on the wire ----------------------------------------------------------------------------------


def test_the_device_asks_for_its_receipts(broker: FaultyBroker, outbox: Outbox) -> None:
    with running(outbox, confirming(broker.port)):
        wait_until(lambda: broker.subscriptions)
    (topic, options) = broker.subscriptions[0].filters[0]
    assert topic == TOPICS.receipt
    assert options & 3 == 1, "QoS 1"


def test_without_receipts_nothing_is_asked_for_and_nothing_confirmed(
    broker: FaultyBroker, outbox: Outbox, path: Path
) -> None:
    with running(outbox, settings(broker.port)):
        wait_until(lambda: outbox.pending == 0)
        broker.push(TOPICS.receipt, receipt(outbox.epoch, (1, 1)))
        append(outbox, 1)
        wait_until(lambda: broker.answers and outbox.pending == 0)
    assert broker.subscriptions == []
    outbox.close()
    assert set(states(path)) == {State.ACKNOWLEDGED}


def test_a_receipt_confirms_its_ranges(broker: FaultyBroker, outbox: Outbox, path: Path) -> None:
    with running(outbox, confirming(broker.port)):
        append(outbox, *range(9))
        wait_until(lambda: outbox.pending == 0 and broker.subscriptions)
        broker.push(TOPICS.receipt, receipt(outbox.epoch, (1, 4), (6, 10)))
        wait_until(lambda: states(path).get(State.CONFIRMED) == 9)
    assert broker.answers, "and is acknowledged"
    outbox.close()
    assert states(path) == {State.CONFIRMED: 9, State.ACKNOWLEDGED: 1}


def test_what_is_not_confirmed_is_sent_again_flagged(broker: FaultyBroker, outbox: Outbox) -> None:
    with running(outbox, confirming(broker.port, wait_s=1.0)):
        wait_until(lambda: broker.subscriptions)
        append(outbox, *range(4))
        wait_until(lambda: outbox.pending == 0)
        broker.push(TOPICS.receipt, receipt(outbox.epoch, (1, 2), (4, 9)))
        wait_until(lambda: len(copies(broker, 3)) >= 2)
    first, again = copies(broker, 3)[:2]
    assert not first["replayed"]
    assert again == {**first, "replayed": True}
    assert len(copies(broker, 4)) == 1, "what is confirmed is not sent again"


def test_what_an_earlier_start_sent_waits_for_its_receipt_too(
    broker: FaultyBroker, outbox: Outbox
) -> None:
    with running(outbox, confirming(broker.port)):
        append(outbox, 1)
        wait_until(lambda: outbox.pending == 0)
    with running(outbox, confirming(broker.port, wait_s=0.5)):
        wait_until(lambda: len(copies(broker, 2)) >= 2)


def test_a_centre_that_lost_everything_after_the_broker_took_it_gets_it_again(
    broker: FaultyBroker, outbox: Outbox, path: Path
) -> None:
    with running(outbox, confirming(broker.port, wait_s=0.3)):
        append(outbox, *range(30))
        wait_until(lambda: all(len(copies(broker, n)) >= 2 for n in range(1, 32)), for_s=30)
        broker.push(TOPICS.receipt, receipt(outbox.epoch, (1, 1000)))
        wait_until(lambda: states(path).get(State.CONFIRMED, 0) >= 31)


def test_what_is_in_flight_while_rows_come_back_is_not_sent_twice(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers take longer than going back does: whatever is on its way then stays single."""
    append(outbox, *range(60))
    late = Behaviour(puback=Answer(after_s=0.3))
    with FaultyBroker(late) as broker, running(outbox, settings(broker.port, window=10)):
        wait_until(lambda: len(events(broker)) >= 5)
        for _ in range(5):
            outbox.reopen(State.REJECTED, up_to=outbox.high)
            monkeypatch.setattr(outbox._writer, "rewinds", outbox.rewinds + 1)
            outbox._writer._on_commit()
        wait_until(lambda: outbox.pending == 0)
        counted = Counter(event["sequence"] for event in events(broker))
        assert set(counted.values()) == {1}


def test_a_silent_centre_is_told_of_once(
    broker: FaultyBroker, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    with running(outbox, confirming(broker.port, wait_s=0.2)):
        append(outbox, 1)
        wait_until(lambda: len(copies(broker, 2)) >= 3, for_s=30)
    told = [r.message for r in caplog.records if "nothing is confirmed" in r.message]
    remedy = f"does the centre send receipts, may this device read {TOPICS.receipt}?"
    assert told == [f"nothing is confirmed, so all is sent again: {remedy}"]


def test_a_centre_that_confirms_everything_is_never_called_silent(
    broker: FaultyBroker,
    outbox: Outbox,
    path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    marks: list[int] = []
    reopen = Outbox.reopen

    def counting(*given: Any, **named: Any) -> Errand:
        marks.append(named["up_to"])
        return reopen(*given, **named)

    monkeypatch.setattr(Outbox, "reopen", counting)
    with running(outbox, confirming(broker.port, wait_s=0.2)):
        wait_until(lambda: outbox.pending == 0 and broker.subscriptions)
        for number in range(3):
            before = len(marks)
            append(outbox, number)
            wait_until(lambda: len(events(broker)) == outbox.high & 0xFFFF)
            broker.push(TOPICS.receipt, receipt(outbox.epoch, (1, 100)))
            wait_until(lambda: set(states(path)) == {State.CONFIRMED})
            wait_until(lambda: len(marks) >= before + 2)  # noqa: B023 - over before it changes
    assert [r.message for r in caplog.records if "nothing is confirmed" in r.message] == []


def test_a_refused_subscription_is_a_reason_and_publishing_goes_on(
    broker: FaultyBroker, outbox: Outbox
) -> None:
    broker.behaviour = Behaviour(suback=Answer(reason=0x87))
    changes = Changes()
    with running(outbox, confirming(broker.port), changes=changes) as uplink:
        wait_until(lambda: uplink.state.reason.startswith("the broker denies"))
        append(outbox, 1, 2)
        wait_until(lambda: outbox.pending == 0)
        state = uplink.state
    assert state.online
    assert state.lasting
    assert state.reason == f"the broker denies to read {TOPICS.receipt}: not authorised (0x87)"
    assert state.remedy.startswith(f'add "topic read {TOPICS.receipt}" for this device')
    assert changes.times_online == 1


def test_a_refused_subscription_is_asked_for_again(
    broker: FaultyBroker, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.uplink.followup.FIRST_RETRY_S", 0.2)
    broker.behaviour = Behaviour(suback=Answer(reason=0x87))
    with running(outbox, confirming(broker.port)) as uplink:
        wait_until(lambda: uplink.state.lasting)
        broker.behaviour = Behaviour()
        wait_until(lambda: uplink.state.online and uplink.state.reason == "")
    assert len(broker.subscriptions) >= 2


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no json",
        b"{" * 60_000,
        b'{"epoch": "x", "ranges": [[1, 2]]}',
        b'{"epoch": "9f86d081884c7d65", "ranges": [[2, 1]]}',
        b'{"epoch": "9f86d081884c7d65", "ranges": [[0, 1]]}',
        b'{"epoch": "9f86d081884c7d65", "ranges": [[1, 1099511627776]]}',
        b'{"epoch": "9f86d081884c7d65", "ranges": []}',
        b'{"epoch": "9f86d081884c7d65", "ranges": [[1, 2]], "more": 1}',
        b"x" * (RECEIPT_MAXIMUM_BYTES + 1),
    ],
    ids=lambda payload: payload[:40].decode(),
)
def test_a_bad_receipt_changes_nothing(
    payload: bytes, broker: FaultyBroker, outbox: Outbox, path: Path
) -> None:
    with running(outbox, confirming(broker.port)) as uplink:
        append(outbox, 1)
        wait_until(lambda: outbox.pending == 0 and broker.subscriptions)
        broker.push(TOPICS.receipt, payload)
        wait_until(lambda: broker.answers)
        append(outbox, 2)
        wait_until(lambda: outbox.pending == 0)
        assert uplink.refused_receipts == 1
    outbox.close()
    assert set(states(path)) == {State.ACKNOWLEDGED}


def test_a_receipt_of_an_unknown_epoch_changes_nothing(
    broker: FaultyBroker, outbox: Outbox, path: Path
) -> None:
    with running(outbox, confirming(broker.port)):
        append(outbox, 1)
        wait_until(lambda: outbox.pending == 0 and broker.subscriptions)
        broker.push(TOPICS.receipt, receipt("0" * 16, (1, 9)))
        wait_until(lambda: broker.answers)
    outbox.close()
    assert set(states(path)) == {State.ACKNOWLEDGED}


def test_what_comes_on_another_topic_is_no_receipt(
    broker: FaultyBroker, outbox: Outbox, path: Path
) -> None:
    with running(outbox, confirming(broker.port)) as uplink:
        wait_until(lambda: outbox.pending == 0 and broker.subscriptions)
        broker.push(f"{TOPICS.root}/command/reboot", receipt(outbox.epoch, (1, 1)))
        wait_until(lambda: broker.answers)
        assert uplink.refused_receipts == 0
    outbox.close()
    assert set(states(path)) == {State.ACKNOWLEDGED}


def test_a_receipt_that_overtakes_the_brokers_word_holds(outbox: Outbox, path: Path) -> None:
    late = Behaviour(puback=Answer(after_s=0.5))
    with FaultyBroker(late) as broker, running(outbox, confirming(broker.port)):
        wait_until(lambda: copies(broker, 1))
        broker.push(TOPICS.receipt, receipt(outbox.epoch, (1, 1)))
        wait_until(lambda: outbox.pending == 0 and broker.acknowledged)
    outbox.close()
    assert states(path) == {State.CONFIRMED: 1}


def test_receipts_come_over_a_real_broker_and_wait_there_while_the_device_is_away(
    outbox: Outbox, path: Path
) -> None:
    with LocalBroker(kind="mosquitto") as broker, Centre(broker.port) as centre:
        with running(outbox, confirming(broker.port)):
            append(outbox, *range(5))
            wait_until(lambda: outbox.pending == 0 and len(centre.events) == 6)
        centre.publish(TOPICS.receipt, receipt(outbox.epoch, (1, 6)))
        with running(outbox, confirming(broker.port)):
            wait_until(lambda: states(path) == {State.CONFIRMED: 6})


# -- the reader ------------------------------------------------------------------------------------


@given(
    epoch=st.from_regex(r"\A[0-9a-f]{16}\Z"),
    ranges=st.lists(
        st.tuples(st.integers(1, 1 << 39), st.integers(0, 1000)).map(lambda p: (p[0], p[0] + p[1])),
        min_size=1,
        max_size=50,
    ),
)
def test_every_good_receipt_is_read(epoch: str, ranges: list[tuple[int, int]]) -> None:
    expected = DeliveryReceipt(epoch=epoch, ranges=tuple(ranges))
    assert ReceiptReader().read(receipt(epoch, *ranges)) == expected


@given(payload=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_anything_else_is_counted_and_nothing_more(payload: bytes) -> None:
    reader = ReceiptReader()
    if reader.read(payload) is None:
        assert sum(reader.refused.values()) == 1


def test_each_kind_of_trouble_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    reader = ReceiptReader()
    for _ in range(50):
        reader.read(b"no json")
        reader.read(b'{"epoch": "short", "ranges": [[1, 2]]}')
        reader.read(b"x" * (RECEIPT_MAXIMUM_BYTES + 1))
    assert sum(reader.refused.values()) == 150
    assert len(caplog.records) == 3
    assert all(record.message.isprintable() for record in caplog.records)
