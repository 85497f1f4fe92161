"""Damage while running: found, set aside, and every readable row brought home, once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.outbox import Outbox, State, chores, rescue, writer
from agent.outbox.chores import Adopt, Chore
from agent.outbox.rescue import KEPT_ASIDES, finish, newest_first, unfinished
from agent.outbox.rows import DAMAGED, Epoch
from agent.outbox.store import PAGE_BYTES, Store, reunite, set_aside
from agent.outbox.work import Errand
from tests.outbox import stores
from tests.outbox.samples import EPOCH, filled, row, states, work_off
from tests.outbox.stores import SOURCE, acknowledge, keep, look, marked, open_outbox, take_all

NEWER = Epoch(9, "00000000000000bb", SOURCE, "boot-2")


@pytest.fixture(autouse=True)
def _retries_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.02)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.01)


def told(outbox: Outbox, kind: str) -> list[dict[str, object]]:
    return [json.loads(row.data) for row in take_all(outbox) if row.kind == kind]


def rescued(outbox: Outbox) -> bool:
    return any("saved from" in str(fault["fact"]) for fault in told(outbox, "device.fault"))


def asides(path: Path) -> list[Path]:
    return sorted(path.parent.glob("outbox.db.corrupt-????????"))


def spoil_page_of(path: Path, text: bytes) -> None:
    """Overwrite the page on which a text stands, as a card does that gives back other bytes."""
    content = bytearray(path.read_bytes())
    start = content.index(text) // PAGE_BYTES * PAGE_BYTES
    content[start : start + PAGE_BYTES] = b"\xa5" * PAGE_BYTES
    path.write_bytes(content)


def checkpoint(outbox: Outbox) -> None:
    """Bring everything from the WAL into the main file, and forget it."""
    store = outbox._writer._store
    assert store is not None
    outbox._close_reader()
    store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store._db.execute("PRAGMA shrink_memory")


# -- found, set aside, carried over -------------------------------------------------------------


def test_a_check_finds_a_damaged_page_nobody_reads_and_brings_the_rest_home(
    outbox: Outbox, path: Path
) -> None:
    keep(outbox, *range(300))
    rows = take_all(outbox)
    acknowledge(outbox, rows[:100])
    stores.finish(outbox)
    keep(outbox, 1000)
    checkpoint(outbox)
    before = {r[0]: r[1:] for r in look(path, "SELECT position, state, data, checksum FROM event")}
    spoil_page_of(path, b'"uptime_s":50.0')
    outbox.check().join()
    wait_until(lambda: rescued(outbox))
    query = "SELECT position, state, data, checksum FROM event"
    after = {found[0]: found[1:] for found in look(path, query)}
    lost = before.keys() - after.keys()
    assert 1 <= len(lost) <= PAGE_BYTES // 50
    assert all(after[position] == before[position] for position in before.keys() - lost)
    [dropped] = told(outbox, "data.dropped")
    assert (dropped["reason"], dropped["count"]) == ("damage", len(lost))
    [ranges] = dropped["ranges"].values()  # type: ignore[attr-defined]
    assert {n for first, last in ranges for n in range(first, last + 1)} == {
        position & 0xFFFF for position in lost
    }


def test_a_sound_file_is_left_alone(outbox: Outbox, path: Path) -> None:
    keep(outbox, *range(100))
    outbox.check().join()
    stores.finish(outbox)
    assert asides(path) == []


def test_rows_appended_while_files_change_are_kept(outbox: Outbox, path: Path) -> None:
    keep(outbox, *range(50))
    receipts = []
    for number in range(200):
        if number == 20:
            outbox._writer.suspect("a page is malformed", files=0)
        receipts.append(outbox.append(marked(1000 + number)).result(10))
    wait_until(lambda: rescued(outbox))
    kept = {row.event_id: json.loads(row.data).get("uptime_s") for row in take_all(outbox)}
    assert [kept[receipt.event_id] for receipt in receipts] == list(range(1000, 1200))
    assert [value for value in kept.values() if value is not None and value < 50] == list(range(50))
    assert outbox.pending == len(kept)
    assert len(asides(path)) == 1


def test_an_old_suspicion_does_not_touch_the_new_file(outbox: Outbox, path: Path) -> None:
    outbox._writer.suspect("a page is malformed", files=0)
    outbox._writer.suspect("the same page is malformed", files=0)
    wait_until(lambda: rescued(outbox))
    assert len(asides(path)) == 1


def test_a_chore_that_meets_a_damaged_page_has_the_file_replaced_once(
    outbox: Outbox, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(outbox, *range(10))
    step = chores.CountPresses.step
    errors = [sqlite3.DatabaseError("database disk image is malformed")]

    def stumble(self: chores.CountPresses, store: Store) -> chores.Step:
        if errors:
            raise errors.pop()
        return step(self, store)

    monkeypatch.setattr(chores.CountPresses, "step", stumble)
    assert outbox._writer.do(chores.CountPresses())
    wait_until(lambda: rescued(outbox))
    assert len(asides(path)) == 1
    assert outbox.pending == len(take_all(outbox))


def test_a_lost_epoch_is_found_when_its_rows_are_taken(outbox: Outbox, path: Path) -> None:
    receipts = keep(outbox, *range(5))
    outbox._close_reader()
    store = outbox._writer._store
    assert store is not None
    store._db.execute("UPDATE epoch SET boot = 'another'")
    assert take_all(outbox) == []
    wait_until(lambda: len(asides(path)) == 1)
    wait_until(lambda: rescued(outbox))
    kept = {row.event_id for row in take_all(outbox)}
    assert outbox.readable
    assert not {receipt.event_id for receipt in receipts} & kept, "their key is not known"


# -- interrupted --------------------------------------------------------------------------------


def interrupted(path: Path) -> list[str]:
    """Leave a store that was set aside and not salvaged; returns its keys."""
    outbox = open_outbox(path)
    keep(outbox, *range(1200))
    keys = [row.event_id for row in take_all(outbox)]
    outbox.close()
    set_aside(path)
    return keys


def test_a_salvage_that_was_interrupted_by_closing_is_done_at_the_next_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = interrupted(path)
    with monkeypatch.context() as patch:
        patch.setattr(rescue, "BATCH_ROWS", 100)
        closing = open_outbox(path)
        wait_until(lambda: closing.pending > 100)
        closing.close()
    [aside] = asides(path)
    outbox = open_outbox(path)
    wait_until(lambda: unfinished(path) == [])
    kept = [row.event_id for row in take_all(outbox)]
    assert set(keys) <= set(kept)
    assert len(kept) == len(set(kept)) == outbox.pending
    assert aside.exists()
    outbox.close()


DIES = """
import os, signal, sys
from pathlib import Path
from agent.outbox import rescue
from tests.outbox.stores import open_outbox
rescue.BATCH_ROWS = 100
left = [3]
def crash_point(name):
    left[0] -= name == "salvage.commit"
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
open_outbox(Path(sys.argv[1]), crash_point=crash_point)
signal.pause()
"""


def test_a_salvage_that_was_killed_is_done_at_the_next_start(path: Path) -> None:
    keys = interrupted(path)
    ran = subprocess.run([sys.executable, "-c", DIES, str(path)], check=False, timeout=60)
    assert ran.returncode == -signal.SIGKILL
    assert len(unfinished(path)) == 1
    outbox = open_outbox(path)
    wait_until(lambda: unfinished(path) == [])
    assert set(keys) <= {row.event_id for row in take_all(outbox)}
    outbox.close()


def test_a_salvage_that_is_done_is_not_done_again(path: Path) -> None:
    interrupted(path)
    outbox = open_outbox(path)
    wait_until(lambda: unfinished(path) == [])
    acknowledge(outbox, take_all(outbox))
    outbox.close()
    again = open_outbox(path)
    stores.finish(again)
    assert [row.kind for row in take_all(again)] == ["device.started", "device.gap"]
    again.close()


def test_a_step_of_a_salvage_whose_commit_failed_is_taken_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = interrupted(path)
    monkeypatch.setattr(rescue, "BATCH_ROWS", 100)
    fails = [True] * 3

    def crash_point(name: str) -> None:
        if name == "salvage.commit" and fails:
            fails.pop()
            raise sqlite3.OperationalError("disk I/O error")

    outbox = open_outbox(path, crash_point=crash_point)
    wait_until(lambda: unfinished(path) == [])
    assert set(keys) <= {row.event_id for row in take_all(outbox)}
    assert outbox.pending == len(take_all(outbox))
    outbox.close()


def test_a_file_that_lost_only_its_wal_to_a_kill_gets_it_back(path: Path) -> None:
    live = open_outbox(path)
    keep(live, *range(20))
    keys = {row.event_id for row in take_all(live)}
    folder = path.parent / "killed"
    shutil.copytree(path.parent, folder, ignore=shutil.ignore_patterns("*-shm", "*.lock", "killed"))
    live.close()
    copy = folder / path.name
    copy.with_name("outbox.db-wal").rename(folder / "outbox.db.corrupt-0123abcd-wal")
    outbox = open_outbox(copy)
    assert keys <= {row.event_id for row in take_all(outbox)}
    assert asides(copy) == []
    outbox.close()


def test_a_wal_that_lies_beside_its_file_stays_there(path: Path) -> None:
    names = ("outbox.db", "outbox.db.corrupt-0123abcd", "outbox.db.corrupt-0123abcd-wal")
    for name in names:
        path.with_name(name).touch()
    reunite(path)
    assert sorted(file.name for file in path.parent.iterdir()) == sorted(names)


# -- what is kept -------------------------------------------------------------------------------


def test_a_few_files_are_kept_and_the_one_salvaged_first_goes_whatever_the_clock_says(
    path: Path,
) -> None:
    made = []
    for number in range(KEPT_ASIDES + 2):
        aside = path.with_name(f"outbox.db.corrupt-{9 - number:08}")
        aside.touch()
        aside.with_name(aside.name + "-wal").touch()
        os.utime(aside, (9 - number, 9 - number))
        made.append(aside)
    for aside in made[1:]:
        finish(aside)
    assert unfinished(path) == made[:1], "what was not salvaged is never deleted"
    assert asides(path) == sorted([made[0], *made[2:]])
    finish(made[0])
    assert asides(path) == sorted([made[0], *made[3:]])
    left = {file.name for file in path.parent.iterdir()}
    assert len(left) == 3 * KEPT_ASIDES


def test_a_mark_that_a_power_cut_left_empty_counts_as_the_oldest(path: Path) -> None:
    made = [path.with_name(f"outbox.db.corrupt-0000000{number}") for number in range(4)]
    for aside in made:
        aside.touch()
    for aside in made[:3]:
        finish(aside)
    path.with_name("outbox.db.salvaged-00000002").write_bytes(b"")
    finish(made[3])
    assert asides(path) == [made[0], made[1], made[3]]


def two_that_share_rows(path: Path, older: str, newer: str) -> list[int]:
    """Leave two files set aside: in the newer one the rows are delivered; returns these."""
    outbox = open_outbox(path)
    keep(outbox, *range(5))
    positions = [row.position for row in take_all(outbox)]
    outbox.close()
    shutil.copy(path, path.with_name(older))
    outbox = open_outbox(path)
    acknowledge(outbox, [row for row in take_all(outbox) if row.position in positions])
    outbox.close()
    path.rename(path.with_name(newer))
    os.utime(path.with_name(newer), (0, 0))
    return positions


@pytest.mark.parametrize("names", [("0000000a", "0000000b"), ("0000000b", "0000000a")])
def test_of_two_files_that_share_rows_the_newer_one_says_what_became_of_them(
    path: Path, names: tuple[str, str]
) -> None:
    older, newer = (f"outbox.db.corrupt-{name}" for name in names)
    delivered = two_that_share_rows(path, older, newer)
    assert newest_first([path.with_name(older), path.with_name(newer)])[0].name == newer
    outbox = open_outbox(path)
    wait_until(lambda: unfinished(path) == [])
    outbox.close()
    query = "SELECT position FROM event WHERE state = 2 ORDER BY position"
    assert [position for (position,) in look(path, query)] == delivered


def test_a_file_that_cannot_be_opened_comes_last(path: Path) -> None:
    open_outbox(path).close()
    gone = path.with_name("gone")
    assert newest_first([gone, path]) == [path, gone]


def test_somebody_elses_file_is_not_marked(path: Path) -> None:
    path.touch()
    finish(path)
    assert list(path.parent.iterdir()) == [path]


def test_a_rescue_that_the_closing_store_cuts_short_is_no_success(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = path.with_name("evidence.db")
    old = open_outbox(source)
    keep(old, *range(50))
    old.close()
    outbox = open_outbox(path)
    monkeypatch.setattr(rescue, "BATCH_ROWS", 10)
    carried: list[Chore] = []
    ask = outbox._writer.ask

    def close_behind_the_second(chore: Chore) -> Errand:
        carried.append(chore)
        if len(carried) == 2:
            outbox.close()
        return ask(chore)

    monkeypatch.setattr(outbox._writer, "ask", close_behind_the_second)
    with pytest.raises(StoreError, match="the agent is stopping: ask again"):
        outbox._writer.rescue(source)
    assert len(carried) == 2


def test_a_file_that_is_gone_is_told_and_nothing_else(path: Path, outbox: Outbox) -> None:
    gone = path.with_name("outbox.db.corrupt-00000000")
    with pytest.raises(StoreError, match=r"00000000 cannot be salvaged: No such file"):
        outbox._writer.rescue(gone)
    [fault] = told(outbox, "device.fault")
    assert "cannot be salvaged: No such file" in str(fault["fact"])


# -- taking over --------------------------------------------------------------------------------


def test_rows_come_over_in_the_state_they_had(path: Path) -> None:
    store = filled(path, [], epoch=NEWER)
    known = [row(1), row(2, state=State.ACKNOWLEDGED), row(3, state=State.REJECTED, reason=0x87)]
    [step] = work_off(store, Adopt([EPOCH], known))
    assert (step.pending, step.changed, step.rewound) == (1, 3, True)
    assert states(store) == {1: 0, 2: 2, 3: 4}
    assert store.watermark() < known[0].position
    store.close()


def test_a_row_that_is_here_stays_as_it_is(path: Path) -> None:
    store = filled(path, [row(1, state=State.CONFIRMED)])
    steps = work_off(store, Adopt([EPOCH], [row(1), row(2)]))
    assert sum(step.changed for step in steps) == sum(step.pending for step in steps) == 1
    assert states(store) == {1: 3, 2: 0}
    store.close()


@pytest.mark.parametrize("number", [9, 12])
def test_an_epoch_whose_number_is_taken_or_too_high_moves_below_and_keeps_its_keys(
    path: Path, number: int
) -> None:
    store = filled(path, [row(1, epoch=NEWER)], epoch=NEWER)
    foreign = Epoch(number, "00000000000000cc", SOURCE, "boot-0")
    salvaged = [row(1, epoch=foreign), row(2, epoch=foreign)]
    for _ in range(2):
        work_off(store, Adopt([foreign], salvaged, below=NEWER.number))
    found = store._sound_rows(
        """SELECT checksum, position, kind, version, monotonic_ms, wall_ms, trust, earliest_ms,
                  data, state, reason FROM event ORDER BY position""",
        (),
    )
    keys = [kept.event_id for kept in found]
    assert keys == [*(r.event_id for r in salvaged), row(1, epoch=NEWER).event_id]
    assert found[0].epoch.number < NEWER.number
    store.close()


# -- one damaged row ----------------------------------------------------------------------------

SPOILT = {
    "another answer": "UPDATE event SET data = replace(data, '1.0', '7.0'){}",
    "bytes that are no text": "UPDATE event SET data = CAST(x'7bff' AS TEXT){}",
    "a number that is a text": "UPDATE event SET monotonic_ms = 'x'{}",
    "another kind": "UPDATE event SET kind = CAST(x'c3' AS TEXT){}",
}


@pytest.mark.parametrize("change", SPOILT.values(), ids=SPOILT)
def test_a_damaged_row_is_never_handed_out_and_told_once(
    outbox: Outbox, path: Path, change: str
) -> None:
    keep(outbox, 0, 1, 2)
    store = outbox._writer._store
    assert store is not None
    store._db.execute(change.format(" WHERE position & 255 = 3"))
    for _ in range(5):
        assert [row.sequence for row in take_all(outbox)][:3] == [1, 2, 4]
    stores.finish(outbox)
    acknowledge(outbox, take_all(outbox)[:3])
    stores.finish(outbox)
    [dropped] = told(outbox, "data.dropped")
    assert dropped == {
        "reason": "damage",
        "retained_class": "any",
        "count": 1,
        "ranges": {outbox.epoch: [[3, 3]]},
    }
    query = "SELECT position & 255, reason FROM event WHERE state = 4"
    assert look(path, query) == [(3, DAMAGED)]
    assert outbox.pending == len(take_all(outbox)) == 1


def test_closing_ends_the_check_so_that_nothing_is_left_beside_the_file(path: Path) -> None:
    """A reader that outlived the store would leave, or make anew, the log and its index."""
    for _ in range(20):
        outbox = open_outbox(path)
        keep(outbox, *range(50))
        check = outbox.check()
        outbox.close()
        assert not check.is_alive()
        assert [file.name for file in path.parent.glob("outbox.db-*")] == []
