"""The centre's receipts over a bad broker: late, doubled, about others; confirmed is confirmed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from agent.outbox import Outbox, State
from agent.testing import FaultyBroker
from agent.testing.behaviour import Answer, Behaviour, Leave, Received, Reset
from tests.faults.bench import events_in, states_in
from tests.uplink.scene import TOPICS, append, open_outbox, running, settings, wait_until

pytestmark = pytest.mark.usefixtures("impatience")

Say = Callable[[FaultyBroker, str, list[list[int]]], None]


def once(broker: FaultyBroker, epoch: str, ranges: list[list[int]]) -> None:
    payload = json.dumps({"epoch": epoch, "ranges": ranges}).encode()
    broker.push(f"{TOPICS.root}/receipt", payload)


def twice(broker: FaultyBroker, epoch: str, ranges: list[list[int]]) -> None:
    once(broker, epoch, ranges)
    once(broker, epoch, ranges)


def one_by_one_backwards(broker: FaultyBroker, epoch: str, ranges: list[list[int]]) -> None:
    for first, last in ranges:
        for number in range(last, first - 1, -1):
            once(broker, epoch, [[number, number]])


def with_strangers(broker: FaultyBroker, epoch: str, ranges: list[list[int]]) -> None:
    once(broker, "f" * 16, [[1, 1_000_000]])
    once(broker, epoch, ranges)
    once(broker, epoch, [[500_000, (1 << 40) - 1]])


class Centre:
    """Confirms what the broker has acknowledged, again and again, in its own way."""

    def __init__(self, broker: FaultyBroker, say: Say) -> None:
        self._broker, self._say = broker, say
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._confirm)

    def _confirm(self) -> None:
        while not self._ended.wait(0.05):
            by_epoch: dict[str, list[int]] = {}
            for event in events_in(self._broker.acknowledged):
                by_epoch.setdefault(event["epoch"], []).append(int(event["sequence"]))
            for epoch, numbers in by_epoch.items():
                self._say(self._broker, epoch, stretches(numbers))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def stretches(numbers: list[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def with_receipts(port: int) -> Any:
    wish = settings(port, receipts=True, receipt_wait_s=1.0)
    return wish.model_copy(update={"reconnect_max_s": 0.05})


def count_confirmed(path: Path) -> int:
    return sum(state is State.CONFIRMED for state in states_in(path).values())


@pytest.mark.parametrize("say", [once, twice, one_by_one_backwards, with_strangers])
def test_what_the_centre_has_is_confirmed(say: Say, path: Path) -> None:
    outbox = open_outbox(path)
    append(outbox, *range(20))
    with FaultyBroker() as broker:
        with Centre(broker, say), running(outbox, with_receipts(broker.port)):
            wait_until(lambda: count_confirmed(path) >= 21)
        outbox.close()
        assert broker.violations == []


@pytest.mark.parametrize("conduct", [Reset(), Leave(0x8B), Answer(after_s=0.1), Answer(copies=2)])
def test_receipts_arrive_over_a_broker_that_misbehaves(conduct: Any, path: Path) -> None:
    outbox = open_outbox(path)
    append(outbox, *range(20))

    def now_and_then(message: Received) -> Any:
        return Answer() if message.number % 7 else conduct

    with FaultyBroker(Behaviour(puback=now_and_then)) as broker:
        with Centre(broker, once), running(outbox, with_receipts(broker.port)):
            wait_until(lambda: count_confirmed(path) >= 21)
        outbox.close()
        assert broker.violations == []


def test_a_receipt_for_what_was_never_sent_confirms_nothing_else(path: Path) -> None:
    outbox = open_outbox(path)
    append(outbox, *range(5))
    with FaultyBroker() as broker:
        with running(outbox, with_receipts(broker.port)):
            wait_until(lambda: outbox.pending == 0 and broker.subscriptions)
            once(broker, "0" * 16, [[1, 100]])
            wait_until(lambda: broker.answers)
            time.sleep(0.1)  # a confirmation would be written about now
            assert count_confirmed(path) == 0
        outbox.close()


def test_a_broker_that_denies_the_subscription_still_gets_everything(path: Path) -> None:
    outbox = open_outbox(path)
    with FaultyBroker(Behaviour(suback=Answer(reason=0x87))) as broker:
        with running(outbox, with_receipts(broker.port)):
            append(outbox, *range(20))
            wait_until(lambda: outbox.pending == 0)
        outbox.close()
        assert broker.violations == []


def test_what_is_not_confirmed_in_time_is_sent_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker may have lost it: its word alone is not the end."""
    monkeypatch.setattr("agent.outbox.work.ACK_LINGER_S", 0.1)
    outbox: Outbox = open_outbox(path)
    append(outbox, 1)
    with FaultyBroker() as broker:
        with running(outbox, with_receipts(broker.port)):
            wait_until(lambda: sum(e["sequence"].endswith("2") for e in sent(broker)) >= 2)
        outbox.close()
        assert all(event["replayed"] for event in sent(broker)[2:])


def sent(broker: FaultyBroker) -> list[dict[str, Any]]:
    return events_in(broker.messages)
