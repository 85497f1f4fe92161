"""The example subscriber: once by key, amended, with its gaps; against a real Mosquitto."""

from __future__ import annotations

import os
import queue
import runpy
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.testing import LocalBroker
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
    assert len(code) <= 80


class Running:
    """The example as a program, and its lines."""

    def __init__(self, folder: Path, port: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SUBSCRIBER), "fleet.db", "127.0.0.1", str(port), "0.2"],
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
    assert [first.line(), first.line()] == [f"{ROOT}/event/any"] * 2
    assert first.line() == f"GAP {EPOCH} lacks 2, 4"
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
