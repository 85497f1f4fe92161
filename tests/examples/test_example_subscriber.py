"""The example subscriber: once by key, amended, with its gaps; against a real Mosquitto."""

from __future__ import annotations

import contextlib
import json
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
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.clock import SystemClock
from agent.clock.redating import redate
from agent.events.messages import DeliveryReceipt
from agent.outbox import Outbox, Reader, State
from agent.testing import LocalBroker
from agent.testing.broker import available_broker, free_port
from agent.uplink import Topics, Uplink
from agent.uplink.settings import UplinkSettings
from tests.demo.messages import NEW, OLD, ROOT, SOURCE, amended, event, rating, started

SUBSCRIBER = Path(__file__).parents[2] / "examples" / "subscriber.py"
EPOCH = f"{SOURCE} {OLD}"
LAST = {"epoch": OLD, "last_sequence": 4}
HISTORY = (started(), rating(2, 1), rating(3, 5), amended(4, 2, counts=False))


CONTRACT = (SUBSCRIBER.parents[1] / "docs" / "contract.md").read_text(encoding="utf-8")
DOCUMENTED = [line for line in CONTRACT.splitlines() if line.startswith('{"specversion"')]
TOPIC = f"{ROOT}/event/any"
BOOT = "dfd58f39-4d05-4119-b848-95288d772b22"
ENVELOPE = {"source": SOURCE, "boot": BOOT, "clock": "unknown"}


def whole(payload: bytes, **changes: Any) -> bytes:
    """The envelope around what the hand-made messages leave out; None takes a field away."""
    fields = ENVELOPE | json.loads(payload) | changes
    return json.dumps({name: one for name, one in fields.items() if one is not None}).encode()


def gone(sequence: int, *stretches: list[int], kind: str = "data.dropped") -> bytes:
    return event(kind, sequence, epoch=NEW, ranges={OLD: list(stretches)})


class Folding:
    """The example's functions on a database in memory."""

    def __init__(self) -> None:
        self.example: dict[str, Any] = runpy.run_path(str(SUBSCRIBER))
        self.db = sqlite3.connect(":memory:")
        self.db.executescript(self.example["SCHEMA"])

    def take(self, *payloads: bytes) -> list[bool]:
        fold = self.example["fold"]
        return [fold(self.db, TOPIC, whole(payload))[1] for payload in payloads]

    def refusal(self, payload: bytes, topic: str = TOPIC) -> str:
        """Why a message is set aside; it then leaves nothing behind."""
        with pytest.raises(self.example["RefusedError"]) as caught:
            self.example["fold"](self.db, topic, payload)
        assert self.count("event") == self.count("gone") == 0
        return str(caught.value)

    def count(self, table: str) -> int:
        found: int = self.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        return found

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


# -- what never comes -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["data.dropped", "data.purged"])
def test_a_hole_that_the_device_has_told_of_is_not_awaited(folding: Folding, kind: str) -> None:
    folding.take(HISTORY[0], HISTORY[3], gone(2, [2, 3], kind=kind))
    assert folding.gaps == {f"{SOURCE} {NEW}": "lacks 1"}
    lost = folding.db.execute("SELECT epoch, first, last, why, events FROM lost").fetchall()
    assert lost == [(OLD, 2, 3, f"smilepost.{kind}.v1", 2)]


def test_what_comes_although_it_was_said_to_be_gone_is_kept(folding: Folding) -> None:
    folding.take(HISTORY[0], HISTORY[3], gone(2, [1, 3]))
    assert folding.db.execute("SELECT events FROM lost").fetchall() == [(2,)]
    assert folding.take(HISTORY[1], HISTORY[2]) == [True, True]
    assert folding.count("lost") == 0


def test_a_stretch_that_covers_half_a_hole_leaves_the_other_half(folding: Folding) -> None:
    folding.take(started(), gone(2, [3, 5]), gone(1, [4, 4]), rating(8, 4))
    assert folding.gaps == {EPOCH: "lacks 2, 6-7"}


def test_an_end_that_was_dropped_is_not_awaited(folding: Folding) -> None:
    folding.take(*HISTORY[:3], started(NEW, previous=LAST), gone(2, [4, 4]))
    assert folding.gaps == {}


@settings(max_examples=60, deadline=None)
@given(
    seen=st.sets(st.integers(1, 25), min_size=1),
    told=st.lists(st.tuples(st.integers(1, 25), st.integers(0, 6)), max_size=5),
)
def test_the_gap_is_what_was_neither_seen_nor_told_of(
    seen: set[int], told: list[tuple[int, int]]
) -> None:
    folding = Folding()
    folding.take(*(rating(number, 4) for number in seen))
    stretches = [[first, first + more] for first, more in told]
    if stretches:
        folding.take(gone(1, *stretches))
    final = {number for first, last in stretches for number in range(first, last + 1)}
    lacking = set(range(1, max(seen | final) + 1)) - seen - final
    said = folding.gaps.get(EPOCH, "lacks ").removeprefix("lacks ")
    ends = [[int(n) for n in part.split("-")] for part in said.split(", ") if part]
    assert {n for pair in ends for n in range(pair[0], pair[-1] + 1)} == lacking


# -- what holds is the last by epoch order ---------------------------------------------------------


def late_amendment(sequence: int, *, counts: bool, at_ms: int) -> bytes:
    changed: dict[str, Any] = json.loads(amended(sequence, 2, counts=counts))
    number = f"{sequence:020d}"
    changed |= {"epoch": NEW, "id": f"{SOURCE}/{NEW}/{number}", "monotonic": str(at_ms)}
    return json.dumps(changed).encode()


@pytest.mark.parametrize("backwards", [False, True])
def test_the_last_amendment_is_the_one_of_the_later_epoch(
    folding: Folding, *, backwards: bool
) -> None:
    """A later boot counts its milliseconds from 0 again, and a backlog comes behind live events."""
    reboot = [started(NEW, previous=LAST), late_amendment(2, counts=True, at_ms=1)]
    history = [*HISTORY, *reboot]
    folding.take(*(reversed(history) if backwards else history))
    assert folding.ratings[0] == ("very_bad", 1, 1)


def test_an_amendment_replaces_flags_and_contact(folding: Folding) -> None:
    folding.take(rating(2, 1, flags=["play"], contact="c"), amended(3, 2, counts=True, flags=[]))
    found = folding.db.execute("SELECT counts, flags, contact FROM rating").fetchall()
    assert found == [(1, "[]", None)]


def test_nobody_amends_the_rating_of_another_device(folding: Folding) -> None:
    folding.take(*HISTORY[:2])
    number, other = f"{1:020d}", "/demo/high-street/till-2"
    foreign = whole(amended(1, 2, counts=False), source=other, id=f"{other}/{OLD}/{number}")
    folding.example["fold"](folding.db, TOPIC.replace("till-1", "till-2"), foreign)
    assert folding.ratings == [("very_bad", 1, 1)]


def test_epochs_that_name_each_other_end(folding: Folding) -> None:
    around = [
        started(a, previous={"epoch": b, "last_sequence": 1}) for a, b in [(OLD, NEW), (NEW, OLD)]
    ]
    folding.take(*around, rating(2, 1), amended(3, 2, counts=False))
    assert folding.ratings == [("very_bad", 1, 0)]


# -- what is stored suffices -----------------------------------------------------------------------


def corrected(sequence: int, offset_ms: int) -> bytes:
    told: dict[str, Any] = {
        "boot": BOOT,
        "offset_ms": offset_ms,
        "uncertainty_ms": 50,
        "method": "synced",
    }
    return event("clock.corrected", sequence, **told)


def test_an_event_is_stored_as_it_came(folding: Folding) -> None:
    sent = whole(rating(2, 1), timeearliest="2026-11-21T18:00:12.000Z", replayed=True)
    folding.example["fold"](folding.db, TOPIC, sent)
    assert folding.db.execute("SELECT envelope FROM event").fetchall() == [(sent.decode(),)]


@pytest.mark.parametrize("line", DOCUMENTED, ids=lambda line: json.loads(line)["type"])
def test_every_event_of_the_contract_is_stored(folding: Folding, line: str) -> None:
    topic = f"smilepost/v1{json.loads(line)['source']}/event/any"
    assert folding.example["fold"](folding.db, topic, line.encode())[1]


def test_what_is_stored_can_be_dated_later(folding: Folding) -> None:
    folding.take(rating(2, 1), corrected(3, 1_000_000), corrected(4, 2_000_000))
    corrections = folding.db.execute("SELECT boot, envelope FROM correction").fetchall()
    known = {boot: json.loads(envelope) for boot, envelope in corrections}
    [(stored,)] = folding.db.execute("SELECT envelope FROM event WHERE sequence = 2").fetchall()
    assert redate(json.loads(stored), known).best_ms == 2_000_002


# -- what is no event ------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [b"junkjunk", b"", b"\xff", b"[" * 50_000, b"9" * 5000])
def test_what_is_no_json_is_refused(folding: Folding, payload: bytes) -> None:
    assert folding.refusal(payload) == "it is not JSON"


@pytest.mark.parametrize("payload", [b"null", b"[]", b"{}", b'"event"', b'{"data": []}'])
def test_json_that_is_no_event_is_refused(folding: Folding, payload: bytes) -> None:
    assert folding.refusal(payload) == "it is no event"


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999"])
def test_numbers_that_json_does_not_have_are_refused(folding: Folding, number: bytes) -> None:
    payload = whole(rating(2, 1, odd="here")).replace(b'"here"', number)
    assert folding.refusal(payload) == "it is not JSON"


@pytest.mark.parametrize(
    "field", ["id", "source", "type", "epoch", "sequence", "boot", "monotonic", "clock"]
)
@pytest.mark.parametrize("value", [None, 7, "", [], "\ud800"])
def test_an_event_that_lacks_a_field_or_has_a_wrong_one_is_refused(
    folding: Folding, field: str, value: object
) -> None:
    assert f"`{field}`" in folding.refusal(whole(rating(2, 1), **{field: value}))


@pytest.mark.parametrize("sequence", [0, 1 << 40, 10**20 - 1])
def test_a_sequence_out_of_bounds_is_refused(folding: Folding, sequence: int) -> None:
    assert (
        folding.refusal(whole(rating(sequence, 1), monotonic="1")) == "`sequence` is out of bounds"
    )


@pytest.mark.parametrize("time_", ["yesterday", "2026-13-01T00:00:00.000Z", 5])
def test_a_time_that_there_is_not_is_refused(folding: Folding, time_: object) -> None:
    assert folding.refusal(whole(rating(2, 1), time=time_)) == "`time` is no time"


def test_an_event_on_the_topic_of_another_device_is_refused(folding: Folding) -> None:
    other = TOPIC.replace("till-1", "till-2")
    assert folding.refusal(whole(rating(2, 1)), other) == "`source` is not the device of the topic"


def test_an_id_that_names_another_event_is_refused(folding: Folding) -> None:
    assert folding.refusal(whole(rating(2, 1), id=f"{SOURCE}/{OLD}/3")) == "`id` is not its key"


@pytest.mark.parametrize(
    "ranges",
    [
        *(None, [], {}, "x", {OLD: 1}, {OLD: []}, {OLD: ["x"]}, {OLD: [[1]]}, {OLD: [[1, 2, 3]]}),
        *({OLD: [[2, 1]]}, {OLD: [[0, 1]]}, {OLD: [[1, 1 << 40]]}, {OLD: [[True, 2]]}),
        *({OLD: [[1, 1.5]]}, {OLD: [["1", "2"]]}, {"x": [[1, 2]]}, {OLD: [{}]}),
    ],
)
def test_stretches_that_are_none_are_refused(folding: Folding, ranges: object) -> None:
    assert "`ranges`" in folding.refusal(whole(event("data.dropped", 1, ranges=ranges)))


@pytest.mark.parametrize(
    "previous", [7, {"last_sequence": 4}, {"epoch": "x"}, {"epoch": OLD, "last_sequence": "4"}]
)
def test_a_previous_epoch_that_is_none_is_refused(folding: Folding, previous: Any) -> None:
    assert "`previous`" in folding.refusal(whole(started(previous=previous)))


def test_a_correction_without_numbers_is_refused(folding: Folding) -> None:
    assert folding.refusal(whole(event("clock.corrected", 1, boot=BOOT))) == "it corrects no clock"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(
    base=st.sampled_from([*HISTORY, started(NEW, previous=LAST), gone(2, [1, 2]), corrected(2, 1)]),
    path=st.sampled_from([[], ["data"], ["data", "previous"], ["data", "ranges"]]),
    name=st.sampled_from(
        ["id", "data", "time", "boot", "previous", "ranges", "last_sequence", OLD]
    ),
    value=_JSON,
)
def test_whatever_is_sent_is_stored_or_refused_and_the_views_still_work(
    base: bytes, path: list[str], name: str, value: object
) -> None:
    message: dict[str, Any] = json.loads(whole(base))
    place = message
    for step in path:
        place = place.setdefault(step, {}) if isinstance(place, dict) else {}
    place[name] = value
    folding = Folding()
    folding.take(*HISTORY)
    with contextlib.suppress(folding.example["RefusedError"]):
        folding.example["fold"](folding.db, TOPIC, json.dumps(message).encode())
    assert folding.count("rating") >= 1
    assert all(folding.count(view) >= 0 for view in ("gap", "lost", "correction", "place"))


def test_a_message_is_set_aside_once(folding: Folding) -> None:
    aside = folding.example["set_aside"]
    assert [aside(folding.db, TOPIC, b"junk", "why") for _ in range(2)] == [True, False]
    assert aside(folding.db, TOPIC, b"other", "why")
    assert folding.db.execute("SELECT * FROM refused").fetchall()[0] == (TOPIC, b"junk", "why")


def test_it_is_short() -> None:
    code = [line for line in SUBSCRIBER.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(code) <= 290


# -- receipts --------------------------------------------------------------------------------------


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
