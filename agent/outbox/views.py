"""Looking into the store: what any connection can ask, and one that can do nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from agent.clock.corrections import BootSpan
from agent.events.catalogue import PreviousEpoch
from agent.outbox.rows import DAMAGED, SEQUENCE_BITS, SEQUENCE_MASK, Epoch, Row, State

_COLUMNS = "position, kind, version, monotonic_ms, wall_ms, trust, earliest_ms, data, state, reason"


class View:
    """What any connection can ask."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._epochs: dict[int, Epoch] = {}

    def next_epoch_number(self) -> int:
        """Return a number no epoch of this store has ever had."""
        found = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'epoch'")
        return 1 if found is None else found[0] + 1

    def previous_epoch(self) -> PreviousEpoch | None:
        """Return the newest epoch and its last sequence; None in a new store."""
        newest = self._one("SELECT number, id FROM epoch ORDER BY number DESC LIMIT 1")
        if newest is None:
            return None
        first = newest[0] << SEQUENCE_BITS
        last = self._one("SELECT max(position) FROM event WHERE position >= ?", first)[0]
        return PreviousEpoch(epoch=newest[1], last_sequence=0 if last is None else last - first)

    def newest_row(self) -> Row | None:
        """Return the row written last; None in a new store."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM event ORDER BY position DESC LIMIT 1", ())  # noqa: S608
        return rows[0] if rows else None

    def watermark(self) -> int:
        """Return the position up to which every row is settled."""
        found: int = self._one("SELECT watermark FROM progress")[0]
        return found

    def count_pending(self) -> int:
        """Count the rows the broker has not settled."""
        query = "SELECT count(*) FROM event WHERE position > ? AND state = 0"
        found: int = self._one(query, self.watermark())[0]
        return found

    def count_rejected(self) -> int:
        """Count the dead letters."""
        found: int = self._one("SELECT count(*) FROM event WHERE state = 4")[0]
        return found

    def newest_wall_ms(self) -> int | None:
        """Return the latest trusted wall time among the last rows, if there is one."""
        query = """SELECT max(wall_ms) FROM (
                       SELECT wall_ms, trust FROM event ORDER BY position DESC LIMIT 100
                   ) WHERE trust = 'synced'"""
        found: int | None = self._one(query)[0]
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
        """Return what is known of the time of every boot, oldest first."""
        query = "SELECT number, boot, offset_ms, uncertainty_ms FROM epoch ORDER BY number"
        spans: dict[str, BootSpan] = {}
        for number, boot, offset_ms, uncertainty_ms in self._db.execute(query).fetchall():
            span = self._span(number, boot, offset_ms, uncertainty_ms)
            if span is not None:
                spans[boot] = span if boot not in spans else _joined(spans[boot], span)
        return list(spans.values())

    def _span(
        self, number: int, boot: str, offset_ms: int | None, uncertainty_ms: int | None
    ) -> BootSpan | None:
        """Return one epoch's part of a boot; None when no row of it is left."""
        within = (number << SEQUENCE_BITS, (number + 1) << SEQUENCE_BITS)
        query = """SELECT min(monotonic_ms), max(monotonic_ms), min(trust = 'synced'),
                          max(earliest_ms) FROM event WHERE position BETWEEN ? AND ?"""
        first_ms, last_ms, synced, floor_ms = self._one(query, *within)
        if first_ms is None:
            return None
        query = """SELECT wall_ms FROM event WHERE position BETWEEN ? AND ?
                   ORDER BY position DESC LIMIT 1"""
        return BootSpan(
            boot=boot,
            first_ms=first_ms,
            last_ms=last_ms,
            synced=bool(synced),
            floor_ms=floor_ms,
            last_wall_ms=self._one(query, *within)[0],
            offset_ms=offset_ms,
            uncertainty_ms=uncertainty_ms,
        )

    def close(self) -> None:
        """Close the connection; behind the last one SQLite checkpoints and removes the WAL."""
        self._db.close()

    def _one(self, query: str, *values: object) -> Any:
        return self._db.execute(query, values).fetchone()

    def _pragma(self, name: str) -> int:
        found: int = self._one(f"PRAGMA {name}")[0]
        return found

    def _page_bytes(self) -> int:
        return self._pragma("page_size")

    def _rows(self, query: str, values: Sequence[object]) -> list[Row]:
        return [self._row(found) for found in self._db.execute(query, values).fetchall()]

    def _row(self, values: tuple[Any, ...]) -> Row:
        position, *middle, state, reason = values
        epoch = self.epoch(position >> SEQUENCE_BITS)
        return Row._make((position, epoch, *middle, State(state), reason))

    def epoch(self, number: int) -> Epoch:
        """Return an epoch by its number. Raises sqlite3.DatabaseError when it is missing."""
        if number not in self._epochs:
            found = self._one("SELECT number, id, source, boot FROM epoch WHERE number = ?", number)
            if found is None:
                raise sqlite3.DatabaseError(f"epoch {number} is missing")
            self._epochs[number] = Epoch(*found)
        return self._epochs[number]

    def epoch_number(self, epoch_id: str) -> int | None:
        """Return the number of an epoch; None when it is not of this store."""
        found = self._one("SELECT number FROM epoch WHERE id = ?", epoch_id)
        return None if found is None else int(found[0])

    def settled_after(
        self,
        position: int,
        *,
        up_to: int,
        state: State,
        reasons: frozenset[int] | None,
        limit: int,
    ) -> list[int]:
        """Return the oldest positions in (`position`, `up_to`] with that state and reason."""
        wanted = f" AND reason IS NOT {DAMAGED}"
        if reasons is not None:
            wanted += f" AND reason IN ({', '.join('?' * len(reasons))})"
        # The state as a constant: only then the index of the dead letters serves.
        query = f"""SELECT position FROM event
                    WHERE position > ? AND position <= ? AND state = {int(state)}{wanted}
                    ORDER BY position LIMIT ?"""  # noqa: S608 - a number of ours and marks
        values = (position, up_to, *sorted(reasons or ()), limit)
        return [found for (found,) in self._db.execute(query, values)]

    def count_waiting(self, positions: Sequence[int]) -> int:
        """Count the pending ones among some rows."""
        marks = ", ".join("?" * len(positions))
        query = f"SELECT count(*) FROM event WHERE state = 0 AND position IN ({marks})"  # noqa: S608
        found: int = self._one(query, *positions)[0]
        return found

    def keys(self, positions: Iterable[int]) -> list[tuple[str, int]]:
        """Return (epoch id, sequence) of positions."""
        return [(self.epoch(p >> SEQUENCE_BITS).id, p & SEQUENCE_MASK) for p in positions]


class Reader(View):
    """A read-only connection: can look, can neither write nor checkpoint."""

    def __init__(self, path: Path) -> None:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
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
        found = self._db.execute(query, (position, up_to, limit)).fetchall()
        return [(self._row(values), checked) for checked, *values in found]

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

    def find_damage(self) -> str | None:
        """Look through the whole file; returns what is wrong with it, None when it is sound."""
        found: str = self._one("PRAGMA quick_check(1)")[0]
        return None if found == "ok" else found


def _joined(known: BootSpan, more: BootSpan) -> BootSpan:
    """Join two epochs of the same boot."""
    floors = [floor for floor in (known.floor_ms, more.floor_ms) if floor is not None]
    return BootSpan(
        boot=known.boot,
        first_ms=min(known.first_ms, more.first_ms),
        last_ms=max(known.last_ms, more.last_ms),
        synced=known.synced and more.synced,
        floor_ms=max(floors, default=None),
        last_wall_ms=more.last_wall_ms,
        offset_ms=more.offset_ms,
        uncertainty_ms=more.uncertainty_ms,
    )
