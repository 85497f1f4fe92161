"""Looking into the store: what any connection can ask, and one that can do nothing else."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from agent.clock.corrections import BootSpan
from agent.events.catalogue import PreviousEpoch
from agent.outbox.rows import (
    EPOCHS,
    SEQUENCE_BITS,
    SEQUENCE_MASK,
    Epoch,
    Row,
    State,
    checksum,
    epoch_checksum,
)

_COLUMNS = "position, kind, version, monotonic_ms, wall_ms, trust, earliest_ms, data, state, reason"
_EPOCH_ID = re.compile(r"[0-9a-f]{16}")
_RECENT_ROWS = 100
FIRST_NUMBER = 1 << 15
"""Of the first epoch of a new store: an older store of the device may be brought in below it.

Positions of as many epochs again stay under 2**56, from where SQLite would take a byte more.
"""
ATTACHING = threading.Lock()
"""Held while a connection opens the file and its WAL's index, and while a file is set aside.

SQLite opens the index by name, and only when it first reads. Between the two a file set aside makes
room for a new one: the old file's connection then takes the new one's index for its own, for left
behind, since locks do not bind within a process, and cuts it off under the writer: SIGBUS.
"""
_STATES = {state.value: state for state in State}


class EpochLostError(sqlite3.DatabaseError):
    """An epoch is missing or damaged: its rows cannot be given their keys."""

    def __init__(self, number: object) -> None:
        super().__init__(f"epoch {number} of the store is lost")


class View:
    """What any connection can ask."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._epochs: dict[int, Epoch] = {}

    def next_epoch_number(self) -> int:
        """Return a number no epoch of this store has ever had."""
        found = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'epoch'")
        newest = 0 if found is None else found[0]
        if not isinstance(newest, int) or newest >= EPOCHS - 1:
            raise EpochLostError(newest)
        return newest + 1

    def new_epoch_number(self) -> int:
        """Return the number of an epoch that begins now; a new store leaves room below it."""
        begun = self._one("SELECT 1 FROM epoch LIMIT 1") is not None
        return max(self.next_epoch_number(), 1 if begun else FIRST_NUMBER)

    def previous_epoch(self) -> PreviousEpoch | None:
        """Return the newest epoch and its last sequence; None in a new store."""
        number = self._one("SELECT max(number) FROM epoch")[0]
        if number is None:
            return None
        first = number << SEQUENCE_BITS
        last = self._one("SELECT max(position) FROM event WHERE position >= ?", first)[0]
        last_sequence = 0 if last is None else last - first
        return PreviousEpoch(epoch=self.epoch(number).id, last_sequence=last_sequence)

    def recent_rows(self) -> list[Row]:
        """Return the sound ones among the rows written last, newest first."""
        query = f"SELECT checksum, {_COLUMNS} FROM event ORDER BY position DESC LIMIT ?"  # noqa: S608
        return self._sound_rows(query, (_RECENT_ROWS,))

    def watermark(self) -> int:
        """Return the position up to which every row is settled."""
        found: int = self._one("SELECT watermark FROM progress")[0]
        return found

    def check_watermark(self) -> None:
        """Raise sqlite3.DatabaseError where the watermark would hide rows that are to come."""
        found = self.watermark()
        if not isinstance(found, int) or found >> SEQUENCE_BITS >= self.next_epoch_number():
            raise sqlite3.DatabaseError(f"its watermark {found} means nothing")

    def count_pending(self) -> int:
        """Count the rows the broker has not settled."""
        query = "SELECT count(*) FROM event WHERE position > ? AND state = 0"
        found: int = self._one(query, self.watermark())[0]
        return found

    def count_rejected(self) -> int:
        """Count the dead letters."""
        found: int = self._one("SELECT count(*) FROM event WHERE state = 4")[0]
        return found

    def presses(self) -> tuple[dict[str, int], str | None]:
        """Return how often each key was pressed in all earlier epochs, and since which one."""
        since = self._one("SELECT total_since FROM progress")[0]
        return dict(self._db.execute("SELECT key, count FROM counter").fetchall()), since

    def used_bytes(self) -> int:
        """Return the bytes of pages that hold something."""
        return (self._pragma("page_count") - self._pragma("freelist_count")) * self._page_bytes()

    def file_bytes(self) -> int:
        """Return the bytes of all pages; the free ones are written again before it grows."""
        return self._pragma("page_count") * self._page_bytes()

    def boots(self) -> list[BootSpan]:
        """Return what is known of the time of every boot, oldest first.

        Only the rows of epochs that nothing dates are all looked at.
        """
        query = "SELECT number, boot, offset_ms, uncertainty_ms FROM epoch ORDER BY number"
        spans: dict[str, BootSpan] = {}
        for number, boot, *dated in self._db.execute(query).fetchall():
            span = self._span(number, boot, *dated)
            if span is not None:
                spans[boot] = span if boot not in spans else _joined(spans[boot], span)
        return list(spans.values())

    def _span(
        self, number: int, boot: str, offset_ms: int | None, uncertainty_ms: int | None
    ) -> BootSpan | None:
        """Return one epoch's part of a boot; None when no row of it is left."""
        first, last = self._edge(number, "ASC"), self._edge(number, "DESC")
        if first is None or last is None:
            return None
        ends_synced = last.trust == "synced"
        span = BootSpan(
            boot=boot,
            first_ms=min(first.monotonic_ms, last.monotonic_ms),
            last_ms=max(first.monotonic_ms, last.monotonic_ms),
            # One that lost its clock in between was dated when it got it back.
            synced=offset_ms is None and ends_synced and first.trust == "synced",
            floor_ms=last.earliest_ms,
            last_wall_ms=last.wall_ms,
            offset_ms=offset_ms,
            uncertainty_ms=uncertainty_ms,
            blurred_ms=None if offset_ms is None else last.monotonic_ms - ends_synced,
        )
        return self._scanned(number, span) if span.offset_ms is None and not span.synced else span

    def _edge(self, number: int, order: Literal["ASC", "DESC"]) -> Row | None:
        """Return the first or the last sound row of an epoch."""
        query = f"""SELECT checksum, {_COLUMNS} FROM event WHERE position BETWEEN ? AND ?
                    ORDER BY position {order} LIMIT 10"""  # noqa: S608
        within = (number << SEQUENCE_BITS, (number + 1) << SEQUENCE_BITS)
        return next(iter(self._sound_rows(query, within)), None)

    def _scanned(self, number: int, span: BootSpan) -> BootSpan:
        query = """SELECT min(monotonic_ms), max(monotonic_ms),
                          max(earliest_ms),
                          max(CASE WHEN trust <> 'synced' THEN monotonic_ms END)
                   FROM event WHERE position BETWEEN ? AND ?"""
        within = (number << SEQUENCE_BITS, (number + 1) << SEQUENCE_BITS)
        first_ms, last_ms, floor_ms, blurred_ms = self._one(query, *within)
        known_ms = span.last_wall_ms
        return replace(
            span,
            first_ms=first_ms,
            last_ms=last_ms,
            floor_ms=floor_ms,
            blurred_ms=blurred_ms,
            # The last row may tell of something earlier; label and time must be of one instant.
            last_wall_ms=None if known_ms is None else known_ms + last_ms - span.last_ms,
        )

    def close(self) -> None:
        """Close the connection; behind the last one SQLite checkpoints and removes the WAL."""
        self._db.close()

    def _one(self, query: str, *values: object) -> Any:
        found = self._fetch(query, values)
        return found[0] if found else None

    def _pragma(self, name: str) -> int:
        found: int = self._one(f"PRAGMA {name}")[0]
        return found

    def _page_bytes(self) -> int:
        return self._pragma("page_size")

    def _fetch(self, query: str, values: Sequence[object]) -> list[Any]:
        """Return all a query finds; a damaged text keeps no row around it from being read."""
        try:
            return self._db.execute(query, values).fetchall()
        except (sqlite3.OperationalError, UnicodeDecodeError) as error:
            if hasattr(error, "sqlite_errorcode"):  # SQLite's own trouble, not of Python's
                raise
        # Not always so: it costs a tenth of the reading. The checksum will tell the damage.
        self._db.text_factory = partial(str, encoding="utf-8", errors="replace")
        try:
            return self._db.execute(query, values).fetchall()
        except UnicodeDecodeError as error:  # SQLite quotes a damaged schema, and Python chokes
            raise sqlite3.DatabaseError("its schema is no text") from error

    def _sound_rows(self, query: str, values: Sequence[object]) -> list[Row]:
        """Return the rows that are what was written; the query asks for the checksum first."""
        found = self._fetch(query, values)
        rows = ((self._row(fields), checked) for checked, *fields in found)
        return [row for row, checked in rows if checked is None or checked == checksum(row)]

    def _row(self, values: Sequence[Any]) -> Row:
        position, *middle, state, reason = values
        epoch = self.epoch(position >> SEQUENCE_BITS)
        return Row._make((position, epoch, *middle, _STATES.get(state, State.PENDING), reason))

    def epoch(self, number: int) -> Epoch:
        """Return an epoch by its number. Raises EpochLostError when it is not what it was."""
        if number not in self._epochs:
            query = "SELECT checksum, number, id, source, boot FROM epoch WHERE number = ?"
            found = self._one(query, number)
            if found is None:
                raise EpochLostError(number)
            checked, epoch = found[0], Epoch(*found[1:])
            sound = checked is None or checked == epoch_checksum(epoch)
            if not (sound and _EPOCH_ID.fullmatch(epoch.id)):
                raise EpochLostError(number)
            self._epochs[number] = epoch
        return self._epochs[number]

    def epoch_number(self, epoch_id: str) -> int | None:
        """Return the number of an epoch; None when it is not of this store."""
        found = self._one("SELECT number FROM epoch WHERE id = ?", epoch_id)
        return None if found is None else int(found[0])

    def first_refused(self, reasons: frozenset[int] | None) -> int | None:
        """Return the position of the oldest dead letter with one of the reasons; None takes all."""
        chosen = sorted(reasons or ())
        wanted = "" if reasons is None else f" AND reason IN ({', '.join('?' * len(chosen))})"
        # The state as a constant: only then the index of the dead letters serves.
        query = f"SELECT min(position) FROM event WHERE state = 4{wanted}"  # noqa: S608 - marks
        found: int | None = self._one(query, *chosen)[0]
        return found

    def present(self, positions: Iterable[int]) -> set[int]:
        """Return those positions that have a row."""
        wanted = list(positions)
        query = f"SELECT position FROM event WHERE position IN ({', '.join('?' * len(wanted))})"  # noqa: S608
        return {found for (found,) in self._db.execute(query, wanted)}

    def sequences(self, epoch_id: str, first: int, last: int, *, limit: int) -> list[int]:
        """Return the sequences from `first` to `last` of an epoch that have a row, in order."""
        number = self.epoch_number(epoch_id)
        if number is None:
            return []
        base = number << SEQUENCE_BITS
        query = (
            "SELECT position FROM event WHERE position BETWEEN ? AND ? ORDER BY position LIMIT ?"
        )
        found = self._fetch(query, (base | first, base | last, limit))
        return [position - base for (position,) in found]

    def ratings(self, after: int, *, up_to: int) -> list[Row]:
        """Return the sound presses with position in (`after`, `up_to`]."""
        query = f"""SELECT checksum, {_COLUMNS} FROM event
                    WHERE position > ? AND position <= ? AND kind = 'rating.given'"""  # noqa: S608
        return self._sound_rows(query, (after, up_to))

    def keys(self, positions: Iterable[int]) -> list[tuple[str, int]]:
        """Return (epoch id, sequence) of positions."""
        return [(self.epoch(p >> SEQUENCE_BITS).id, p & SEQUENCE_MASK) for p in positions]


class Reader(View):
    """A read-only connection: can look, can neither write nor checkpoint."""

    def __init__(self, path: Path) -> None:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with ATTACHING:
            db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            with contextlib.suppress(sqlite3.Error):  # whoever looks will be told
                db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
        super().__init__(db)

    def pending_after(
        self, position: int, *, up_to: int, limit: int
    ) -> list[tuple[Row, int | None]]:
        """Return the oldest pending rows with position in (`position`, `up_to`].

        Each comes with the checksum it was written with; None in rows older than checksums.
        """
        query = f"""SELECT checksum, {_COLUMNS} FROM event
                    WHERE position > ? AND position <= ? AND state = 0
                    ORDER BY position LIMIT ?"""  # noqa: S608 - the columns are ours
        found = self._fetch(query, (position, up_to, limit))
        return [(self._row(values), checked) for checked, *values in found]

    def newest_of_kinds(self, kinds: Sequence[str], *, limit: int, among: int = 500) -> list[Row]:
        """Return the newest sound rows of some kinds, oldest first, out of the last `among`."""
        marks = ", ".join("?" * len(kinds))
        query = f"""SELECT checksum, {_COLUMNS} FROM (
                        SELECT * FROM event ORDER BY position DESC LIMIT ?
                    ) WHERE kind IN ({marks}) ORDER BY position DESC LIMIT ?"""  # noqa: S608
        return self._sound_rows(query, (among, *kinds, limit))[::-1]

    def dated(self, kind: str, *, limit: int) -> list[tuple[str, int, int | None, str]]:
        """Return (boot, monotonic, wall clock as known today, data) of a kind, oldest first.

        Looks at the newest `limit` rows. For counting: no checksum is compared.
        """
        query = """SELECT p.boot, e.monotonic_ms,
                          CASE WHEN e.trust = 'synced' THEN e.wall_ms
                               ELSE coalesce(e.monotonic_ms + p.offset_ms, e.wall_ms) END,
                          e.data
                   FROM (SELECT * FROM event ORDER BY position DESC LIMIT ?) e
                   JOIN epoch p ON p.number = e.position >> 40
                   WHERE e.kind = ? ORDER BY e.position"""
        return [tuple(found) for found in self._fetch(query, (limit, kind))]

    def count_by_state(self) -> dict[State, int]:
        """Count all rows by state."""
        query = "SELECT state, count(*) FROM event GROUP BY state"
        return {
            _STATES.get(state, State.PENDING): count for state, count in self._db.execute(query)
        }

    def interrupt(self) -> None:
        """End what another thread asks just now: that raises sqlite3.OperationalError there."""
        self._db.interrupt()

    def find_damage(self) -> str | None:
        """Look through the whole file; returns what is wrong with it, None when it is sound."""
        found: str = self._one("PRAGMA quick_check(1)")[0]
        return None if found == "ok" else found


def _joined(known: BootSpan, more: BootSpan) -> BootSpan:
    """Join two epochs of the same boot; what dated the earlier one holds for the other."""
    dated = more if more.offset_ms is not None else known
    floors = [floor for floor in (known.floor_ms, more.floor_ms) if floor is not None]
    blurs = [blur for blur in (known.blurred_ms, more.blurred_ms) if blur is not None]
    return BootSpan(
        boot=known.boot,
        first_ms=min(known.first_ms, more.first_ms),
        last_ms=max(known.last_ms, more.last_ms),
        synced=known.synced and more.synced,
        floor_ms=max(floors, default=None),
        last_wall_ms=more.last_wall_ms,
        offset_ms=dated.offset_ms,
        uncertainty_ms=dated.uncertainty_ms,
        blurred_ms=max(blurs, default=None),
    )
