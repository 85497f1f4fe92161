"""A store that cannot be written, or is damaged: the kiosk goes on counting."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.clock import RELEASE_FLOOR_MS
from agent.outbox import Outbox, writer
from agent.outbox.opening import guess_number
from agent.outbox.store import PAGE_BYTES, Store, set_aside
from agent.testing import FakeClock
from tests.outbox.stores import (
    acknowledge,
    finish,
    keep,
    look,
    marked,
    open_outbox,
    sequences,
    take_all,
)


@pytest.fixture(autouse=True)
def _retries_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.05)


class DeadDisk:
    """Commits fail until it is mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dead = False
        commit = Store.commit

        def try_to_commit(store: Store) -> None:
            if self.dead:
                raise sqlite3.OperationalError("disk I/O error")
            commit(store)

        monkeypatch.setattr(Store, "commit", try_to_commit)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> DeadDisk:
    return DeadDisk(monkeypatch)


@pytest.fixture
def outbox(path: Path, disk: DeadDisk) -> Iterator[Outbox]:  # noqa: ARG001 - before the outbox
    opened = open_outbox(path)
    yield opened
    opened.close()


def wait_until(condition: Callable[[], bool], *, for_s: float = 10.0) -> None:
    deadline_s = time.monotonic() + for_s
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.005)


def faults(outbox: Outbox) -> list[tuple[str, str]]:
    found = [json.loads(row.data) for row in take_all(outbox) if row.kind == "device.fault"]
    return [(fault["state"], fault["fact"]) for fault in found]


def damage(path: Path) -> None:
    """Overwrite all pages but the first: the file opens, and is malformed."""
    with path.open("r+b") as file:
        file.seek(PAGE_BYTES)
        file.write(os.urandom(path.stat().st_size - PAGE_BYTES))


# -- memory -----------------------------------------------------------------------------------


def test_a_failed_commit_keeps_its_events_in_memory_and_says_so(
    outbox: Outbox, disk: DeadDisk
) -> None:
    keep(outbox, 1)
    disk.dead = True
    [receipt] = keep(outbox, 2)
    assert not receipt.durable
    assert outbox.degraded
    assert faults(outbox) == [("raised", "disk I/O error")]
    kinds = [row.kind for row in take_all(outbox)]
    assert kinds == [
        "device.started",
        "device.health",
        "device.started",
        "device.fault",
        "device.health",
    ]


def test_the_epoch_in_memory_names_the_one_in_the_file(outbox: Outbox, disk: DeadDisk) -> None:
    keep(outbox, 1, 2)
    disk.dead = True
    keep(outbox, 3)
    first, second = [row for row in take_all(outbox) if row.kind == "device.started"]
    previous = json.loads(second.data)["previous"]
    assert previous == {"epoch": first.epoch.id, "last_sequence": 3}


def test_what_was_in_memory_is_written_under_the_same_keys(
    outbox: Outbox, disk: DeadDisk, path: Path
) -> None:
    disk.dead = True
    receipts = keep(outbox, 1, 2, 3)
    keys = [row.event_id for row in take_all(outbox)]
    disk.dead = False
    wait_until(lambda: not outbox.degraded)
    assert [row.event_id for row in take_all(outbox)][: len(keys)] == keys
    assert faults(outbox)[-1] == ("cleared", "the store can be written again")
    positions = [row[0] for row in look(path, "SELECT position FROM event")]
    assert {receipt.position for receipt in receipts} <= set(positions)
    assert keep(outbox, 4)[0].durable
    assert sequences(path) == {1: [1], 2: [1, 2, 3, 4, 5, 6, 7]}


def test_what_was_settled_in_memory_is_not_sent_again(outbox: Outbox, disk: DeadDisk) -> None:
    disk.dead = True
    keep(outbox, 1, 2)
    rows = take_all(outbox)
    acknowledge(outbox, rows[:-1])
    assert take_all(outbox) == rows[-1:]
    disk.dead = False
    wait_until(lambda: not outbox.degraded)
    assert take_all(outbox)[0] == rows[-1]
    assert outbox.pending == len(take_all(outbox)) == 2
    keep(outbox, 3)
    assert outbox.watermark == rows[-2].position


def test_settlements_of_the_file_are_remembered_while_it_cannot_be_written(
    outbox: Outbox, disk: DeadDisk, path: Path
) -> None:
    keep(outbox, 1)
    rows = take_all(outbox)
    disk.dead = True
    acknowledge(outbox, rows)
    keep(outbox, 2)
    assert not {row.position for row in rows} & {row.position for row in take_all(outbox)}
    disk.dead = False
    wait_until(lambda: not outbox.degraded)
    assert look(path, "SELECT count(*) FROM event WHERE state = 2") == [(2,)]


def test_taking_while_it_recovers_never_shows_a_settled_row_again(
    outbox: Outbox, disk: DeadDisk
) -> None:
    for _ in range(15):
        disk.dead = True
        keep(outbox, 1)
        rows = take_all(outbox)
        acknowledge(outbox, rows)
        settled = {row.position for row in rows}
        disk.dead = False
        while outbox.degraded:
            assert not settled & {row.position for row in take_all(outbox)}
        assert not settled & {row.position for row in take_all(outbox)}
        assert outbox.pending == len(take_all(outbox))


def test_closing_makes_a_last_attempt_to_write_what_is_in_memory(
    path: Path, disk: DeadDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 3600.0)
    outbox = open_outbox(path)
    disk.dead = True
    keep(outbox, 1, 2)
    disk.dead = False
    outbox.close()
    assert sequences(path) == {1: [1], 2: [1, 2, 3, 4, 5]}


def test_a_store_that_never_recovers_still_closes(path: Path, disk: DeadDisk) -> None:
    outbox = open_outbox(path)
    disk.dead = True
    keep(outbox, 1)
    outbox.close()
    assert sequences(path) == {1: [1]}


def test_a_full_disk_is_survived_and_over_when_there_is_room(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = [False]
    begin = Store.begin

    def begin_with_little_room(store: Store) -> None:
        pages = store._db.execute("PRAGMA page_count").fetchone()[0] if full[0] else 1 << 30
        store._db.execute(f"PRAGMA max_page_count = {pages}")
        begin(store)

    monkeypatch.setattr(Store, "begin", begin_with_little_room)
    outbox = open_outbox(path)
    keep(outbox, 0)
    full[0] = True
    durable = [keep(outbox, *range(n * 50, n * 50 + 50))[-1].durable for n in range(4)]
    assert durable[-1] is False
    assert ("raised", "database or disk is full") in faults(outbox)
    full[0] = False
    wait_until(lambda: not outbox.degraded)
    health = [row for row in take_all(outbox) if row.kind == "device.health"]
    outbox.close()
    assert len(health) == 201
    assert all(found == list(range(1, len(found) + 1)) for found in sequences(path).values())


def test_a_store_that_cannot_be_opened_begins_in_memory(tmp_path: Path) -> None:
    obstacle = tmp_path / "folder"
    obstacle.write_text("a file where a folder should be", encoding="utf-8")
    outbox = open_outbox(obstacle / "outbox.db")
    assert outbox.degraded
    assert not keep(outbox, 1)[0].durable
    assert not outbox.readable or take_all(outbox)
    obstacle.unlink()
    wait_until(lambda: not outbox.degraded)
    assert [row.kind for row in take_all(outbox)] == [
        "device.started",
        "device.fault",
        "device.health",
        "device.fault",
    ]
    assert outbox.pending == 4
    outbox.close()


def test_a_store_that_cannot_be_written_at_the_start_still_delivers_and_counts_what_it_holds(
    path: Path, disk: DeadDisk
) -> None:
    outbox = open_outbox(path)
    keep(outbox, 1, 2)
    last = take_all(outbox)[-1]
    outbox.close()
    disk.dead = True
    outbox = open_outbox(path)
    rows = take_all(outbox)
    assert outbox.degraded
    assert outbox.pending == len(rows) == 6
    assert [row.kind for row in rows[3:]] == ["device.started", "device.gap", "device.fault"]
    previous = json.loads(rows[3].data)["previous"]
    assert previous == {"epoch": last.epoch.id, "last_sequence": 3}
    disk.dead = False
    wait_until(lambda: not outbox.degraded)
    assert outbox.pending == len(take_all(outbox)) == 7
    outbox.close()
    assert sequences(path) == {1: [1, 2, 3], 2: [1, 2, 3, 4]}


def test_an_epoch_guessed_lower_than_the_files_does_not_hide_its_rows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = open_outbox(path)
    far.close()
    with sqlite3.connect(path) as database:
        database.execute(
            "INSERT INTO epoch (number, id, source, boot) VALUES (7000000, 'ab', 's', 'b')"
        )
        database.execute("UPDATE progress SET watermark = 7000000 << 40")
    database.close()
    away = path.rename(path.with_name("away.db"))
    path.mkdir()
    outbox = open_outbox(path)
    keep(outbox, 1)
    path.rmdir()
    away.rename(path)
    wait_until(lambda: not outbox.degraded)
    rows = take_all(outbox, after=outbox.watermark)
    kinds = [row.kind for row in rows if row.epoch.id == outbox.epoch]
    outbox.close()
    assert kinds[:4] == ["device.started", "device.fault", "device.health", "device.fault"]
    assert len(list(path.parent.glob("outbox.db.corrupt-*"))) == 1
    monkeypatch.undo()


def test_guessed_epoch_numbers_grow_with_the_clock_and_fit() -> None:
    guesses = [guess_number(RELEASE_FLOOR_MS + days * 86_400_000) for days in (0, 1, 400)]
    assert guesses == sorted(set(guesses))
    assert guess_number(None) == guess_number(0) == guesses[0]
    assert (guess_number(1 << 60) + (1 << 20)) << 40 <= (1 << 63)


# -- damage -----------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_set_aside_whole(path: Path) -> None:
    path.write_bytes(b"this is not a database at all" * 100)
    outbox = open_outbox(path)
    assert keep(outbox, 1)[0].durable
    [aside] = path.parent.glob("outbox.db.corrupt-????????")
    assert aside.read_bytes().startswith(b"this is not")
    wait_until(lambda: len(faults(outbox)) == 2)
    assert faults(outbox) == [
        (
            "raised",
            f"the store was damaged: a new one is in use, the old one is kept as {aside.name}",
        ),
        ("cleared", f"0 rows were saved from {aside.name}, 0 were beyond reading"),
    ]
    assert outbox.pending == len(take_all(outbox)) == 4
    outbox.close()


def test_the_wal_goes_with_the_file_that_is_set_aside(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_text(suffix, encoding="ascii")
    aside = set_aside(path)
    assert sorted(path.parent.iterdir()) == [aside, aside.with_name(aside.name + "-wal")]
    assert aside.with_name(aside.name + "-wal").read_text("ascii") == "-wal"


def test_a_database_of_something_else_is_set_aside(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE event (a)")
    database.close()
    outbox = open_outbox(path)
    assert keep(outbox, 1)[0].durable
    outbox.close()
    assert len(list(path.parent.glob("outbox.db.corrupt-*"))) == 1


def test_a_file_malformed_inside_is_set_aside_at_the_start(path: Path) -> None:
    outbox = open_outbox(path)
    keep(outbox, *range(300))
    outbox.close()
    damage(path)
    outbox = open_outbox(path)
    assert keep(outbox, 1)[0].durable
    outbox.close()
    assert len(list(path.parent.glob("outbox.db.corrupt-*"))) == 1


def test_a_file_that_becomes_malformed_is_replaced_while_running(
    outbox: Outbox, path: Path
) -> None:
    keep(outbox, *range(300))
    take_all(outbox)  # the reader has the old file open from here on
    outbox._writer._store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    damage(path)
    for cached in ("PRAGMA cache_size = 0", "PRAGMA shrink_memory"):
        outbox._writer._store._db.execute(cached)  # type: ignore[union-attr]
    fallen = [keep(outbox, 1000 + n)[0] for n in range(200)]
    assert not all(receipt.durable for receipt in fallen)
    wait_until(lambda: not outbox.degraded)
    assert keep(outbox, 2000)[0].durable
    kept = {row.event_id for row in take_all(outbox)}
    in_memory = {receipt.event_id for receipt in fallen if not receipt.durable}
    assert in_memory <= kept, "the reader looks into the new file"
    wait_until(lambda: faults(outbox)[-1][0] == "cleared")
    assert "were saved from outbox.db.corrupt-" in faults(outbox)[-1][1]
    assert "kept as outbox.db.corrupt-" in faults(outbox)[-2][1]
    assert outbox.pending == len(take_all(outbox))


def test_acknowledgements_of_a_file_that_was_set_aside_do_not_make_pending_negative(
    path: Path,
) -> None:
    outbox = open_outbox(path)
    keep(outbox, *range(10))
    rows = take_all(outbox)
    finish(outbox)  # now its thread sleeps, and another may do its work
    outbox._writer._fall_back(sqlite3.OperationalError("gone"))
    path.rename(path.with_name("old.db"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(b"no database" * 100)
    keep(outbox, 1)
    wait_until(lambda: faults(outbox)[-1][0] == "cleared")
    acknowledge(outbox, rows)
    assert outbox.pending == 0
    keep(outbox, 2)
    assert outbox.pending == len(take_all(outbox)) == 6
    outbox.close()


def test_a_locked_file_says_nothing_about_its_soundness(path: Path) -> None:
    open_outbox(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    original = sqlite3.connect

    def impatient(*arguments: object, **options: object) -> sqlite3.Connection:
        return original(*arguments, **{"timeout": 0.05, **options})  # type: ignore[call-overload,no-any-return]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", impatient)
        outbox = open_outbox(path)
        assert outbox.degraded
        assert not keep(outbox, 1)[0].durable
        holder.execute("ROLLBACK")
        holder.close()
        wait_until(lambda: not outbox.degraded)
    outbox.close()
    assert not list(path.parent.glob("*.corrupt-*"))
    assert sequences(path) == {1: [1], 2: [1, 2, 3, 4, 5]}


def test_ratings_of_a_damaged_file_are_forgotten_rather_than_stop_the_start(path: Path) -> None:
    clock = FakeClock()
    outbox = open_outbox(path, clock=clock)
    outbox.append(marked(1)).result(10)
    outbox.close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE event SET kind = 'rating.given', data = '{broken'")
    database.close()
    outbox = open_outbox(path, clock=clock)
    assert outbox.recent_ratings(boot=clock.boot, since_ms=0) == []
    assert outbox.dated_ratings() == []
    outbox.close()
