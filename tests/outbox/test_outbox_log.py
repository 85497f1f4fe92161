"""The log beside the file is carried over in time, and never before the thanks."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.outbox.store import CHECKPOINT_PAGES, PAGE_BYTES, Store
from tests.outbox.samples import filled, row
from tests.outbox.stores import keep, marked, open_outbox, take_all

FRAME_BYTES = PAGE_BYTES + 24
SINGLE = 300


def log_pages(path: Path) -> int:
    return path.with_name(f"{path.name}-wal").stat().st_size // FRAME_BYTES


def carried(path: Path) -> int:
    """Return how many pages the file itself has."""
    return path.stat().st_size // PAGE_BYTES


def append_each(store: Store, sequences: Sequence[int]) -> None:
    for sequence in sequences:
        store.begin()
        store.add([row(sequence)])
        store.commit()
        store.shorten_log()


def test_single_appends_leave_a_short_log(tmp_path: Path) -> None:
    store = filled(tmp_path / "outbox.db", [])
    append_each(store, range(1, SINGLE))
    assert carried(tmp_path / "outbox.db") > SINGLE * 100 // PAGE_BYTES, "most is in the file"
    assert log_pages(tmp_path / "outbox.db") < 2 * CHECKPOINT_PAGES
    store.close()


def test_it_is_not_carried_over_at_every_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fetch = Store._fetch

    def note(store: Store, query: str, values: Sequence[object]) -> object:
        asked.append(query)
        return fetch(store, query, values)

    monkeypatch.setattr(Store, "_fetch", note)
    store = filled(tmp_path / "outbox.db", [])
    append_each(store, range(1, SINGLE))
    checkpoints = sum("wal_checkpoint" in query for query in asked)
    assert 2 <= checkpoints <= SINGLE // 10
    store.close()


def test_it_is_carried_over_behind_the_acknowledgement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = open_outbox(tmp_path / "outbox.db")
    order: list[str] = []
    monkeypatch.setattr(Store, "shorten_log", lambda _store: order.append("carried over"))
    promise = outbox.append(marked(1))
    promise.add_done_callback(lambda _kept: order.append("kept"))
    promise.result(10)
    outbox.close()
    assert order[:2] == ["kept", "carried over"]


def test_a_log_that_cannot_be_carried_over_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = open_outbox(tmp_path / "outbox.db")
    one = Store._one

    def full_disk(store: Store, query: str, *values: object) -> object:
        if "wal_checkpoint" in query:
            raise sqlite3.OperationalError("database or disk is full")
        return one(store, query, *values)

    monkeypatch.setattr(Store, "_one", full_disk)
    receipts = [keep(outbox, number)[0] for number in range(SINGLE)]
    assert all(receipt.durable for receipt in receipts)
    assert len(take_all(outbox)) == SINGLE + 1
    outbox.close()


def test_a_long_log_is_carried_over_by_sqlite_itself(tmp_path: Path) -> None:
    store = filled(tmp_path / "outbox.db", [])
    for sequence in range(1, 20 * SINGLE):
        store.begin()
        store.add([row(sequence)])
        store.commit()
    assert log_pages(tmp_path / "outbox.db") < 6 * CHECKPOINT_PAGES
    store.close()
