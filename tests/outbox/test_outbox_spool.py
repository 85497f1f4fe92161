"""Memory while the file cannot be written: bounded, told, and written without a gap afterwards."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.outbox import Limits, Outbox, Settlement, State, spool, writer
from agent.outbox.eviction import CLASSES, Class, class_of
from agent.outbox.rows import Row
from agent.outbox.spool import Spool
from agent.outbox.store import Store
from tests.outbox.samples import rating, row
from tests.outbox.stores import acknowledge, keep, look, marked, open_outbox, take_all

NAMES: tuple[Class, ...] = tuple(CLASSES)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What is broken; commits fail while it is not empty."""
    broken: set[str] = set()
    commit = Store.commit

    def try_to_commit(store: Store) -> None:
        if broken:
            raise sqlite3.OperationalError("disk I/O error")
        commit(store)

    monkeypatch.setattr(Store, "commit", try_to_commit)
    monkeypatch.setattr(writer, "RETRY_S", 0.02)
    monkeypatch.setattr(spool, "SPOOL_ROWS", 50)
    monkeypatch.setattr(spool, "DROP_ROWS", 10)
    return broken


@pytest.fixture
def outbox(path: Path, disk: set[str]) -> Iterator[Outbox]:  # noqa: ARG001 - before the outbox
    opened = open_outbox(path)
    yield opened
    opened.close()


def mend(disk: set[str], outbox: Outbox) -> None:
    disk.clear()
    deadline_s = time.monotonic() + 20
    while outbox.degraded:
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def gone(path: Path) -> dict[str, set[tuple[str, int]]]:
    """Keys that the file tells as gone, by reason or `purged`."""
    query = "SELECT kind, data FROM event WHERE kind IN ('data.dropped', 'data.purged')"
    found: dict[str, set[tuple[str, int]]] = {}
    for _, text in look(path, query):
        data = json.loads(text)
        known = found.setdefault(data.get("reason", "purged"), set())
        for epoch, ranges in data["ranges"].items():
            known |= {(epoch, n) for first, last in ranges for n in range(first, last + 1)}
    return found


def keys_in(path: Path) -> set[tuple[str, int]]:
    query = "SELECT id, position & 1099511627775 FROM event JOIN epoch ON number = position >> 40"
    return set(look(path, query))


def kept_in(outbox: Outbox) -> list[str]:
    return [row.kind for row in outbox._writer._spool.rows]


def test_memory_is_bounded_and_what_is_dropped_is_told(outbox: Outbox, disk: set[str]) -> None:
    disk.add("card")
    for number in range(300):
        keep(outbox, number)
    assert len(kept_in(outbox)) <= 50
    assert "data.dropped" in kept_in(outbox)


def test_afterwards_every_key_is_there_or_told_as_gone(
    outbox: Outbox, disk: set[str], path: Path
) -> None:
    disk.add("card")
    for number in range(300):
        keep(outbox, number)
    epoch = outbox.epoch
    mend(disk, outbox)
    keep(outbox, 300)
    last = outbox.high & 0xFFFF
    told = gone(path)
    assert set(told) == {"memory"}
    here = {key for key in keys_in(path) if key[0] == epoch}
    assert here | told["memory"] == {(epoch, n) for n in range(1, last + 1)}
    assert not here & told["memory"]


def test_pending_is_right_throughout(outbox: Outbox, disk: set[str]) -> None:
    keep(outbox, 1)
    disk.add("card")
    for number in range(120):
        keep(outbox, number)
        if number % 10 == 0:
            acknowledge(outbox, take_all(outbox)[:3])
        assert outbox.pending == len(take_all(outbox))
    mend(disk, outbox)
    assert outbox.pending == len(take_all(outbox))


def test_delivered_rows_make_room_first(outbox: Outbox, disk: set[str], path: Path) -> None:
    disk.add("card")
    for _ in range(20):
        outbox.append(rating()).result(10)
    acknowledge(outbox, take_all(outbox))
    for number in range(40):
        keep(outbox, number)
    waiting = [row.kind for row in take_all(outbox)]
    assert waiting.count("device.health") == 40
    mend(disk, outbox)
    assert set(gone(path)) == {"purged"}


def test_dead_letters_are_not_delivered_rows() -> None:
    memory = filled_spool([row(n) for n in range(1, 60)], limit=50)
    memory.settle([Settlement(row(3).position, State.REJECTED, 0x87)])
    dropped = memory.drop_surplus()
    assert dropped is not None
    assert dropped.retained_class == "health"


def test_with_receipts_the_brokers_word_is_no_delivery() -> None:
    memory = filled_spool([row(n) for n in range(1, 60)], limit=50, limits=Limits(receipts=True))
    memory.settle([Settlement(row(3).position, State.ACKNOWLEDGED)])
    dropped = memory.drop_surplus()
    assert dropped is not None
    assert dropped.retained_class == "health"


def filled_spool(rows: list[Row], *, limit: int, limits: Limits | None = None) -> Spool:
    memory = Spool((limits or Limits()).delivered, most_rows=limit)
    memory.add(rows)
    return memory


@settings(deadline=None)
@given(
    names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=80),
    settled=st.sets(st.integers(1, 80)),
    limit=st.integers(0, 40),
)
def test_memory_makes_room_in_the_promised_order(
    names: list[Class], settled: set[int], limit: int
) -> None:
    rows = [row(n, name) for n, name in enumerate(names, start=1)]
    memory = Spool(Limits().delivered, most_rows=limit)
    memory.add(rows)
    memory.settle(
        [Settlement(r.position, State.ACKNOWLEDGED) for r in rows if r.sequence in settled]
    )
    order: list[Class | None] = []
    went = []
    while (dropped := memory.drop_surplus()) is not None:
        order.append(dropped.retained_class)
        went += [r.sequence for r in dropped.rows]
        if dropped.retained_class is not None:
            assert all(class_of(r.kind) == dropped.retained_class for r in dropped.rows)
    ranks = [0 if name is None else 1 + NAMES.index(name) for name in order]
    assert ranks == sorted(ranks)
    left = [r.sequence for r in memory.rows]
    assert sorted(went + left) == [r.sequence for r in rows]
    assert len(left) <= limit or {class_of(r.kind) for r in memory.rows} == {"record"}
    assert [n for n, name in enumerate(names, start=1) if name == "record"] == [
        n for n in left if names[n - 1] == "record"
    ]


def test_an_append_in_memory_says_that_it_is_not_durable(outbox: Outbox, disk: set[str]) -> None:
    disk.add("card")
    receipt = outbox.append(marked(1)).result(10)
    assert not receipt.durable
    mend(disk, outbox)
    assert receipt.event_id in {row.event_id for row in take_all(outbox)}
