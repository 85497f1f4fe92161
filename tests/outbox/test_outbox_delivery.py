"""Taking, settling, the watermark, purging, and looking without touching."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path

import pytest

from agent.events.catalogue import RatingAmended, RatingGiven
from agent.outbox import Outbox, Reader, Settlement, State
from agent.outbox.outbox import DAY_MS
from agent.outbox.views import FIRST_NUMBER
from agent.testing import FakeClock
from tests.outbox.stores import (
    FAR,
    acknowledge,
    finish,
    keep,
    look,
    open_outbox,
    sequences,
    take_all,
)


def reopen(outbox: Outbox, path: Path) -> Outbox:
    outbox.close()
    return open_outbox(path)


def test_take_gives_the_oldest_first_and_no_more_than_asked(path: Path) -> None:
    outbox = open_outbox(path)
    keep(outbox, *range(10))
    assert [row.sequence for row in outbox.take(0, up_to=outbox.high, limit=3)] == [1, 2, 3]
    outbox.close()


def test_take_gives_what_lies_between_two_positions(path: Path) -> None:
    outbox = open_outbox(path)
    receipts = keep(outbox, *range(10))
    rows = outbox.take(receipts[2].position, up_to=receipts[5].position, limit=100)
    assert [row.position for row in rows] == [r.position for r in receipts[3:6]]
    outbox.close()


def test_a_row_being_settled_is_not_taken_again_even_before_it_is_written(path: Path) -> None:
    outbox = open_outbox(path)
    keep(outbox, *range(10))
    first = outbox.take(0, up_to=outbox.high, limit=4)
    acknowledge(outbox, first)
    assert look(path, "SELECT count(*) FROM event WHERE state = 2") == [(0,)], "it lingers"
    second = outbox.take(0, up_to=outbox.high, limit=4)
    assert [row.sequence for row in second] == [5, 6, 7, 8]
    outbox.close()


def test_taking_and_settling_beside_appends_misses_and_repeats_nothing(path: Path) -> None:
    outbox = open_outbox(path)
    total, seen = 600, [0]
    appending = threading.Thread(target=lambda: [keep(outbox, n) for n in range(total)])
    appending.start()
    cursor = 0
    while len(seen) < total + 2:
        rows = outbox.take(cursor, up_to=outbox.high, limit=7)
        seen += [row.sequence for row in rows]
        if rows:
            cursor = rows[-1].position
            acknowledge(outbox, rows)
        assert outbox.pending >= 0
    appending.join()
    assert seen == list(range(total + 2))
    assert take_all(outbox) == []
    assert outbox.pending == 0
    outbox.close()


def test_settlements_linger_a_little_and_ride_on_the_next_commit(path: Path) -> None:
    outbox = open_outbox(path)
    keep(outbox, 1)
    acknowledge(outbox, take_all(outbox))
    keep(outbox, 2)
    assert look(path, "SELECT position & 255, state FROM event") == [(1, 2), (2, 2), (3, 0)]
    outbox.close()


def test_settlements_are_written_by_themselves_when_nothing_else_comes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.outbox.work.ACK_LINGER_S", 0.05)
    written = threading.Event()
    outbox = open_outbox(path)
    settle = outbox._writer._store.settle  # type: ignore[union-attr]

    def told(settlements: list[Settlement]) -> int:
        changed = settle(settlements)
        written.set()
        return changed

    monkeypatch.setattr(outbox._writer._store, "settle", told)
    acknowledge(outbox, take_all(outbox))
    assert written.wait(10)
    outbox.close()


def test_a_full_batch_of_settlements_does_not_linger(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.outbox.work.ACK_LINGER_S", 3600.0)
    outbox = open_outbox(path)
    keep(outbox, *range(99))
    rows = take_all(outbox)
    acknowledge(outbox, rows)
    while outbox.watermark < rows[-1].position:
        assert outbox._writer.is_alive()
    assert look(path, "SELECT count(*) FROM event WHERE state = 2") == [(100,)]
    outbox.close()


def test_states_and_watermark_survive_closing(path: Path) -> None:
    outbox = open_outbox(path)
    keep(outbox, *range(5))
    rows = take_all(outbox)
    moves = [Settlement(row.position, State.ACKNOWLEDGED) for row in rows[:3]]
    moves.append(Settlement(rows[3].position, State.REJECTED, 0x87))
    outbox.settle(moves)
    assert outbox.pending == 2
    outbox = reopen(outbox, path)
    assert outbox.watermark == rows[3].position
    assert outbox.pending == 4, "two old ones, the new device.started and device.gap"
    assert [row.position for row in outbox.take(outbox.watermark, up_to=FAR, limit=9)][:2] == [
        row.position for row in rows[4:]
    ]
    outbox.close()
    query = "SELECT state, reason FROM event WHERE state > 0 ORDER BY position"
    assert look(path, query) == [(2, None), (2, None), (2, None), (4, 0x87)]


def test_the_watermark_passes_every_settled_row(path: Path) -> None:
    outbox = open_outbox(path)
    keep(outbox, 1, 2)
    rows = take_all(outbox)
    acknowledge(outbox, rows[1:])
    finish(outbox)
    assert outbox.watermark == rows[0].position - 1
    acknowledge(outbox, rows[:1])
    outbox = reopen(outbox, path)
    assert outbox.watermark == rows[-1].position
    outbox.close()


def test_settling_twice_counts_once(path: Path) -> None:
    outbox = open_outbox(path)
    keep(outbox, 1, 2)
    rows = take_all(outbox)
    for _ in range(3):
        acknowledge(outbox, rows[:1])
        assert outbox.pending == 2
        keep(outbox)
    outbox = reopen(outbox, path)
    assert outbox.pending == 4
    outbox.close()


def test_settlements_of_neighbours_touch_no_other_row(path: Path) -> None:
    outbox = open_outbox(path)
    keep(outbox, *range(9))
    rows = take_all(outbox)
    chosen = [rows[i] for i in (6, 1, 2, 3, 8, 5)]
    said = [Settlement(row.position, State.ACKNOWLEDGED) for row in chosen]
    said += [Settlement(rows[i].position, State.REJECTED, reason) for i, reason in ((4, 1), (7, 2))]
    said.append(Settlement(rows[1].position, State.REJECTED, 0x87))
    outbox.settle(said)
    finish(outbox)
    assert outbox.pending == 2
    outbox.close()
    found = look(path, "SELECT state, reason FROM event ORDER BY position")
    acknowledged = (2, None)
    assert found[1:9] == [*[acknowledged] * 3, (4, 1), *[acknowledged] * 2, (4, 2), acknowledged]
    assert [state for state, _ in (found[0], found[9])] == [0, 0]


def test_a_rejected_row_stays_rejected(path: Path) -> None:
    outbox = open_outbox(path)
    [row] = take_all(outbox)
    outbox.settle([Settlement(row.position, State.REJECTED, 0x87)])
    keep(outbox, 1)
    acknowledge(outbox, [row])
    outbox.close()
    assert look(path, "SELECT state FROM event WHERE position & 255 = 1") == [(4,)]


# -- purge ------------------------------------------------------------------------------------


def old_store(path: Path, clock: FakeClock, *, rows: int = 8) -> Outbox:
    outbox = open_outbox(path, clock=clock)
    keep(outbox, *range(rows - 1))
    clock.advance(40 * DAY_MS / 1000)
    return outbox


def purge(outbox: Outbox) -> dict[str, list[list[int]]]:
    """Purge, and return the ranges that the last `data.purged` names."""
    outbox.purge(keep_days=30)
    finish(outbox)
    rows = [row for row in take_all(outbox) if row.kind == "data.purged"]
    found: dict[str, list[list[int]]] = json.loads(rows[-1].data)["ranges"] if rows else {}
    return found


def test_only_old_delivered_rows_are_purged(path: Path) -> None:
    clock = FakeClock()
    outbox = old_store(path, clock)
    rows = take_all(outbox)
    moves = [Settlement(r.position, State.ACKNOWLEDGED) for r in rows if r.sequence not in (3, 7)]
    moves.append(Settlement(rows[2].position, State.REJECTED, 0x87))
    outbox.settle(moves)
    keep(outbox, 99)
    assert purge(outbox) == {rows[0].epoch.id: [[1, 2], [4, 6], [8, 8]]}
    outbox.close()
    assert sequences(path)[1][:3] == [3, 7, 9]


def test_rows_of_a_past_within_retention_stay(path: Path) -> None:
    clock = FakeClock()
    outbox = open_outbox(path, clock=clock)
    rows = take_all(outbox)
    acknowledge(outbox, rows)
    clock.advance(29 * DAY_MS / 1000)
    assert purge(outbox) == {}
    outbox.close()


def test_nothing_is_purged_while_the_time_is_not_known(path: Path) -> None:
    clock = FakeClock()
    outbox = old_store(path, clock)
    rows = take_all(outbox)
    acknowledge(outbox, rows)
    clock.trust = "estimated"
    assert purge(outbox) == {}
    outbox.close()


def test_ranges_are_told_by_epoch(path: Path) -> None:
    clock = FakeClock()
    open_outbox(path, clock=clock).close()
    outbox = old_store(path, clock, rows=2)
    rows = take_all(outbox)
    acknowledge(outbox, rows)
    keep(outbox, 99)
    assert purge(outbox) == {rows[0].epoch.id: [[1, 1]], rows[1].epoch.id: [[1, 3]]}
    outbox.close()


def test_the_chain_holds_after_everything_was_purged(path: Path) -> None:
    clock = FakeClock()
    outbox = old_store(path, clock)
    rows = take_all(outbox)
    acknowledge(outbox, rows)
    keep(outbox)
    outbox.purge(keep_days=30)
    finish(outbox)
    outbox.close()
    outbox = open_outbox(path, clock=clock)
    assert outbox.pending == len(take_all(outbox)) == 3
    previous = json.loads(take_all(outbox)[-2].data)["previous"]
    outbox.close()
    assert previous == {"epoch": rows[0].epoch.id, "last_sequence": 9}


# -- looking ----------------------------------------------------------------------------------


def test_a_reader_can_neither_write_nor_checkpoint(path: Path) -> None:
    outbox = open_outbox(path)
    reader = Reader(path)
    for statement in ("DELETE FROM event", "UPDATE progress SET watermark = 9", "VACUUM"):
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._db.execute(statement)
    wal_bytes = path.with_name("outbox.db-wal").stat().st_size
    reader.close()
    assert path.with_name("outbox.db-wal").stat().st_size == wal_bytes
    outbox.close()


def test_a_reader_counts_by_state(path: Path) -> None:
    outbox = open_outbox(path)
    keep(outbox, *range(3))
    acknowledge(outbox, take_all(outbox)[:1])
    keep(outbox, 4)
    reader = Reader(path)
    assert reader.count_by_state() == {State.PENDING: 4, State.ACKNOWLEDGED: 1}
    reader.close()
    outbox.close()


def rating(key: str) -> RatingGiven:
    return RatingGiven(
        key=key, value=1, scale=5, sentiment=-1, channel="button", counts=True, rule_version=1
    )


def test_dated_ratings_come_with_the_wall_clock_oldest_first(path: Path) -> None:
    clock = FakeClock()
    outbox = open_outbox(path, clock=clock)
    outbox.append(rating("early")).result(10)
    clock.advance(86_400)
    keep(outbox, 1)
    outbox.append(rating("late")).result(10)
    found = outbox.dated_ratings()
    assert [(boot, data["key"]) for boot, _, _, data in found] == [
        (clock.boot, "early"),
        (clock.boot, "late"),
    ]
    (_, early_ms, early_wall_ms, _), (_, late_ms, late_wall_ms, _) = found
    assert (early_wall_ms, late_wall_ms) != (None, None)
    assert late_ms - early_ms == (late_wall_ms or 0) - (early_wall_ms or 0) == 86_400_000
    outbox.close()


def test_recent_ratings_are_those_of_this_boot_since_a_time_oldest_first(path: Path) -> None:
    clock = FakeClock()
    outbox = open_outbox(path, clock=clock)
    first = outbox.append(rating("old")).result(10)
    clock.advance(60)
    outbox.append(rating("new")).result(10)
    amendment = RatingAmended(
        rating=first.event_id, counts=False, flags=("repeat",), rule_version=1
    )
    outbox.append(amendment).result(10)
    keep(outbox, 1)
    since_ms = clock.moment().monotonic_ms
    found = outbox.recent_ratings(boot=clock.boot, since_ms=since_ms)
    assert [(row.kind, data.get("key")) for row, data in found] == [
        ("rating.given", "new"),
        ("rating.amended", None),
    ]
    assert outbox.recent_ratings(boot="another", since_ms=0) == []
    outbox.close()


def test_a_row_whose_epoch_is_missing_is_damage_not_a_crash(path: Path) -> None:
    outbox = open_outbox(path)
    outbox.close()
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM epoch")
    database.close()
    reader = Reader(path)
    with pytest.raises(sqlite3.DatabaseError, match=f"epoch {FIRST_NUMBER} of the store is lost"):
        reader.pending_after(0, up_to=FAR, limit=9)
    reader.close()


def test_what_was_just_written_is_taken_without_a_look_at_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = open_outbox(path)
    before = keep(outbox, 1)[-1].position
    with monkeypatch.context() as context:
        last = keep(outbox, 2)[-1].position
        context.setattr(Reader, "pending_after", None)
        rows = outbox.take_fresh(before, up_to=last, limit=10)
    assert rows == outbox.take(before, up_to=last, limit=10)
    assert outbox.take_fresh(before, up_to=last, limit=0) == []
    assert outbox.take_fresh(0, up_to=last, limit=10) == outbox.take(0, up_to=last, limit=10)
    outbox.close()


def test_nothing_fresh_is_missed_between_two_commits(path: Path) -> None:
    outbox = open_outbox(path)
    cursor, seen = outbox.high, []
    for number in range(50):
        keep(outbox, number)
        if number % 3:
            up_to = outbox.high
            seen += outbox.take_fresh(cursor, up_to=up_to, limit=100)
            cursor = up_to
    assert [row.sequence for row in seen] == list(range(2, 52))
    outbox.close()
