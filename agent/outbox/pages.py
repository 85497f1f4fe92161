"""The salvage reader: what can still be read of a damaged store, page by page, without SQLite.

Whatever the bytes, it raises nothing, ends, and invents nothing: a row is handed out only when its
checksum holds. Damage costs the rows on the damaged pages and no others, since every leaf page is
read by itself, reachable or not, and older images of a page stand in for what its newest lacks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from agent.outbox.evidence import NOBODY, Witness, is_event, row_of
from agent.outbox.images import AGES, Age, Images
from agent.outbox.positions import Positions, Stretch, gaps, merged
from agent.outbox.records import (
    INDEX_LEAF,
    TABLE_LEAF,
    Cell,
    Value,
    leaf_cells,
    leaf_kind,
    read_record,
)
from agent.outbox.rows import SEQUENCE_BITS, SEQUENCE_MASK, Epoch, Row

_TELLING = (b"device.started", b"data.purged", b"data.dropped")

_ONCE = AGES[:1]


@dataclass(slots=True)
class Findings:
    """What the reading of a store came to."""

    rows: int = 0
    """Rows that were handed out."""
    damaged: int = 0
    """Entries of newest pages that are no sound record or whose checksum does not hold."""
    orphans: int = 0
    """Sound rows whose epoch is unknown: they cannot be given their key."""
    unreadable: int = 0
    """Pages that the disk would not give."""


class Salvage:
    """Reads a store's main file and its WAL. Raises OSError when the file cannot be opened.

    Iterate over `rows` once; `found` and `holes` are complete behind it. `tell` is called again
    and again while there is reading: a failing card takes its time.
    """

    def __init__(
        self, path: Path, *, wal: Path | None = None, tell: Callable[[], None] = lambda: None
    ) -> None:
        self._images = Images(path, wal=wal or path.with_name(f"{path.name}-wal"), tell=tell)
        self._overflow_left = 10_000 + 8 * self._images.count
        self._seen = Positions()
        self._witness = Witness()
        self.found = Findings()
        self._survey()
        self.epochs: dict[int, Epoch] = self._witness.epochs()
        """Epochs that may be believed, by number."""
        self.highest_number = max(self.epochs, default=0)
        """The highest number of an epoch that was met anywhere."""
        self._deleted = self._deleted_by_number()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        self._images.close()

    def rows(self) -> Iterator[Row]:
        """Yield every row that can be read, each position once, in its newest known state."""
        for number, page in self._images.newest():
            if leaf_kind(page, number=number) == TABLE_LEAF:
                yield from self._rows_on(page, number=number, newest=True)
        for number, page in self._images.older():
            if leaf_kind(page, number=number) == TABLE_LEAF:
                yield from self._rows_on(page, number=number, newest=False)
        self.found.unreadable = self._images.unreadable

    def holes(self) -> dict[str, tuple[Stretch, ...]]:
        """Return what is gone, by epoch id: first and last sequence of each stretch.

        What retention or a quota deleted is not among it. The record of the newest deletion
        outlives those of older ones: only behind it an epoch must begin with its first row.
        """
        present = self._seen.stretches()
        found = {e.id: self._gaps(e, present.get(number, [])) for number, e in self.epochs.items()}
        return {one: missing for one, missing in found.items() if missing}

    def _gaps(self, epoch: Epoch, present: list[Stretch]) -> tuple[Stretch, ...]:
        number = epoch.number
        known_whole = number > max(self._deleted, default=0)
        if not (present or known_whole):
            return ()
        first = 1 if known_whole else present[0][0]
        last = max(present[-1][1] if present else 0, self._witness.last_sequences.get(epoch.id, 0))
        deleted = (one for one in self._deleted.get(number, ()) if one[1] >= first)
        return gaps(merged([*present, *deleted]), first=first, last=last)

    def _survey(self) -> None:
        """Read what tells of other rows: epochs, first rows, deletions."""
        for images in (self._images.newest(), self._images.older()):
            for number, page in images:
                kind = leaf_kind(page, number=number)
                if kind == INDEX_LEAF:
                    for _, values in self._records(page, number=number):
                        self._witness.hear_index(values)
                elif kind == TABLE_LEAF and self._tells(page, number=number):
                    for rowid, values in self._records(page, number=number):
                        self._witness.hear_table(rowid, values)

    def _tells(self, page: bytes, *, number: int) -> bool:
        if any(word in page for word in _TELLING):
            return True
        first = next(self._records(page, number=number), None)
        return first is not None and not is_event(first[1])

    def _records(self, page: bytes, *, number: int) -> Iterator[tuple[int, list[Value]]]:
        for cell in leaf_cells(page, number=number):
            for age in AGES if cell is not None and cell.overflow else _ONCE:
                values = None if cell is None else self._decode(cell, age)
                if cell is not None and values is not None:
                    yield cell.rowid, values

    def _rows_on(self, page: bytes, *, number: int, newest: bool) -> list[Row]:
        rows: list[Row] = []
        damaged = 0
        for cell in leaf_cells(page, number=number):
            if cell is None:
                damaged += 1
            elif cell.rowid not in self._seen:
                damaged += not self._take(cell, rows)
        self.found.rows += len(rows)
        self.found.damaged += damaged if newest else 0
        return rows

    def _take(self, cell: Cell, rows: list[Row]) -> bool:
        """Add the cell's row if it may be handed out; returns whether the cell is sound."""
        epoch = self.epochs.get(cell.rowid >> SEQUENCE_BITS, NOBODY)
        for age in AGES if cell.overflow else _ONCE:
            values = self._decode(cell, age)
            if values is None:
                continue
            if not is_event(values):
                return True
            row = row_of(cell.rowid, values, epoch=epoch)
            if row is not None:
                self._keep(row, rows)
                return True
        return False

    def _keep(self, row: Row, rows: list[Row]) -> None:
        number = row.position >> SEQUENCE_BITS
        self._seen.add(row.position)
        self.highest_number = max(self.highest_number, number)
        if row.epoch is NOBODY:
            self.found.orphans += 1
        elif number not in self._deleted or not self._was_deleted(number, row.sequence):
            rows.append(row)

    def _decode(self, cell: Cell, age: Age = "newest") -> list[Value] | None:
        payload = self._payload(cell, age) if cell.overflow else cell.local
        if payload is None:
            return None
        try:
            return read_record(payload)
        except (ValueError, IndexError):
            return None

    def _payload(self, cell: Cell, age: Age) -> bytes | None:
        payload, following = cell.local, cell.overflow
        while len(payload) < cell.size:
            page = self._images.page(following, age)
            # A damaged file may send every cell down the same long chain.
            self._overflow_left -= 1
            if page is None or self._overflow_left < 0:
                return None
            following = int.from_bytes(page[:4], "big")
            payload += page[4 : 4 + cell.size - len(payload)]
        return payload

    def _deleted_by_number(self) -> dict[int, list[Stretch]]:
        by_id = self._witness.deleted
        numbered = ((number, by_id.get(epoch.id)) for number, epoch in self.epochs.items())
        return {number: merged(stretches) for number, stretches in numbered if stretches}

    def _was_deleted(self, number: int, sequence: int) -> bool:
        stretches = self._deleted[number]
        at = bisect_right(stretches, (sequence, SEQUENCE_MASK))
        return at > 0 and stretches[at - 1][1] >= sequence
