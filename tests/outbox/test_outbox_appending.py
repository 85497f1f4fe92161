"""Appending: numbers, the chain of epochs, and that nothing is told before it is kept."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.outbox import Outbox
from agent.outbox.store import Store
from agent.testing import FakeClock
from tests.outbox.stores import (
    SOURCE,
    acknowledge,
    keep,
    look,
    marked,
    open_outbox,
    sequences,
    take_all,
)


def started(outbox: Outbox) -> list[dict[str, object]]:
    """Data of every `device.started`, oldest first."""
    return [json.loads(row.data) for row in take_all(outbox) if row.kind == "device.started"]


def test_a_new_store_begins_with_device_started_and_no_previous_epoch(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "outbox.db")
    [row] = take_all(outbox)
    outbox.close()
    assert (row.kind, row.sequence) == ("device.started", 1)
    assert json.loads(row.data) == {"software": "1.2.3"}


def test_sequences_run_from_one_without_a_gap_in_every_epoch(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    for count in (3, 0, 5):
        outbox = open_outbox(path)
        keep(outbox, *range(count))
        outbox.close()
    assert sequences(path) == {1: [1, 2, 3, 4], 2: [1, 2], 3: [1, 2, 3, 4, 5, 6, 7]}


def test_every_epoch_names_the_one_before_and_its_last_sequence(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    for count in (3, 0, 5):
        outbox = open_outbox(path)
        keep(outbox, *range(count))
        chain = started(outbox)
        outbox.close()
    ids = [row[0] for row in look(path, "SELECT id FROM epoch ORDER BY number")]
    previous = [link.get("previous") for link in chain]
    assert previous == [
        None,
        {"epoch": ids[0], "last_sequence": 4},
        {"epoch": ids[1], "last_sequence": 2},
    ]


def test_a_receipt_names_the_key_of_the_row(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "outbox.db")
    [receipt] = keep(outbox, 7)
    row = take_all(outbox)[-1]
    outbox.close()
    assert receipt.event_id == row.event_id
    assert receipt.position == row.position == outbox.high
    assert re.fullmatch(rf"{SOURCE}/[0-9a-f]{{16}}/0{{19}}2", receipt.event_id)
    assert receipt.durable


def test_a_receipt_comes_only_after_the_commit_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing, go_on = threading.Event(), threading.Event()
    commit = Store.commit

    def slow(store: Store) -> None:
        committing.set()
        assert go_on.wait(10)
        commit(store)

    outbox = open_outbox(tmp_path / "outbox.db")
    monkeypatch.setattr(Store, "commit", slow)
    future = outbox.append(marked(1))
    assert committing.wait(10)
    assert not future.done()
    go_on.set()
    assert future.result(10).durable
    outbox.close()


def test_what_waits_together_is_committed_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    commit = Store.commit

    def counted(store: Store) -> None:
        commits.append(1)
        commit(store)

    outbox = open_outbox(tmp_path / "outbox.db")
    monkeypatch.setattr(Store, "commit", counted)

    def append_many(first: int) -> None:
        futures = [outbox.append(marked(first + n)) for n in range(250)]
        for future in futures:
            future.result(30)

    threads = [threading.Thread(target=append_many, args=(n * 1000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.close()
    assert len(commits) <= 100, "1,000 concurrent appends take a tenth of the commits at most"
    assert sequences(tmp_path / "outbox.db") == {1: list(range(1, 1002))}


def test_closing_commits_what_waits(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    futures = [outbox.append(marked(n)) for n in range(50)]
    outbox.close()
    assert all(future.result(0).durable for future in futures)
    assert sequences(path) == {1: list(range(1, 52))}


def test_what_comes_after_closing_is_refused_and_does_not_wait_for_ever(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "outbox.db")
    outbox.close()
    with pytest.raises(StoreError, match="closed"):
        outbox.append(marked(1)).result(5)
    outbox.close()


async def test_a_waiter_that_gives_up_does_not_stop_the_writer(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "outbox.db")
    for number in range(20):
        waiter = asyncio.ensure_future(outbox.keep(marked(number)))
        await asyncio.sleep(0)
        waiter.cancel()
    receipt = await asyncio.wait_for(outbox.keep(marked(99)), 10)
    assert receipt.durable
    assert [row.sequence for row in take_all(outbox)] == list(range(1, 23))
    await asyncio.to_thread(outbox.close)


def test_a_writer_that_meets_an_unforeseen_error_tells_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = open_outbox(tmp_path / "outbox.db")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "add", lambda *_: (_ for _ in ()).throw(MemoryError("no room")))
        with pytest.raises(StoreError, match="no room"):
            outbox.append(marked(1)).result(10)
    [receipt] = keep(outbox, 2)
    assert receipt.durable
    assert [row.sequence for row in take_all(outbox)] == [1, 2]
    outbox.close()


def test_settlements_survive_an_unforeseen_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    keep(outbox, 1)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "add", lambda *_: (_ for _ in ()).throw(MemoryError("no room")))
        rows = take_all(outbox)
        acknowledge(outbox, rows)
        with pytest.raises(StoreError):
            outbox.append(marked(2)).result(10)
    assert take_all(outbox) == []
    outbox.close()
    assert look(path, "SELECT count(*) FROM event WHERE state = 2") == [(2,)]


def test_listeners_hear_of_every_commit(tmp_path: Path) -> None:
    heard = threading.Semaphore(0)
    outbox = open_outbox(tmp_path / "outbox.db")
    outbox.on_commit(heard.release)
    for number in range(3):
        keep(outbox, number)
        assert heard.acquire(timeout=10)
    outbox.close()


def test_the_moment_of_the_event_is_kept_not_that_of_the_commit(tmp_path: Path) -> None:
    clock = FakeClock()
    outbox = open_outbox(tmp_path / "outbox.db", clock=clock)
    then = clock.moment()
    clock.advance(30)
    outbox.append(marked(1), at=then).result(10)
    row = take_all(outbox)[-1]
    outbox.close()
    assert (row.monotonic_ms, row.wall_ms) == (then.monotonic_ms, then.wall_ms)


def test_the_store_is_nobody_elses_to_read(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    keep(outbox, 3)
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}
    outbox.close()

    assert modes.keys() >= {"outbox.db", "outbox.db-wal"}
    assert set(modes.values()) == {"0o600"}


def test_an_orderly_end_leaves_no_log_behind(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path / "outbox.db")
    keep(outbox, 3)
    take_all(outbox)
    outbox.close()

    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"outbox.db", "outbox.db.lock"}
