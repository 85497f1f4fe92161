"""The example subscriber as a program, against a real Mosquitto."""

from __future__ import annotations

import contextlib
import os
import queue
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.clock import SystemClock
from agent.events.messages import DeliveryReceipt
from agent.outbox import Outbox, Reader, State
from agent.testing import LocalBroker
from agent.testing.broker import available_broker, free_port
from agent.uplink import Topics, Uplink
from agent.uplink.settings import UplinkSettings
from tests.demo.messages import OLD, ROOT, event, rating, started
from tests.examples.folding import (
    EPOCH,
    HISTORY,
    SUBSCRIBER,
    TOPIC,
    whole,
)


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
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

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

    def end(self) -> tuple[int, str]:
        """Wait until it ends by itself; returns its exit code and what it complained of."""
        code = self.process.wait(20)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._reader.join(10)
        self.process.stdout.close()
        with self.process.stderr as said:
            return code, said.read()

    def stop(self) -> None:
        self.process.terminate()
        self.end()


def test_it_folds_what_a_broker_delivers_while_it_runs_and_while_it_does_not(
    tmp_path: Path, broker: LocalBroker
) -> None:
    device = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    device.connect("127.0.0.1", broker.port)
    device.loop_start()

    def publish(*payloads: bytes) -> None:
        for payload in payloads:
            device.publish(TOPIC, whole(payload), qos=1, retain=False).wait_for_publish(10)

    device.publish(TOPIC, whole(HISTORY[0]), qos=1, retain=True).wait_for_publish(10)
    first = Running(tmp_path, broker.port)
    assert first.line() == TOPIC  # it has subscribed
    publish(HISTORY[2], HISTORY[2], event("device.health", 5))
    assert first.until(f"GAP {EPOCH} lacks 2, 4").count(TOPIC) == 2
    publish(event("device.health", 6))
    assert first.line() == TOPIC
    publish(HISTORY[1])  # the hole is told of again only because it has changed
    assert [first.line(), first.line()] == [TOPIC, f"GAP {EPOCH} lacks 4"]
    first.stop()
    publish(HISTORY[3])
    second = Running(tmp_path, broker.port)
    assert second.line() == TOPIC
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
    often = UplinkSettings(port=broker.port, receipts=True, receipt_wait_s=1.0, reconnect_max_s=0.1)
    uplink = Uplink(often, topics=topics, outbox=outbox)
    centre = Running(tmp_path, broker.port, "--confirm")
    uplink.start()  # what comes before the centre has subscribed is sent again

    def all_confirmed() -> bool:
        with contextlib.closing(Reader(store)) as reader:
            return set(reader.count_by_state()) == {State.CONFIRMED}

    wait_for(all_confirmed)
    uplink.stop()
    outbox.close()
    centre.stop()


def test_junk_is_set_aside_once_and_the_others_flow(tmp_path: Path, broker: LocalBroker) -> None:
    receipts: queue.Queue[bytes] = queue.Queue()
    device = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    device.on_message = lambda _client, _data, message: receipts.put(bytes(message.payload))
    device.connect("127.0.0.1", broker.port)
    device.loop_start()
    device.subscribe(f"{ROOT}/receipt", qos=1)
    device.publish(TOPIC, b"junkjunk", qos=1, retain=True).wait_for_publish(10)
    centre = Running(tmp_path, broker.port, "--confirm")
    assert centre.line() == f"REFUSED {TOPIC} it is not JSON"
    for payload in (whole(rating(2, 1), boot=None), whole(started())):
        device.publish(TOPIC, payload, qos=1).wait_for_publish(10)
    assert centre.line().startswith(f"REFUSED {TOPIC} `boot`")
    assert centre.line() == TOPIC
    told = DeliveryReceipt.model_validate_json(receipts.get(timeout=20))
    assert (told.epoch, told.ranges) == (OLD, ((1, 1),))
    centre.stop()
    device.publish(TOPIC, whole(rating(2, 1)), qos=1).wait_for_publish(10)
    second = Running(tmp_path, broker.port)  # the retained junk comes again
    assert second.line() == TOPIC
    second.stop()
    device.disconnect()
    device.loop_stop()
    with contextlib.closing(sqlite3.connect(tmp_path / "fleet.db")) as db:
        assert db.execute("SELECT count(*) FROM refused").fetchone() == (2,)
        assert db.execute("SELECT count(*) FROM event").fetchone() == (2,)


def test_it_outlives_a_restart_of_the_broker(tmp_path: Path, broker: LocalBroker) -> None:
    centre = Running(tmp_path, broker.port)
    for payload in HISTORY[:2]:
        device = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        device.connect("127.0.0.1", broker.port)
        device.loop_start()
        device.publish(TOPIC, whole(payload), qos=1, retain=True).wait_for_publish(10)
        assert centre.line() == TOPIC
        device.loop_stop()
        broker.stop()
        broker.start()
    centre.stop()


def test_a_database_that_cannot_be_used_ends_it_with_one_line(
    tmp_path: Path, broker: LocalBroker
) -> None:
    (tmp_path / "fleet.db").write_bytes(b"no database " * 100)
    code, said = Running(tmp_path, broker.port).end()
    assert (code, said) == (1, "it ends: file is not a database\n")


def test_a_store_that_fails_in_mid_flow_ends_it_with_one_line(
    tmp_path: Path, broker: LocalBroker
) -> None:
    device = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    device.connect("127.0.0.1", broker.port)
    device.loop_start()
    device.publish(TOPIC, whole(HISTORY[0]), qos=1, retain=True).wait_for_publish(10)
    centre = Running(tmp_path, broker.port)
    assert centre.line() == TOPIC
    with contextlib.closing(sqlite3.connect(tmp_path / "fleet.db")) as db:
        db.execute("DROP TABLE gone")
        db.execute("CREATE VIEW gone AS SELECT 1")
    device.publish(TOPIC, whole(HISTORY[1]), qos=1).wait_for_publish(10)
    code, said = centre.end()
    device.loop_stop()
    assert code == 1
    assert said.startswith("it ends: ")
    assert said.count("\n") == 1


def test_a_broker_that_is_not_there_ends_it_with_one_line(tmp_path: Path) -> None:
    code, said = Running(tmp_path, free_port()).end()
    assert (code, said.count("\n")) == (1, 1)
    assert "refused" in said


def test_a_broker_that_lets_it_not_in_ends_it_with_one_line(tmp_path: Path) -> None:
    if available_broker() != "mosquitto":
        pytest.skip("only Mosquitto can refuse: apt install mosquitto")
    with LocalBroker(lines=("allow_anonymous false",)) as broker:
        code, said = Running(tmp_path, broker.port).end()
    assert (code, said) == (1, "it ends: the broker refuses: Not authorized\n")
