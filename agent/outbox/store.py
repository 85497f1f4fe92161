"""SQLite under the outbox: one connection that writes, read-only ones that look.

WAL with `synchronous=FULL`: a commit is on the card when it returns. The page size and the small
automatic checkpoint were chosen by measurement: sparse commits cost 8 KB of flash each instead of
30 KB. Only the writer checkpoints, because SQLite before 3.51.3 can damage a WAL when two
connections do.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.events.catalogue import PreviousEpoch
from agent.outbox.rows import SEQUENCE_BITS, Epoch, Row, State, checksum

# How many migrations a file has behind it, kept in its `user_version`.
SCHEMA_VERSION = 2
PAGE_BYTES = 1024
CHECKPOINT_PAGES = 64

_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SETTLE = "UPDATE event SET state = ?, reason = ? WHERE position = ? AND state = 0"
_COLUMNS = "position, state, reason, kind, version, monotonic_ms, wall_ms, trust, earliest_ms, data"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one row."""

    position: int
    state: State
    reason: int | None = None
    """The broker's MQTT reason code, of a rejected row."""


class View:
    """What any connection can ask."""

    _db: sqlite3.Connection

    def next_epoch_number(self) -> int:
        """Return a number no epoch of this store has ever had."""
        query = "SELECT seq FROM sqlite_sequence WHERE name = 'epoch'"
        found = self._db.execute(query).fetchone()
        return 1 if found is None else found[0] + 1

    def previous_epoch(self) -> PreviousEpoch | None:
        """Return the newest epoch and its last sequence; None in a new store."""
        found = self._db.execute("SELECT number, id FROM epoch ORDER BY number DESC LIMIT 1")
        newest = found.fetchone()
        if newest is None:
            return None
        first = newest[0] << SEQUENCE_BITS
        query = "SELECT max(position) FROM event WHERE position >= ?"
        last = self._db.execute(query, (first,)).fetchone()[0]
        return PreviousEpoch(epoch=newest[1], last_sequence=0 if last is None else last - first)

    def watermark(self) -> int:
        """Return the position up to which every row is settled."""
        found: int = self._db.execute("SELECT watermark FROM progress").fetchone()[0]
        return found

    def count_pending(self) -> int:
        """Count the rows the broker has not settled."""
        query = "SELECT count(*) FROM event WHERE position > ? AND state = 0"
        found: int = self._db.execute(query, (self.watermark(),)).fetchone()[0]
        return found

    def newest_wall_ms(self) -> int | None:
        """Return the latest trusted wall time among the last rows, if there is one."""
        query = """SELECT max(wall_ms) FROM (
                       SELECT wall_ms, trust FROM event ORDER BY position DESC LIMIT 100
                   ) WHERE trust = 'synced'"""
        found: int | None = self._db.execute(query).fetchone()[0]
        return found

    def close(self) -> None:
        """Close the connection; behind the last one SQLite checkpoints and removes the WAL."""
        self._db.close()


class Store(View):
    """The writing connection. Use it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Answers are nobody else's to read; SQLite gives the WAL the file's own mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except sqlite3.Error:
            self._db.close()
            raise

    def _prepare(self) -> None:
        self._db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        self._db.execute("PRAGMA cache_size = -2000")
        if self._db.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
            # Not imported on an ordinary day: sqlite-utils brings numpy, 14 MB in every kiosk.
            from agent.outbox.migrations import migrate  # noqa: PLC0415

            migrate(self._db)
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def begin(self) -> None:
        """Begin the one write transaction there is."""
        self._db.execute("BEGIN IMMEDIATE")

    def add_epoch(self, epoch: Epoch) -> None:
        """Record an opening of the store."""
        values = (epoch.number, epoch.id, epoch.source, epoch.boot)
        query = "INSERT INTO epoch (number, id, source, boot) VALUES (?, ?, ?, ?)"
        self._db.execute(query, values)

    def add(self, rows: Iterable[Row]) -> None:
        """Insert new rows as pending."""
        self._db.executemany(_INSERT, map(_values, rows))

    def settle(self, settlements: Sequence[Settlement], *, watermark: int) -> int:
        """Move pending rows to their new states, and the watermark up to `watermark`.

        Returns how many rows were pending until now.
        """
        moves = ((s.state, s.reason, s.position) for s in settlements)
        changed = self._db.executemany(_SETTLE, moves).rowcount if settlements else 0
        query = "UPDATE progress SET watermark = max(watermark, ?)"
        self._db.execute(query, (watermark,))
        return changed

    def purge(self, *, before_wall_ms: int, limit: int) -> list[tuple[str, int]]:
        """Delete up to `limit` of the oldest delivered rows from before a time.

        Returns (epoch id, sequence) of every deleted row, in order.
        """
        query = """DELETE FROM event WHERE position IN (
                       SELECT position FROM event
                       WHERE position <= (SELECT watermark FROM progress)
                         AND state IN (?, ?) AND wall_ms < ?
                       ORDER BY position LIMIT ?
                   ) RETURNING position"""
        values = (State.ACKNOWLEDGED, State.CONFIRMED, before_wall_ms, limit)
        positions = sorted(row[0] for row in self._db.execute(query, values))
        ids: dict[int, str] = dict(self._db.execute("SELECT number, id FROM epoch").fetchall())
        mask = (1 << SEQUENCE_BITS) - 1
        return [(ids[p >> SEQUENCE_BITS], p & mask) for p in positions]

    def commit(self) -> None:
        """Make the transaction durable; returns when it is."""
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the open transaction, if SQLite has not done so itself."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")


def _values(row: Row) -> tuple[object, ...]:
    return (
        row.position,
        row.state,
        row.reason,
        row.kind,
        row.version,
        row.monotonic_ms,
        row.wall_ms,
        row.trust,
        row.earliest_ms,
        row.data,
        checksum(row),
    )


class Reader(View):
    """A read-only connection: can look, can neither write nor checkpoint."""

    def __init__(self, path: Path) -> None:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        self._db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        self._epochs: dict[int, Epoch] = {}

    def pending_after(self, position: int, *, up_to: int, limit: int) -> list[Row]:
        """Return the oldest pending rows with position in (`position`, `up_to`]."""
        query = f"""SELECT {_COLUMNS} FROM event
                    WHERE position > ? AND position <= ? AND state = 0
                    ORDER BY position LIMIT ?"""  # noqa: S608 - the columns are ours
        return self._rows(query, (position, up_to, limit))

    def newest_of_kinds(self, kinds: Sequence[str], *, limit: int) -> list[Row]:
        """Return the newest rows of some kinds, oldest first, out of the last 500 rows."""
        marks = ", ".join("?" * len(kinds))
        query = f"""SELECT {_COLUMNS} FROM (
                        SELECT * FROM event ORDER BY position DESC LIMIT 500
                    ) WHERE kind IN ({marks}) ORDER BY position DESC LIMIT ?"""  # noqa: S608
        return self._rows(query, (*kinds, limit))[::-1]

    def count_by_state(self) -> dict[State, int]:
        """Count all rows by state."""
        query = "SELECT state, count(*) FROM event GROUP BY state"
        return {State(state): count for state, count in self._db.execute(query)}

    def _rows(self, query: str, values: tuple[object, ...]) -> list[Row]:
        found = self._db.execute(query, values).fetchall()
        return [self._row(values) for values in found]

    def _row(self, values: tuple[Any, ...]) -> Row:
        position, state, reason, kind, version, monotonic_ms, wall_ms, trust, earliest_ms, data = (
            values
        )
        return Row(
            position=position,
            epoch=self._epoch(position >> SEQUENCE_BITS),
            kind=kind,
            version=version,
            monotonic_ms=monotonic_ms,
            wall_ms=wall_ms,
            trust=trust,
            earliest_ms=earliest_ms,
            data=data,
            state=State(state),
            reason=reason,
        )

    def _epoch(self, number: int) -> Epoch:
        if number not in self._epochs:
            query = "SELECT number, id, source, boot FROM epoch WHERE number = ?"
            found = self._db.execute(query, (number,)).fetchone()
            if found is None:
                raise sqlite3.DatabaseError(f"epoch {number} is missing")
            self._epochs[number] = Epoch(*found)
        return self._epochs[number]


def unusable(error: sqlite3.Error) -> bool:
    """Tell whether a file can never be used again: it is damaged, or holds something else.

    A full disk, a lock or an I/O error may pass, and says nothing about the file.
    """
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR  # no such table
    return type(error) is sqlite3.DatabaseError or isinstance(error, sqlite3.IntegrityError)


def set_aside(path: Path) -> Path:
    """Rename an unusable file and its WAL, whole, for salvage; returns the new name."""
    aside = path.with_name(f"{path.name}.corrupt-{secrets.token_hex(4)}")
    path.rename(aside)
    wal = path.with_name(path.name + "-wal")
    if wal.exists():
        wal.rename(aside.with_name(aside.name + "-wal"))
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return aside
