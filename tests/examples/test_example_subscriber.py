"""The example subscriber: once by key, amended, with its gaps; against a real Mosquitto."""

from __future__ import annotations

import contextlib
import os
import queue
import runpy
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.clock import SystemClock
from agent.events.messages import DeliveryReceipt
from agent.outbox import Outbox, Reader, State
from agent.testing import LocalBroker
from agent.uplink import Topics, Uplink
from agent.uplink.settings import UplinkSettings
from tests.demo.messages import NEW, OLD, ROOT, SOURCE, amended, event, rating, started

SUBSCRIBER = Path(__file__).parents[2] / "examples" / "subscriber.py"
EPOCH = f"{SOURCE} {OLD}"
LAST = {"epoch": OLD, "last_sequence": 4}
HISTORY = (started(), rating(2, 1), rating(3, 5), amended(4, 2, counts=False))


def with_source(payload: bytes) -> bytes:
    return payload.replace(b'{"id"', f'{{"source": "{SOURCE}", "id"'.encode(), 1)


class Folding:
    """The example's functions on a database in memory."""

    def __init__(self) -> None:
        self.example: dict[str, Any] = runpy.run_path(str(SUBSCRIBER))
        self.db = sqlite3.connect(":memory:")
        self.db.executescript(self.example["SCHEMA"])

    def take(self, *payloads: bytes) -> list[bool]:
        return [self.example["fold"](self.db, with_source(payload)) for payload in payloads]

    @property
    def gaps(self) -> dict[str, str]:
        found: dict[str, str] = self.example["gaps"](self.db)
        return found

    @property
    def ratings(self) -> list[tuple[str, int, int]]:
        return self.db.execute("SELECT key, value, counts FROM rating ORDER BY id").fetchall()


@pytest.fixture
def folding() -> Folding:
    return Folding()


def test_an_event_is_kept_once(folding: Folding) -> None:
    assert folding.take(*HISTORY, *HISTORY) == [True] * 4 + [False] * 4


def test_amendments_are_folded_onto_their_ratings(folding: Folding) -> None:
    folding.take(*HISTORY)
    assert folding.ratings == [("very_bad", 1, 0), ("very_good", 5, 1)]
    folding.take(amended(5, 2, counts=True))
    assert folding.ratings[0] == ("very_bad", 1, 1)


def test_a_whole_history_has_no_gap(folding: Folding) -> None:
    folding.take(*HISTORY, started(NEW, previous=LAST))
    assert folding.gaps == {}


def test_a_lacking_number_is_a_gap_until_it_comes(folding: Folding) -> None:
    folding.take(HISTORY[0], HISTORY[3])
    assert folding.gaps == {EPOCH: "lacks 2-3"}
    folding.take(*HISTORY)
    assert folding.gaps == {}


def test_a_lasting_hole_reads_the_same_however_much_follows(folding: Folding) -> None:
    folding.take(started(), rating(3, 4))
    before = folding.gaps
    folding.take(*(rating(number, 4) for number in range(4, 12)))
    assert folding.gaps == before == {EPOCH: "lacks 2"}


def test_every_lacking_number_is_named(folding: Folding) -> None:
    folding.take(rating(3, 4), rating(4, 4), rating(6, 4), rating(12, 4))
    assert folding.gaps == {EPOCH: "lacks 1-2, 5, 7-11"}


def test_an_epoch_that_lost_its_end_is_a_gap(folding: Folding) -> None:
    folding.take(*HISTORY[:3], started(NEW, previous=LAST))
    assert folding.gaps == {EPOCH: "lacks 4"}


def test_an_epoch_never_seen_is_a_gap(folding: Folding) -> None:
    folding.take(started(NEW, previous=LAST))
    assert folding.gaps == {EPOCH: "lacks 1-4"}


def test_an_epoch_that_went_on_after_its_end_is_a_gap(folding: Folding) -> None:
    folding.take(*HISTORY, rating(5, 1), started(NEW, previous=LAST))
    assert folding.gaps == {EPOCH: "ended at 4, seen up to 5"}


def test_it_is_short() -> None:
    code = [line for line in SUBSCRIBER.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(code) <= 105


def test_what_is_stored_is_confirmed_in_ranges(folding: Folding) -> None:
    stored = {("/a/b/c", OLD, n) for n in (1, 2, 3, 7, 9, 10)} | {("/a/b/d", NEW, 5)}
    said = folding.example["receipts"](stored)
    assert [topic for topic, _ in said] == [
        "smilepost/v1/a/b/c/receipt",
        "smilepost/v1/a/b/d/receipt",
    ]
    first, second = (DeliveryReceipt.model_validate_json(payload) for _, payload in said)
    assert (first.epoch, first.ranges) == (OLD, ((1, 3), (7, 7), (9, 10)))
    assert (second.epoch, second.ranges) == (NEW, ((5, 5),))


def test_no_receipt_holds_more_ranges_than_a_device_reads(folding: Folding) -> None:
    said = folding.example["receipts"]({("/a/b/c", OLD, n) for n in range(1, 5001, 2)})
    read = [DeliveryReceipt.model_validate_json(payload) for _, payload in said]
    assert [len(receipt.ranges) for receipt in read] == [1000, 1000, 500]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.02)


class Running:
    """The example as a program, and its lines."""

    def __init__(self, folder: Path, port: int, *flags: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SUBSCRIBER), "fleet.db", "127.0.0.1", str(port), "0.2", *flags],
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip())

    def line(self) -> str:
        return self._lines.get(timeout=20)

    def until(self, last: str) -> list[str]:
        """All lines up to `last`, which may be preceded by what was so a moment before."""
        lines = [self.line()]
        while lines[-1] != last:
            lines.append(self.line())
        return lines

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


def test_it_folds_what_a_broker_delivers_while_it_runs_and_while_it_does_not(
    tmp_path: Path, broker: LocalBroker
) -> None:
    device = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    device.connect("127.0.0.1", broker.port)
    device.loop_start()

    def publish(*payloads: bytes) -> None:
        for payload in payloads:
            topic = f"{ROOT}/event/any"
            device.publish(topic, with_source(payload), qos=1, retain=False).wait_for_publish(10)

    retained = with_source(HISTORY[0])
    device.publish(f"{ROOT}/event/any", retained, qos=1, retain=True).wait_for_publish(10)
    first = Running(tmp_path, broker.port)
    assert first.line() == f"{ROOT}/event/any"  # it has subscribed
    publish(HISTORY[2], HISTORY[2], event("device.health", 5))
    assert first.until(f"GAP {EPOCH} lacks 2, 4").count(f"{ROOT}/event/any") == 2
    publish(event("device.health", 6))
    assert first.line() == f"{ROOT}/event/any"
    publish(HISTORY[1])  # the hole is told of again only because it has changed
    assert [first.line(), first.line()] == [f"{ROOT}/event/any", f"GAP {EPOCH} lacks 4"]
    first.stop()
    publish(HISTORY[3])
    second = Running(tmp_path, broker.port)
    assert second.line() == f"{ROOT}/event/any"
    second.stop()
    device.disconnect()
    device.loop_stop()
    with sqlite3.connect(tmp_path / "fleet.db") as db:
        assert db.execute("SELECT count(*) FROM event").fetchone() == (6,)
        assert db.execute("SELECT count(*) FROM gap").fetchone() == (0,)


def test_with_the_flag_a_device_learns_that_everything_is_stored(
    tmp_path: Path, broker: LocalBroker
) -> None:
    topics = Topics("acme", "north", "till-1")
    store = tmp_path / "outbox.db"
    outbox = Outbox(store, source=topics.source, clock=SystemClock(), software="1")
    settings = UplinkSettings(
        port=broker.port, receipts=True, receipt_wait_s=1.0, reconnect_max_s=0.1
    )
    uplink = Uplink(settings, topics=topics, outbox=outbox)
    centre = Running(tmp_path, broker.port, "--confirm")
    uplink.start()  # what comes before the centre has subscribed is sent again

    def all_confirmed() -> bool:
        with contextlib.closing(Reader(store)) as reader:
            return set(reader.count_by_state()) == {State.CONFIRMED}

    wait_for(all_confirmed)
    uplink.stop()
    outbox.close()
    centre.stop()
