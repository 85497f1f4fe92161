"""The store's schema, as named steps; each is applied in the transaction that records it."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("outbox")


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a store of any age to today's schema."""
    MIGRATIONS.apply(Database(connection))


@MIGRATIONS()
def m001_epochs_and_events(db: Database) -> None:
    """Create the first schema.

    `event` is an ordinary rowid table keyed by position: in a WITHOUT ROWID table of 1 KB pages
    every row of usual size would spill to an overflow page. `progress.watermark` is the position
    up to which every row is settled, so that opening a long store need not read all of it.
    """
    db.execute(
        """CREATE TABLE epoch (
               number INTEGER PRIMARY KEY AUTOINCREMENT,
               id TEXT NOT NULL UNIQUE,
               source TEXT NOT NULL,
               boot TEXT NOT NULL
           )"""
    )
    db.execute(
        """CREATE TABLE event (
               position INTEGER PRIMARY KEY,
               state INTEGER NOT NULL DEFAULT 0,
               reason INTEGER,
               kind TEXT NOT NULL,
               version INTEGER NOT NULL,
               monotonic_ms INTEGER NOT NULL,
               wall_ms INTEGER,
               trust TEXT NOT NULL,
               earliest_ms INTEGER,
               data TEXT NOT NULL
           )"""
    )
    db.execute(
        "CREATE TABLE progress (only INTEGER PRIMARY KEY CHECK (only = 1), watermark INTEGER)"
    )
    db.execute("INSERT INTO progress VALUES (1, 0)")


@MIGRATIONS()
def m002_checksums_counters_dates(db: Database) -> None:
    """Let a damaged row be told from a sound one, presses be counted for life, boots be dated.

    Rows from before have no checksum (NULL) and are believed. `progress.counted` is the position
    up to which `counter` has counted the ratings, beginning with the epoch `total_since`.
    """
    db.execute("ALTER TABLE event ADD COLUMN checksum INTEGER")
    db.execute("ALTER TABLE epoch ADD COLUMN offset_ms INTEGER")
    db.execute("ALTER TABLE epoch ADD COLUMN uncertainty_ms INTEGER")
    db.execute("ALTER TABLE epoch ADD COLUMN checksum INTEGER")
    # A second copy of every epoch on another page, which SQLite keeps by itself: without its
    # epoch no row of a damaged file could be given its key again.
    db.execute("CREATE INDEX epoch_copy ON epoch (checksum, id, source, boot)")
    db.execute("ALTER TABLE progress ADD COLUMN counted INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE progress ADD COLUMN total_since TEXT")
    # What was purged before cannot be counted any more: the count begins with the next epoch.
    db.execute("UPDATE progress SET counted = (SELECT coalesce(max(position), 0) FROM event)")
    db.execute("CREATE TABLE counter (key TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID")
    # Costs nothing while nothing is rejected.
    db.execute("CREATE INDEX event_rejected ON event (reason) WHERE state = 4")
