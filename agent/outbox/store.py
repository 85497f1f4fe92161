"""SQLite under the outbox: the one connection that writes.

WAL with `synchronous=FULL`: a commit is on the card when it returns. The page size and the small
automatic checkpoint were chosen by measurement: sparse commits cost 8 KB of flash each instead of
30 KB. Only the writer checkpoints, because SQLite before 3.51.3 can damage a WAL when two
connections do.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.events.catalogue import ClockCorrected
from agent.outbox.rows import SEQUENCE_BITS, Epoch, Row, State, checksum, epoch_checksum
from agent.outbox.views import Reader, View

__all__ = ["Reader", "Settlement", "Store", "set_aside", "unusable"]

# How many migrations a file has behind it, kept in its `user_version`.
SCHEMA_VERSION = 2
PAGE_BYTES = 1024
CHECKPOINT_PAGES = 64

_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_EPOCH = "INSERT INTO epoch (number, id, source, boot, checksum) VALUES (?, ?, ?, ?, ?)"
_SETTLE = "UPDATE event SET state = ?, reason = ? WHERE position = ? AND state = 0"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one row."""

    position: int
    state: State
    reason: int | None = None
    """Of a rejected row: the broker's MQTT reason code, or DAMAGED."""


class Store(View):
    """The writing connection. Use it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Answers are nobody else's to read; SQLite gives the WAL the file's own mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        super().__init__(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
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
        found = self._pragma("user_version")
        if found > SCHEMA_VERSION:
            # The type that `unusable` knows: kept aside, and what can be read is carried over.
            raise sqlite3.DatabaseError(f"it was written by a newer release (schema {found})")
        if found < SCHEMA_VERSION:
            # Not imported on an ordinary day: sqlite-utils brings numpy, 14 MB in every kiosk.
            from agent.outbox.migrations import migrate  # noqa: PLC0415

            migrate(self._db)
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    # -- transactions -------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin the one write transaction there is."""
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make the transaction durable; returns when it is."""
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the open transaction, if SQLite has not done so itself."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    # -- what comes in ------------------------------------------------------------------------

    def add_epoch(self, epoch: Epoch) -> None:
        """Record an opening of the store."""
        self._db.execute(_INSERT_EPOCH, _epoch_values(epoch))
        query = "UPDATE progress SET total_since = ?, counted = ? WHERE total_since IS NULL"
        self._db.execute(query, (epoch.id, epoch.position(0)))

    def add(self, rows: Iterable[Row]) -> None:
        """Insert new rows as pending."""
        self._db.executemany(_INSERT, map(_values, rows))

    def date_boot(self, correction: ClockCorrected) -> None:
        """Remember what became known about the time of one boot."""
        query = "UPDATE epoch SET offset_ms = ?, uncertainty_ms = ? WHERE boot = ?"
        values = (correction.offset_ms, correction.uncertainty_ms, correction.boot)
        self._db.execute(query, values)

    def adopt(self, epochs: Iterable[Epoch], rows: Iterable[Row]) -> int:
        """Take over what was salvaged, under the same keys; returns how many rows are new.

        What is here already stays as it is.
        """
        self._db.executemany(_or_ignore(_INSERT_EPOCH), map(_epoch_values, epochs))
        known = dict(self._db.execute("SELECT number, id FROM epoch").fetchall())
        own = [row for row in rows if known.get(row.epoch.number) == row.epoch.id]
        return self._db.executemany(_or_ignore(_INSERT), map(_values, own)).rowcount if own else 0

    # -- what becomes of it -------------------------------------------------------------------

    def settle(self, settlements: Sequence[Settlement]) -> int:
        """Move pending rows to their new states; returns how many were pending until now."""
        moves = ((s.state, s.reason, s.position) for s in settlements)
        return self._db.executemany(_SETTLE, moves).rowcount if settlements else 0

    def confirm(self, number: int, first: int, last: int, *, limit: int) -> tuple[int, int, int]:
        """Confirm up to `limit` rows of an epoch with sequence from `first` to `last`.

        Returns (how many were pending, how many were changed in all, the last sequence looked
        at).
        """
        base = number << SEQUENCE_BITS
        query = """SELECT position, state FROM event WHERE position BETWEEN ? AND ?
                   ORDER BY position LIMIT ?"""
        found = self._db.execute(query, (base | first, base | last, limit)).fetchall()
        open_rows = [p for p, state in found if state != State.CONFIRMED]
        query = "UPDATE event SET state = 3, reason = NULL WHERE position = ?"
        self._db.executemany(query, ((p,) for p in open_rows))
        pending = sum(state == State.PENDING for _, state in found)
        return pending, len(open_rows), last if len(found) < limit else found[-1][0] - base

    def reopen(self, positions: Sequence[int]) -> int:
        """Make settled rows pending again; returns how many. The watermark goes back to them."""
        query = "UPDATE event SET state = 0, reason = NULL WHERE position = ? AND state <> 0"
        changed = self._db.executemany(query, ((p,) for p in positions)).rowcount
        if positions:
            self.lower_watermark(positions[0] - 1)
        return max(0, changed)

    def lower_watermark(self, position: int) -> None:
        """Look from here again for rows that are not settled."""
        self._db.execute("UPDATE progress SET watermark = min(watermark, ?)", (position,))

    def advance_watermark(self) -> int:
        """Move the watermark up to the first row that is not settled; returns it."""
        query = "SELECT min(position) FROM event WHERE position > ? AND state = 0"
        pending = self._one(query, self.watermark())[0]
        newest = self._one("SELECT max(position) FROM event")[0] or 0
        found: int = newest if pending is None else pending - 1
        self._db.execute("UPDATE progress SET watermark = max(watermark, ?)", (found,))
        return self.watermark()

    # -- what goes ----------------------------------------------------------------------------

    def glance(self, after: int, *, limit: int) -> list[tuple[int, str, int, int | None]]:
        """Return (position, kind, state, wall time) of the next rows, oldest first.

        The wall time is the corrected one where the boot's clock became known.
        """
        query = """SELECT e.position, e.kind, e.state,
                          coalesce(e.monotonic_ms + p.offset_ms, e.wall_ms)
                   FROM event e JOIN epoch p ON p.number = e.position >> 40
                   WHERE e.position > ? ORDER BY e.position LIMIT ?"""
        return self._db.execute(query, (after, limit)).fetchall()

    def delete(self, positions: Iterable[int]) -> None:
        """Delete rows for good. Count their presses before."""
        self._db.executemany("DELETE FROM event WHERE position = ?", ((p,) for p in positions))

    def count_presses(self, *, limit: int) -> bool:
        """Add the next `limit` rows to the count of presses by key; tells whether more wait."""
        counted = self._one("SELECT counted FROM progress")[0]
        query = (
            "SELECT position, kind, data FROM event WHERE position > ? ORDER BY position LIMIT ?"
        )
        found = self._db.execute(query, (counted, limit)).fetchall()
        keys = Counter(_key(data) for _, kind, data in found if kind == "rating.given")
        keys.pop(None, None)
        query = """INSERT INTO counter VALUES (?, ?)
                   ON CONFLICT (key) DO UPDATE SET count = count + excluded.count"""
        self._db.executemany(query, keys.items())
        if found:
            self._db.execute("UPDATE progress SET counted = ?", (found[-1][0],))
        return len(found) == limit


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


def _epoch_values(epoch: Epoch) -> tuple[object, ...]:
    return (epoch.number, epoch.id, epoch.source, epoch.boot, epoch_checksum(epoch))


def _or_ignore(insert: str) -> str:
    return insert.replace("INSERT", "INSERT OR IGNORE", 1)


def _key(data: str) -> str | None:
    try:
        found = json.loads(data)["key"]
    except (ValueError, TypeError, KeyError):  # a damaged row counts for nothing
        return None
    return found if isinstance(found, str) else None


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
