"""SQLite under the outbox: the one connection that writes.

WAL with `synchronous=FULL`: a commit is on the card when it returns. The page size and the small
checkpoint were chosen by measurement: sparse commits cost 8 KB of flash each instead of
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
from contextlib import suppress
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from agent.events.catalogue import ClockCorrected, EventData
from agent.outbox.rows import SEQUENCE_BITS, Epoch, Row, State, checksum, epoch_checksum
from agent.outbox.views import ATTACHING, EpochLostError, Reader, View

__all__ = ["Confirmed", "Glance", "Reader", "Settlement", "Store", "set_aside", "unusable"]

# How many migrations a file has behind it, kept in its `user_version`.
SCHEMA_VERSION = 2
PAGE_BYTES = 1024
CHECKPOINT_PAGES = 64
ASIDE = ".corrupt-"
"""Behind the name of a file that was set aside, before eight random digits."""

_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_EPOCH = "INSERT INTO epoch (number, id, source, boot, checksum) VALUES (?, ?, ?, ?, ?)"
_SETTLE = """UPDATE event SET state = ?, reason = ?
             WHERE position BETWEEN ? AND ? AND state = 0"""


class Settlement(NamedTuple):
    """What became of one row."""

    position: int
    state: State
    reason: int | None = None
    """Of a rejected row: the broker's MQTT reason code, or DAMAGED."""


class Glance(NamedTuple):
    """What retention need know of a row."""

    position: int
    kind: str
    state: int
    reason: int | None
    wall_ms: int | None
    """Corrected where the row was not synchronised and the boot's clock became known."""


class Confirmed(NamedTuple):
    """What came of confirming one stretch."""

    pending: int
    """How many rows were pending until now."""
    changed: int
    """How many were not confirmed until now."""
    looked: int
    """How many there are."""
    reached: int
    """The last sequence that was looked at."""


class Store(View):
    """The writing connection. Use it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Answers are nobody else's to read; SQLite gives the WAL the file's own mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        super().__init__(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
        self._commits, self._commits_most = 0, CHECKPOINT_PAGES // 4  # since it was carried over
        try:
            self._prepare()
        except (sqlite3.Error, ValueError):
            self._db.close()
            raise

    def _prepare(self) -> None:
        self._db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        # Only for a log that `shorten_log` could not shorten: it would come before the thanks.
        self._db.execute(f"PRAGMA wal_autocheckpoint = {4 * CHECKPOINT_PAGES}")
        self._db.execute("PRAGMA cache_size = -2000")
        # Debian's default, and not everybody's: what a customer wrote must not outlive its row.
        self._db.execute("PRAGMA secure_delete = ON")
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
        self._commits += 1

    def shorten_log(self) -> None:
        """Carry the log over into the file once it has grown to some CHECKPOINT_PAGES.

        Call it behind the acknowledgement: it syncs twice. How long the log is SQLite says only
        when it is carried over, so commits are counted, by what they have taken on average.
        """
        if self._commits < self._commits_most:
            return
        with suppress(sqlite3.Error):  # whatever is wrong, the next commit will meet it
            pages = self._one("PRAGMA wal_checkpoint(PASSIVE)")[1]
            self._commits_most = max(1, CHECKPOINT_PAGES * self._commits // max(1, pages))
        self._commits = 0

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
        """Insert new rows, each in its state."""
        self._db.executemany(_INSERT, map(_values, rows))

    def date_boots(self, events: Iterable[EventData]) -> None:
        """Remember what some events tell about the time of a boot."""
        query = "UPDATE epoch SET offset_ms = ?, uncertainty_ms = ? WHERE boot = ?"
        for told in events:
            if isinstance(told, ClockCorrected):
                self._db.execute(query, (told.offset_ms, told.uncertainty_ms, told.boot))

    def adopt(self, epochs: Iterable[Epoch], rows: Iterable[Row], *, below: int) -> list[Row]:
        """Take over what was salvaged, under the same keys; returns the rows that are new.

        What is here already stays as it is. An epoch whose number is taken, or not `below` the
        one in force, gets a free one; where there is none its rows stay out.
        """
        numbers = self._add_foreign(epochs, below=below)
        own = [_renumbered(row, numbers[row.epoch.id]) for row in rows if row.epoch.id in numbers]
        present = self.present(row.position for row in own)
        new = [row for row in own if row.position not in present]
        self.add(new)
        return new

    def _add_foreign(self, epochs: Iterable[Epoch], *, below: int) -> dict[str, int]:
        """Record the epochs that are not here; returns the number of every epoch by id."""
        numbers = dict(self._db.execute("SELECT id, number FROM epoch").fetchall())
        taken = set(numbers.values())
        foreign = (epoch for epoch in epochs if epoch.id not in numbers)
        for epoch in sorted(foreign, key=lambda epoch: epoch.number, reverse=True):
            number = epoch.number
            if number in taken or number >= below:
                number = min(taken, default=below) - 1
            if number > 0:
                numbers[epoch.id] = number
                taken.add(number)
                values = _epoch_values(replace(epoch, number=number))
                self._db.execute(_INSERT_EPOCH, values)
        return numbers

    # -- what becomes of it -------------------------------------------------------------------

    def settle(self, settlements: Sequence[Settlement]) -> int:
        """Move pending rows to their new states; returns how many were pending until now."""
        moves = _joined(settlements)
        return self._db.executemany(_SETTLE, moves).rowcount if moves else 0

    def confirm(self, number: int, first: int, last: int, *, limit: int) -> Confirmed:
        """Confirm up to `limit` rows of an epoch with sequence from `first` to `last`."""
        base = number << SEQUENCE_BITS
        query = """SELECT position, state FROM event WHERE position BETWEEN ? AND ?
                   ORDER BY position LIMIT ?"""
        found = self._db.execute(query, (base | first, base | last, limit)).fetchall()
        open_rows = [(p,) for p, state in found if state != State.CONFIRMED]
        query = "UPDATE event SET state = 3, reason = NULL WHERE position = ?"
        self._db.executemany(query, open_rows)
        pending = sum(state == State.PENDING for _, state in found)
        reached = last if len(found) < limit else found[-1][0] - base
        return Confirmed(pending, len(open_rows), len(found), reached)

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

    def glance(self, after: int, *, up_to: int, limit: int) -> list[Glance]:
        """Look at the next rows with position in (`after`, `up_to`], oldest first."""
        query = """SELECT e.position, e.kind, e.state, e.reason,
                          CASE WHEN e.trust = 'synced' THEN e.wall_ms
                               ELSE coalesce(e.monotonic_ms + p.offset_ms, e.wall_ms) END
                   FROM event e LEFT JOIN epoch p ON p.number = e.position >> 40
                   WHERE e.position > ? AND e.position <= ? ORDER BY e.position LIMIT ?"""
        return [Glance(*found) for found in self._fetch(query, (after, up_to, limit))]

    def delete(self, positions: Iterable[int]) -> None:
        """Delete rows for good. Count their presses before."""
        self._db.executemany("DELETE FROM event WHERE position = ?", ((p,) for p in positions))

    def count_presses(self, *, limit: int) -> bool:
        """Add the next `limit` rows to the count of presses by key; tells whether more wait."""
        counted = self._one("SELECT counted FROM progress")[0]
        query = "SELECT position FROM event WHERE position > ? ORDER BY position LIMIT ?"
        found = self._db.execute(query, (counted, limit)).fetchall()
        if not found:
            return False
        end = found[-1][0]
        keys = Counter(_key(row.data) for row in self.ratings(counted, up_to=end))
        keys.pop(None, None)
        query = """INSERT INTO counter VALUES (?, ?)
                   ON CONFLICT (key) DO UPDATE SET count = count + excluded.count"""
        self._db.executemany(query, keys.items())
        self._db.execute("UPDATE progress SET counted = ?", (end,))
        return len(found) == limit


def _joined(settlements: Sequence[Settlement]) -> list[tuple[int, int | None, int, int]]:
    """Join the settlements of neighbours: (state, reason, first, last) position."""
    moves: list[tuple[int, int | None, int, int]] = []
    for said in sorted(settlements, key=attrgetter("position")):
        position, what = said.position, (said.state, said.reason)
        if moves and moves[-1][:2] == what and moves[-1][3] == position - 1:
            moves[-1] = (*what, moves[-1][2], position)
        else:
            moves.append((*what, position, position))
    return moves


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


def _renumbered(row: Row, number: int) -> Row:
    """Move a row to the number that its epoch has here; its key stays."""
    if row.epoch.number == number:
        return row
    epoch = replace(row.epoch, number=number)
    return row._replace(position=epoch.position(row.sequence), epoch=epoch)


def _key(data: str) -> str | None:
    """Return the key of a press that counts for life: not one of the installer's button test."""
    try:
        rating = json.loads(data)
        found, tried = rating["key"], "test" in rating.get("flags", ())
    except (ValueError, TypeError, KeyError):  # a damaged row counts for nothing
        return None
    return found if isinstance(found, str) and not tried else None


def unusable(error: sqlite3.Error) -> bool:
    """Tell whether a file can never be used again: it is damaged, or holds something else.

    A full disk, a lock or an I/O error may pass, and says nothing about the file.
    """
    if isinstance(error, EpochLostError):
        return True
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR  # no such table
    return type(error) is sqlite3.DatabaseError or isinstance(error, sqlite3.IntegrityError)


def set_aside(path: Path) -> Path:
    """Rename an unusable file and its WAL, whole, for salvage; returns the new name."""
    aside = path.with_name(f"{path.name}{ASIDE}{secrets.token_hex(4)}")
    wal = path.with_name(path.name + "-wal")
    with ATTACHING:
        # The WAL first: without its file SQLite would throw it away; `reunite` mends what a kill
        # between the two leaves.
        if wal.exists():
            wal.rename(aside.with_name(aside.name + "-wal"))
        path.rename(aside)
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
    return aside


def reunite(path: Path) -> None:
    """Give a file its WAL back where a kill kept it from being set aside whole."""
    wal = path.with_name(path.name + "-wal")
    for moved in path.parent.glob(f"{path.name}{ASIDE}????????-wal"):
        whole = moved.with_name(moved.name.removesuffix("-wal")).exists()
        if not whole and not wal.exists():
            moved.rename(wal)
