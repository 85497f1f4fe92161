"""The uplink against a real Mosquitto: everything arrives, in the right order, and is flagged."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from agent.events.export import events_schema
from agent.outbox import Outbox, Reader, State
from agent.outbox.store import Store
from agent.testing import LocalBroker
from agent.uplink.publisher import UNWRITTEN_MOST
from tests.uplink.scene import (
    TOPICS,
    Centre,
    Changes,
    Road,
    append,
    open_outbox,
    running,
    settings,
    wait_until,
)


@pytest.fixture
def broker() -> Iterator[LocalBroker]:
    with LocalBroker(kind="mosquitto") as started:
        yield started


def states_of(path: Path) -> dict[State, int]:
    with contextlib.closing(Reader(path)) as reader:
        return reader.count_by_state()


def test_every_event_arrives_exactly_once_by_key_and_valid(
    broker: LocalBroker, outbox: Outbox, path: Path
) -> None:
    with Centre(broker.port) as centre:
        with running(outbox, settings(broker.port)) as uplink:
            wait_until(lambda: uplink.state.online)
            for first in range(0, 200, 20):
                append(outbox, *range(first, first + 20))
            wait_until(lambda: len(centre.events) >= 201)
            wait_until(lambda: outbox.pending == 0)
        assert centre.marks == list(range(200))
        assert set(centre.copies.values()) == {1}
        validator = Draft202012Validator(events_schema())
        for message in centre.heard:
            validator.validate(message.payload)
    outbox.close()
    assert states_of(path) == {State.ACKNOWLEDGED: 201}


def test_nothing_is_flagged_replayed_when_the_broker_was_there_all_the_time(
    broker: LocalBroker, outbox: Outbox
) -> None:
    with Centre(broker.port) as centre, running(outbox, settings(broker.port)):
        append(outbox, 1, 2)
        wait_until(lambda: len(centre.events) == 3)
        assert [event["replayed"] for event in centre.events] == [False, False, False]


def test_what_waited_for_a_connection_is_flagged(broker: LocalBroker, outbox: Outbox) -> None:
    changes = Changes()
    with Centre(broker.port) as centre, Road(broker.port) as road:
        road.cut()
        with running(outbox, settings(road.port), changes=changes):
            append(outbox, 1)
            wait_until(lambda: changes.reasons)
            road.restore()
            wait_until(lambda: len(centre.events) == 2)
        assert [event["replayed"] for event in centre.events] == [True, True]


def test_an_earlier_epoch_is_flagged_and_this_one_is_not(broker: LocalBroker, path: Path) -> None:
    first = open_outbox(path)
    append(first, 1)
    first.close()
    outbox = open_outbox(path)
    with Centre(broker.port) as centre, running(outbox, settings(broker.port)):
        wait_until(lambda: outbox.pending == 0 and len(centre.events) >= 3)
        flags = {(event["epoch"] == outbox.epoch, event["replayed"]) for event in centre.events}
        assert flags == {(False, True), (True, False)}
    outbox.close()


def test_the_backlog_waits_while_too_many_answers_are_not_on_the_card_yet(
    broker: LocalBroker, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = open_outbox(path)
    append(earlier, *range(600))
    earlier.close()
    most: list[int] = []
    monkeypatch.setattr(Store, "commit", slowly(Store.commit))
    outbox = open_outbox(path)
    outbox.on_commit(lambda: most.append(outbox.unwritten))
    hasty = settings(broker.port, backlog_rate=100_000, window=20)
    with Centre(broker.port) as centre, running(outbox, hasty):
        while outbox.pending:
            most.append(outbox.unwritten)
            time.sleep(0.001)
        wait_until(lambda: len(centre.marks) >= 600)
    outbox.close()
    assert max(most) <= UNWRITTEN_MOST + 20


def slowly(commit: Callable[[Store], None]) -> Callable[[Store], None]:
    def wait_and_commit(store: Store) -> None:
        time.sleep(0.05)
        commit(store)

    return wait_and_commit


def test_live_events_go_before_the_backlog_which_flows_at_its_rate(
    broker: LocalBroker, path: Path
) -> None:
    earlier = open_outbox(path)
    append(earlier, *range(300))
    earlier.close()
    outbox = open_outbox(path)
    slow = settings(broker.port, backlog_rate=100, window=8)
    with Centre(broker.port) as centre, running(outbox, slow):
        wait_until(lambda: len(centre.events) >= 10)
        append(outbox, 9001, 9002)
        wait_until(lambda: len(centre.marks) == 302)
        live = [centre.marks.index(mark) for mark in (9001, 9002)]
        assert max(live) < 200, "they overtook the backlog"
        assert [mark for mark in centre.marks if mark < 9000] == list(range(300))
        replayed = {int(e["data"].get("uptime_s", -1)): e["replayed"] for e in centre.events}
        assert not replayed[9001]
        assert replayed[299]
    outbox.close()


def test_a_killed_broker_loses_nothing(broker: LocalBroker, outbox: Outbox) -> None:
    changes = Changes()
    with Centre(broker.port) as centre, Road(broker.port) as road:
        with running(outbox, settings(road.port), changes=changes):
            append(outbox, *range(50))
            wait_until(lambda: outbox.pending == 0 and len(centre.events) >= 51)
            road.cut()
            broker.kill()
            append(outbox, *range(50, 150))
            wait_until(lambda: changes.reasons)
            broker.start()
            wait_until(lambda: centre.joined == 2)  # only then: it would miss what came before
            road.restore()
            append(outbox, *range(150, 170))
            wait_until(lambda: set(centre.marks) == set(range(170)))
            wait_until(lambda: outbox.pending == 0)
        assert changes.times_online == 2
        again = {key for key, copies in centre.copies.items() if copies > 1}
        assert again <= {event["id"] for event in centre.events if event["replayed"]}


def test_a_line_that_is_cut_again_and_again_loses_nothing(
    broker: LocalBroker, outbox: Outbox
) -> None:
    changes = Changes()
    with Centre(broker.port) as centre, Road(broker.port) as road:
        with running(outbox, settings(road.port), changes=changes):
            for round_ in range(6):
                changes.wait_for(online=round_ + 1)
                append(outbox, *range(round_ * 40, round_ * 40 + 40))
                road.cut()
                changes.wait_for(offline=round_ + 1)
                road.restore()
            wait_until(lambda: outbox.pending == 0)
            wait_until(lambda: set(centre.marks) == set(range(240)))
        again = {key for key, copies in centre.copies.items() if copies > 1}
        assert again <= {event["id"] for event in centre.events if event["replayed"]}


def test_an_agent_killed_in_flight_sends_again_flagged_and_its_will_names_its_session(
    broker: LocalBroker, path: Path
) -> None:
    child_code = """
import itertools, sys
from pathlib import Path
from tests.uplink.scene import append, open_outbox, running, settings
outbox = open_outbox(Path(sys.argv[1]))
with running(outbox, settings(int(sys.argv[2]))):
    for number in itertools.count():
        append(outbox, number)
        print(number, flush=True)
"""
    with Centre(broker.port) as centre:
        child = subprocess.Popen(
            [sys.executable, "-c", child_code, str(path), str(broker.port)],
            stdout=subprocess.PIPE,
        )
        wait_until(lambda: len(centre.marks) > 30)
        os.kill(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        told = output.decode().split("\n")[:-1]
        wait_until(lambda: len(centre.states(TOPICS.status)) == 2)
        birth, will = centre.states(TOPICS.status)
        assert (birth["state"], will["state"]) == ("online", "offline")
        assert birth["session"] == will["session"]
        outbox = open_outbox(path)
        with running(outbox, settings(broker.port)):
            wait_until(lambda: outbox.pending == 0)
            wait_until(lambda: {int(number) for number in told} <= set(centre.marks))
        again = {key for key, copies in centre.copies.items() if copies > 1}
        flagged = {event["id"] for event in centre.events if event["replayed"]}
        assert again <= flagged
        assert centre.states(TOPICS.status)[2]["session"] != birth["session"]
    outbox.close()


def test_a_graceful_stop_says_offline_and_leaves_no_will(
    broker: LocalBroker, outbox: Outbox
) -> None:
    with Centre(broker.port) as centre:
        with running(outbox, settings(broker.port)):
            append(outbox, *range(30))
            wait_until(lambda: len(centre.states(TOPICS.status)) == 1)
        wait_until(lambda: len(centre.states(TOPICS.status)) == 2)
        time.sleep(0.2)  # a will would come about now
        states = centre.states(TOPICS.status)
    assert [state["state"] for state in states] == ["online", "offline"]
    assert states[0]["session"] == states[1]["session"]
    with Centre(broker.port, name="later") as later:
        wait_until(lambda: later.states(TOPICS.status))
        assert later.states(TOPICS.status) == [states[1]], "it is retained"


def test_stopping_sends_what_is_pending_first(broker: LocalBroker, outbox: Outbox) -> None:
    with Centre(broker.port) as centre:
        with running(outbox, settings(broker.port)) as uplink:
            wait_until(lambda: uplink.state.online)
            append(outbox, *range(100))
        assert outbox.pending == 0
        wait_until(lambda: centre.marks == list(range(100)))


def test_a_denied_topic_is_rejected_and_the_others_flow(tmp_path: Path, path: Path) -> None:
    rules = tmp_path / "acl"
    rules.write_text(
        f"topic read #\ntopic write {TOPICS.status}\n"
        f"topic write {TOPICS.event('device.started')}\n",
        encoding="utf-8",
    )
    rules.chmod(0o600)
    outbox = open_outbox(path)
    with (
        LocalBroker(kind="mosquitto", lines=(f"acl_file {rules}",)) as broker,
        Centre(broker.port) as centre,
        running(outbox, settings(broker.port)),
    ):
        append(outbox, 1, 2)
        wait_until(lambda: outbox.pending == 0 and centre.events)
        assert [event["type"] for event in centre.events] == ["smilepost.device.started.v1"]
    assert outbox.pending == 0
    outbox.close()
    assert states_of(path) == {State.ACKNOWLEDGED: 1, State.REJECTED: 2}


def test_denials_are_logged_once_a_kind(
    tmp_path: Path, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = tmp_path / "acl"
    rules.write_text(f"topic write {TOPICS.status}\n", encoding="utf-8")
    rules.chmod(0o600)
    outbox = open_outbox(path)
    with (
        LocalBroker(kind="mosquitto", lines=(f"acl_file {rules}",)) as broker,
        running(outbox, settings(broker.port)),
    ):
        append(outbox, *range(10))
        wait_until(lambda: outbox.pending == 0)
    outbox.close()
    denials = [r.message for r in caplog.records if "denies" in r.message]
    rule = f'add "topic write {TOPICS.event("#")}" for this device to its ACL'
    assert denials == [
        f"the broker denies to write {TOPICS.event(kind)}: not authorised (0x87): {rule}"
        " (mosquitto-acl.example)"
        for kind in ("device.started", "device.health")
    ]


def test_presence_is_retained_with_an_expiry_and_repeated(
    broker: LocalBroker, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.uplink.publisher.PRESENCE_REFRESH_S", 0.1)
    with Centre(broker.port) as centre, running(outbox, settings(broker.port)) as uplink:
        uplink.show_presence(2, seen_by="camera")
        wait_until(lambda: len(centre.states(TOPICS.presence)) >= 3)
        birth = centre.states(TOPICS.status)[0]
        assert {m["present"] for m in centre.states(TOPICS.presence)} == {2}
        assert {m["session"] for m in centre.states(TOPICS.presence)} == {birth["session"]}
        with Centre(broker.port, name="sign") as sign:
            wait_until(lambda: sign.states(TOPICS.presence))
            shown = next(m for m in sign.heard if m.topic == TOPICS.presence)
            assert shown.retain
            assert shown.expiry_s is not None
            assert 0 < shown.expiry_s <= 30


def test_that_nobody_knows_who_is_there_is_said_once(
    broker: LocalBroker, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.uplink.publisher.PRESENCE_REFRESH_S", 0.1)
    with Centre(broker.port) as centre, running(outbox, settings(broker.port)) as uplink:
        uplink.show_presence(1, seen_by="sensor")
        wait_until(lambda: len(centre.states(TOPICS.presence)) >= 2)
        uplink.show_presence(None, seen_by=None)
        wait_until(lambda: centre.states(TOPICS.presence)[-1]["present"] is None)
        time.sleep(0.5)
        told = [(m["present"], m["seen_by"]) for m in centre.states(TOPICS.presence)]
    assert set(told[:-1]) == {(1, "sensor")}
    assert told[-1] == (None, None)


def test_a_hectic_presence_is_told_four_times_a_second_and_ends_as_it_is(
    broker: LocalBroker, outbox: Outbox
) -> None:
    with Centre(broker.port) as centre, running(outbox, settings(broker.port)) as uplink:
        for number in range(200):
            uplink.show_presence(number % 2, seen_by="camera")
            time.sleep(0.005)
        uplink.show_presence(7, seen_by="camera")
        wait_until(lambda: centre.states(TOPICS.presence)[-1:] != [])
        wait_until(lambda: centre.states(TOPICS.presence)[-1]["present"] == 7)
        assert len(centre.states(TOPICS.presence)) <= 20


@pytest.mark.parametrize(("shown", "told"), [(-3, 0), (1000, 100)])
def test_an_absurd_presence_does_not_end_the_uplink(
    broker: LocalBroker, outbox: Outbox, shown: int, told: int
) -> None:
    with Centre(broker.port) as centre, running(outbox, settings(broker.port)) as uplink:
        uplink.show_presence(shown, seen_by="camera")
        wait_until(lambda: centre.states(TOPICS.presence))
        assert centre.states(TOPICS.presence)[0]["present"] == told


def test_a_store_written_in_memory_meanwhile_is_delivered_whole(
    broker: LocalBroker, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.outbox.writer.RETRY_S", 0.05)
    commit, dead = Store.commit, [False]

    def try_to_commit(store: Store) -> None:
        if dead[0]:
            raise sqlite3.OperationalError("disk I/O error")
        commit(store)

    monkeypatch.setattr(Store, "commit", try_to_commit)
    with Centre(broker.port) as centre, running(outbox, settings(broker.port)):
        for first in range(0, 120, 20):
            dead[0] = not dead[0]
            append(outbox, *range(first, first + 20))
        dead[0] = False
        wait_until(lambda: not outbox.degraded and outbox.pending == 0)
        wait_until(lambda: set(centre.marks) == set(range(120)))
        assert set(centre.copies.values()) == {1}


def test_rows_that_could_not_be_read_for_a_while_are_not_forgotten(
    broker: LocalBroker, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pending_after, blind = Reader.pending_after, [False]

    def look(reader: Reader, *arguments: int, **options: int) -> object:
        if blind[0]:
            raise sqlite3.OperationalError("disk I/O error")
        return pending_after(reader, *arguments, **options)

    monkeypatch.setattr(Reader, "pending_after", look)
    monkeypatch.setattr(Outbox, "take_fresh", Outbox.take)  # not from memory, as behind a commit
    with Centre(broker.port) as centre, running(outbox, settings(broker.port)) as uplink:
        append(outbox, 0)
        wait_until(lambda: centre.marks == [0])
        blind[0] = True
        append(outbox, 1, 2)
        wait_until(lambda: not outbox.readable)
        blind[0] = False
        wait_until(lambda: set(centre.marks) == {0, 1, 2})
        wait_until(lambda: outbox.pending == 0)
        wait_until(lambda: uplink.state.online)
