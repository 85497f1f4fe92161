"""`smilepost outbox export`: the stored events, as they are published or as a table.

Rows are read a few hundred at a time, each time anew: a slow reader of a long export keeps no
snapshot open, which would keep the agent's WAL from being used again.
"""

from __future__ import annotations

import difflib
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import StoreError
from agent.events.catalogue import CATALOGUE
from agent.outbox.commands import words
from agent.outbox.commands.output import refuse_stores, terminal, written
from agent.outbox.commands.reading import open_salvage, write_jsonl
from agent.outbox.commands.table import write_csv
from agent.outbox.commands.target import find, is_set_aside, opened
from agent.outbox.evidence import row_of
from agent.outbox.rows import SEQUENCE_BITS, Epoch, Row, State

_BATCH_ROWS = 500


class ExportUsageError(StoreError, ValueError):
    """The choice of rows makes no sense."""

    exit_code = 2


@dataclass(slots=True)
class Selection:
    """Which rows are wanted, and how many there were."""

    states: frozenset[State] = frozenset(State)
    kinds: frozenset[str] = frozenset()
    """Empty: all of them."""
    since_ms: int | None = None
    undated: int = 0
    """Rows left out because their time is unknown."""
    damaged: int = 0
    """Rows left out because their checksum does not hold."""
    written: int = 0

    def takes(self, row: Row) -> bool:
        """Tell whether a row is wanted."""
        if row.state not in self.states or (self.kinds and row.kind not in self.kinds):
            return False
        if self.since_ms is None:
            return True
        self.undated += row.wall_ms is None
        return row.wall_ms is not None and row.wall_ms >= self.since_ms


def export_command(
    file: Path | None, *, config: Path, form: str, selection: Selection, out: Path | None
) -> int:
    """Write the selected rows of a store; returns 1 when damaged ones had to be left out."""
    _refuse_unknown(selection.kinds)
    path = find(file, config=config).path
    if out is not None:
        refuse_stores(out, stores=[path], config=config)
    source = _salvaged(path) if is_set_aside(path) else stored(path, selection)
    wanted = _counted(filter(selection.takes, source), selection)
    write = write_csv if form == "csv" else write_jsonl
    with terminal() if out is None else written(out) as stream:
        write(wanted, stream, selection.kinds)
    _tell(selection, out)
    return 1 if selection.damaged else 0


def _refuse_unknown(kinds: frozenset[str]) -> None:
    known = [event.kind for event in CATALOGUE]
    for kind in kinds.difference(known):
        close = difflib.get_close_matches(kind, known, n=1)
        hint = f": did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
        raise ExportUsageError(f"there is no kind {kind}{hint}")


def stored(path: Path, selection: Selection) -> Iterator[Row]:
    """Yield all sound rows of a store in their order, up to the newest one of now.

    The selection counts the damaged ones. Raises NotAStoreError.
    """
    with opened(path) as db:
        found = db.execute("SELECT number, id, source, boot FROM epoch").fetchall()
        epochs = {number: Epoch(number, *names) for number, *names in found}
        high = db.execute("SELECT max(position) FROM event").fetchone()[0] or 0
        query = _query(db)
        after = 0
        while batch := db.execute(query, (after, high, _BATCH_ROWS)).fetchall():
            for values in batch:
                row = _row(values, epochs)
                if row is None:
                    selection.damaged += 1
                else:
                    yield row
            after = batch[-1][0]


def _query(db: sqlite3.Connection) -> str:
    columns = {name for _, name, *_ in db.execute("PRAGMA table_info(event)")}
    proof = "checksum" if "checksum" in columns else "NULL"
    return f"""SELECT position, NULL, state, reason, kind, version, monotonic_ms, wall_ms, trust,
                      earliest_ms, data, {proof} FROM event
               WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"""  # noqa: S608


def _row(values: Sequence[Any], epochs: dict[int, Epoch]) -> Row | None:
    """Return a row that may be believed, by the same rules as salvage."""
    position, *record = values
    epoch = epochs.get(position >> SEQUENCE_BITS)
    return None if epoch is None else row_of(position, record, epoch=epoch)


def _salvaged(path: Path) -> Iterator[Row]:
    """Read a file that was set aside, page by page: roughly in the order of its events."""
    with open_salvage(path) as salvage:
        yield from salvage.rows()


def _counted(rows: Iterable[Row], selection: Selection) -> Iterator[Row]:
    for row in rows:
        selection.written += 1
        yield row


def _tell(selection: Selection, out: Path | None) -> None:
    """Say on the other stream what was written and what was left out."""
    told = [] if out is None else [f"{words.rows(selection.written)} written to {out}"]
    if selection.undated:
        told.append(f"{words.rows(selection.undated)} left out: their time is not known")
    if selection.damaged:
        told.append(f"{words.rows(selection.damaged)} left out: damaged")
    sys.stderr.writelines(f"{line}\n" for line in told)
