"""Opening: the gap before it, presses counted for life, one writer, a store of a later release."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.clock.corrections import BootSpan
from agent.events.catalogue import ClockCorrected, DeviceStopped
from agent.outbox import Outbox, lock, writer
from agent.outbox.lock import StoreInUseError, StoreLock, lock_path
from agent.outbox.opening import gap_after
from agent.outbox.rows import Row
from agent.outbox.store import SCHEMA_VERSION, Reader
from agent.outbox.views import FIRST_NUMBER
from agent.testing import FakeClock
from tests.outbox.samples import rating, row
from tests.outbox.stores import acknowledge, finish, keep, look, marked, open_outbox, take_all

HISTORY = Path(__file__).parent / "history"


def wait_for_rescue(outbox: Outbox) -> None:
    """Until everything readable of a file that was set aside is here."""
    while not any("saved from" in row.data for row in take_all(outbox)):
        finish(outbox)


def gaps(outbox: Outbox) -> list[dict[str, object]]:
    return [json.loads(row.data) for row in take_all(outbox) if row.kind == "device.gap"]


def run(path: Path, clock: FakeClock, *, stopped: bool = False) -> Row:
    """One life of an agent; returns the last row it wrote."""
    outbox = open_outbox(path, clock=clock)
    keep(outbox, 1)
    if stopped:
        outbox.append(DeviceStopped(reason="asked")).result(10)
    last = take_all(outbox)[-1]
    outbox.close()
    return last


# -- the gap ------------------------------------------------------------------------------------


def test_a_new_store_has_no_gap(path: Path) -> None:
    outbox = open_outbox(path)
    assert gaps(outbox) == []
    outbox.close()


@pytest.mark.parametrize(("stopped", "reason"), [(True, "stopped"), (False, "crash")])
def test_within_a_boot_the_gap_is_exact(path: Path, stopped: bool, reason: str) -> None:  # noqa: FBT001 - a parameter
    clock = FakeClock()
    last = run(path, clock, stopped=stopped)
    clock.advance(12.5)
    outbox = open_outbox(path, clock=clock)
    assert gaps(outbox) == [
        {"reason": reason, "after": last.event_id, "gap_s": 12.5, "uncertainty_s": 0.0}
    ]
    outbox.close()


def test_after_a_power_cut_two_synchronised_clocks_tell_the_gap(path: Path) -> None:
    clock = FakeClock()
    last = run(path, clock)
    clock.reboot("boot-2")
    clock.jump((last.wall_ms or 0) + 90_000, trust="synced")
    outbox = open_outbox(path, clock=clock)
    assert gaps(outbox) == [
        {"reason": "power", "after": last.event_id, "gap_s": 90.0, "uncertainty_s": 4.0}
    ]
    outbox.close()


def test_without_a_clock_the_length_of_a_gap_is_left_out(path: Path) -> None:
    clock = FakeClock()
    last = run(path, clock, stopped=True)
    clock.reboot("boot-2", wall_ms=5)
    outbox = open_outbox(path, clock=clock)
    assert gaps(outbox) == [{"reason": "stopped", "after": last.event_id}]
    outbox.close()


def test_a_clock_that_went_back_makes_no_negative_gap() -> None:
    clock = FakeClock()
    before = row(1)._replace(wall_ms=(clock.moment().wall_ms or 0) + 1)
    assert gap_after(before, clock.moment()).gap_s is None


def test_a_damaged_last_row_is_not_believed(path: Path) -> None:
    clock = FakeClock()
    run(path, clock)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE event SET wall_ms = 1 << 60 WHERE position & 255 = 2")
    database.close()
    outbox = open_outbox(path, clock=clock)
    assert clock.floor_ms < 1 << 60
    assert str(gaps(outbox)[0]["after"]).endswith("/00000000000000000001")
    outbox.close()


# -- presses for life ---------------------------------------------------------------------------


def press(outbox: Outbox, *keys: str) -> None:
    for future in [outbox.append(rating(key)) for key in keys]:
        future.result(10)


def test_presses_are_counted_over_all_earlier_epochs(path: Path) -> None:
    first = open_outbox(path)
    assert first.presses_before == ({}, first.epoch)
    press(first, "good", "bad", "good")
    since = first.epoch
    first.close()
    second = open_outbox(path)
    press(second, "bad")
    assert second.presses_before == ({"good": 2, "bad": 1}, since)
    second.close()
    third = open_outbox(path)
    assert third.presses_before == ({"good": 2, "bad": 2}, since)
    third.close()


def test_purged_presses_stay_counted(path: Path) -> None:
    clock = FakeClock()
    outbox = open_outbox(path, clock=clock)
    since = outbox.epoch
    press(outbox, *["good"] * 5)
    acknowledge(outbox, take_all(outbox))
    clock.advance(86_400 * 2)
    outbox.purge(keep_days=1)
    finish(outbox)
    assert look(path, "SELECT count(*) FROM event WHERE kind = 'rating.given'") == [(0,)]
    outbox.close()
    outbox = open_outbox(path, clock=clock)
    assert outbox.presses_before == ({"good": 5}, since)
    outbox.close()


def test_the_installers_button_test_is_not_counted_for_life(path: Path) -> None:
    outbox = open_outbox(path)
    press(outbox, "good")
    tried = rating("good").model_copy(update={"counts": False, "flags": ("test",)})
    outbox.append(tried).result(10)
    since = outbox.epoch
    outbox.close()
    outbox = open_outbox(path)
    assert outbox.presses_before == ({"good": 1}, since)
    outbox.close()


def test_a_press_that_is_damaged_counts_for_nobody(path: Path) -> None:
    outbox = open_outbox(path)
    press(outbox, "good", "good")
    outbox.close()
    with sqlite3.connect(path) as database:
        database.execute(
            "UPDATE event SET data = replace(data, 'good', 'goof') WHERE position & 255 = 2"
        )
    database.close()
    outbox = open_outbox(path)
    assert outbox.presses_before is not None
    assert outbox.presses_before[0] == {"good": 1}
    outbox.close()


def test_a_store_of_the_first_schema_begins_to_count_with_its_next_epoch(path: Path) -> None:
    database = sqlite3.connect(path)
    database.executescript((HISTORY / "m001.sql").read_text("utf-8"))
    database.execute("UPDATE event SET kind = 'rating.given', data = ? ", ('{"key": "good"}',))
    database.commit()
    database.close()
    outbox = open_outbox(path)
    assert outbox.presses_before == ({}, outbox.epoch)
    outbox.close()


def test_presses_become_known_when_the_file_comes_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.02)
    outbox = open_outbox(path)
    press(outbox, "good")
    since = outbox.epoch
    outbox.close()
    away = path.rename(path.with_name("away.db"))
    path.mkdir()
    outbox = open_outbox(path)
    assert outbox.presses_before is None
    press(outbox, "good")
    path.rmdir()
    away.rename(path)
    finish(outbox)
    assert outbox.presses_before == ({"good": 1}, since)
    outbox.close()


# -- one writer ---------------------------------------------------------------------------------

HOLDER = """
import sys, time
from pathlib import Path
from tests.outbox.stores import open_outbox
outbox = open_outbox(Path(sys.argv[1]))
print("open", flush=True)
time.sleep(600)
"""


def test_a_second_writer_is_refused_and_told_what_to_do(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE_S", 0.01)
    first = StoreLock(path, patience_s=0)
    with pytest.raises(StoreInUseError, match="in use by another Smilepost: stop that one first"):
        StoreLock(path, patience_s=0.1)
    first.release()
    StoreLock(path, patience_s=0).release()


def test_the_lock_of_a_process_that_was_killed_is_free(path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(StoreInUseError):
            StoreLock(path, patience_s=0)
        os.kill(holder.pid, signal.SIGKILL)
    outbox = open_outbox(path)
    assert keep(outbox, 1)[0].durable
    assert [gap["reason"] for gap in gaps(outbox)] != ["stopped"]
    outbox.close()


def test_closing_frees_the_lock(path: Path) -> None:
    for _ in range(2):
        open_outbox(path).close()
    StoreLock(path, patience_s=0).release()


def test_where_no_lock_can_be_made_the_store_opens_all_the_same(path: Path) -> None:
    lock_path(path).mkdir()
    outbox = open_outbox(path)
    assert keep(outbox, 1)[0].durable
    outbox.close()


def test_a_file_system_without_locks_is_no_obstacle(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int, _operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("agent.outbox.lock.fcntl.flock", refuse)
    StoreLock(path, patience_s=0).release()


# -- what cannot be opened ----------------------------------------------------------------------


def test_a_store_of_a_later_release_is_set_aside_whole_and_what_can_be_read_is_kept(
    path: Path,
) -> None:
    outbox = open_outbox(path)
    keep(outbox, 1, 2)
    keys = {row.event_id for row in take_all(outbox)}
    outbox.close()
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    database.close()
    outbox = open_outbox(path)
    wait_for_rescue(outbox)
    assert keys <= {row.event_id for row in take_all(outbox)}
    outbox.close()
    [aside] = path.parent.glob("outbox.db.corrupt-*")
    assert look(aside, "PRAGMA user_version") == [(SCHEMA_VERSION + 1,)]
    assert look(aside, "SELECT count(*) FROM event") == [(3,)]


NONSENSE = {
    "id of an epoch": "UPDATE epoch SET id = 'nonsense'",
    "letter of an epoch": "UPDATE epoch SET id = '0' || substr(id, 2, 14) || 'x'",
    "number of the next epoch": "UPDATE sqlite_sequence SET seq = 1 << 60",
    "text for a number": "UPDATE sqlite_sequence SET seq = 'many'",
    "epoch of the last row": "UPDATE event SET position = (1 << 62) + 1 WHERE position & 255 = 1",
    "times": "UPDATE event SET monotonic_ms = 'soon', wall_ms = 'late', state = 77",
    "no epochs": "DELETE FROM epoch",
    "no progress": "DELETE FROM progress",
    "no watermark": "UPDATE progress SET watermark = NULL",
    "watermark ahead": "UPDATE progress SET watermark = 1 << 61",
}


@pytest.mark.parametrize("change", NONSENSE.values(), ids=NONSENSE)
def test_whatever_a_file_says_the_store_opens_and_keeps(path: Path, change: str) -> None:
    outbox = open_outbox(path)
    keep(outbox, 1, 2)
    outbox.close()
    with sqlite3.connect(path) as database:
        database.execute(change)
    database.close()
    outbox = open_outbox(path)
    receipt = outbox.append(marked(5)).result(10)
    assert receipt.durable
    assert receipt.event_id in {row.event_id for row in take_all(outbox, after=outbox.watermark)}
    outbox.close()


# -- what is known of every boot ----------------------------------------------------------------


def test_boots_are_told_with_their_first_and_last_row(path: Path) -> None:
    clock = FakeClock(monotonic_s=10.0)
    first = open_outbox(path, clock=clock)
    clock.advance(5)
    keep(first, 1)
    first.close()
    clock.reboot("boot-2", wall_ms=7)
    second = open_outbox(path, clock=clock)
    clock.advance(3)
    keep(second, 1)
    [one, two] = second.boots()
    assert (one.first_ms, one.last_ms, one.synced, one.offset_ms) == (10_000, 15_000, True, None)
    assert (two.boot, two.first_ms, two.last_ms, two.synced) == ("boot-2", 0, 3000, False)
    assert two.blurred_ms == 3000
    told = ClockCorrected(boot="boot-2", offset_ms=99, uncertainty_ms=5, method="bounded")
    second.append(told).result(10)
    dated = second.boots()[1]
    assert (dated.offset_ms, dated.uncertainty_ms, dated.synced) == (99, 5, False)
    second.close()


def test_a_boot_that_lost_its_clock_in_the_end_is_looked_through(path: Path) -> None:
    clock = FakeClock(monotonic_s=10.0)
    outbox = open_outbox(path, clock=clock)
    clock.trust = "estimated"
    for _ in range(3):
        clock.advance(1)
        keep(outbox, 1)
    [boot] = outbox.boots()
    assert (boot.synced, boot.blurred_ms, boot.last_ms) == (False, 13_000, 13_000)
    outbox.close()


def test_only_undated_epochs_are_read_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock(trust="estimated")
    outbox = open_outbox(path, clock=clock)
    scans: list[int] = []

    def scanned(_self: Reader, number: int, span: BootSpan) -> BootSpan:
        scans.append(number)
        return span

    monkeypatch.setattr(Reader, "_scanned", scanned)
    outbox.boots()
    assert scans == [FIRST_NUMBER]
    told = ClockCorrected(boot=clock.boot, offset_ms=99, uncertainty_ms=5, method="synced")
    outbox.append(told).result(10)
    outbox.boots()
    assert scans == [FIRST_NUMBER]
    outbox.close()
