"""Every schema that was ever on a card opens with today's code, with nothing lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.outbox.migrations import MIGRATIONS
from agent.outbox.store import SCHEMA_VERSION
from tests.outbox.stores import keep, look, open_outbox, sequences, take_all

HISTORY = sorted((Path(__file__).parent / "history").glob("*.sql"))


def restore(script: Path, path: Path) -> None:
    database = sqlite3.connect(path)
    database.executescript(script.read_text("utf-8"))
    database.close()


@pytest.mark.parametrize("script", HISTORY, ids=lambda script: script.stem)
def test_a_store_of_an_earlier_release_opens_and_delivers_what_it_holds(
    script: Path, tmp_path: Path
) -> None:
    path = tmp_path / "outbox.db"
    restore(script, path)
    outbox = open_outbox(path)
    rows = outbox.take(outbox.watermark, up_to=outbox.high, limit=100)
    assert [(row.epoch.number, row.sequence, row.kind) for row in rows] == [
        (1, 4, "device.health"),
        (2, 1, "device.started"),
        (2, 2, "device.fault"),
        (3, 1, "device.started"),
        (3, 2, "device.gap"),
    ]
    assert outbox.pending == 5
    assert keep(outbox, 1)[0].durable
    outbox.close()
    assert sequences(path) == {1: [1, 2, 3, 4], 2: [1, 2], 3: [1, 2, 3]}


def test_todays_schema_is_the_newest_of_the_history(tmp_path: Path) -> None:
    new, old = tmp_path / "new.db", tmp_path / "old.db"
    outbox = open_outbox(new)
    assert take_all(outbox)
    outbox.close()
    restore(HISTORY[-1], old)
    query = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%sqlite%' ORDER BY name"
    words = [
        [" ".join(str(part).split()) for row in look(p, query) for part in row] for p in (new, old)
    ]
    assert words[0] == words[1], "a changed schema needs a migration, and its database in history/"


def test_opening_again_applies_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    for _ in range(3):
        open_outbox(path).close()
    applied = look(path, "SELECT name FROM _sqlite_migrations")
    assert applied == [("m001_epochs_and_events",), ("m002_checksums_counters_dates",)]


def test_every_migration_is_counted() -> None:
    assert len(MIGRATIONS._migrations) == SCHEMA_VERSION


def test_a_store_of_today_opens_without_the_migration_library(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    open_outbox(path).close()
    code = (
        "import sys; from pathlib import Path; from agent.outbox.store import Store;"
        "Store(Path(sys.argv[1])).close(); print('sqlite_utils' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=True)
    assert ran.stdout.strip() == b"False"


def test_the_file_is_made_for_sparse_durable_commits(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    store = outbox._writer._store
    assert store is not None
    found = {
        name: store._db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "journal_mode", "synchronous", "wal_autocheckpoint")
    }
    outbox.close()
    full = 2
    assert found == {
        "page_size": 1024,
        "journal_mode": "wal",
        "synchronous": full,
        "wal_autocheckpoint": 256,
    }
