"""What can be read of a damaged store, told in figures."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from agent.outbox.commands.target import NotAStoreError
from agent.outbox.pages import Salvage
from agent.outbox.rows import Epoch, Row, to_message


@dataclass(frozen=True, slots=True)
class Report:
    """What can be read of one file."""

    file: str
    rows: int
    states: dict[str, int]
    epochs: int
    damaged: int
    """Entries that are beyond reading."""
    orphans: int
    """Sound rows whose epoch is lost."""
    unreadable_pages: int
    missing: dict[str, tuple[tuple[int, int], ...]]
    """What is gone, by epoch id: first and last sequence of each stretch."""

    @property
    def missing_rows(self) -> int:
        """How many rows are known to be gone."""
        return sum(last - first + 1 for found in self.missing.values() for first, last in found)

    @property
    def whole(self) -> bool:
        """Whether there are rows, and none is known to be gone."""
        return self.rows > 0 and not (self.missing or self.damaged or self.orphans)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was met while a file was read."""

    file: Path
    report: Report
    epochs: tuple[Epoch, ...]
    by_epoch: Counter[str]
    """Readable rows by epoch id."""


def open_salvage(path: Path) -> Salvage:
    """Open a file to salvage. Raises NotAStoreError when it cannot be read."""
    try:
        return Salvage(path)
    except OSError as error:
        raise NotAStoreError(f"{path} cannot be read: {error.strerror}") from error


def write_jsonl(rows: Iterable[Row], out: TextIO, _kinds: frozenset[str] = frozenset()) -> None:
    """Write each row's CloudEvents message, a line each."""
    out.writelines(f"{to_message(row, replayed=True).decode()}\n" for row in rows)


def read(file: Path, stream: TextIO | None = None) -> Reading:
    """Read a file to its end; its rows go to the stream, as messages."""
    states: Counter[str] = Counter()
    by_epoch: Counter[str] = Counter()
    with open_salvage(file) as salvage:
        rows = _tallied(salvage.rows(), states, by_epoch)
        if stream is None:
            deque(rows, maxlen=0)
        else:
            write_jsonl(rows, stream)
        report = _report(file, salvage, states)
        return Reading(file, report, tuple(salvage.epochs.values()), by_epoch)


def _report(file: Path, salvage: Salvage, states: Counter[str]) -> Report:
    return Report(
        file=str(file),
        rows=salvage.found.rows,
        states=dict(sorted(states.items())),
        epochs=len(salvage.epochs),
        damaged=salvage.found.damaged,
        orphans=salvage.found.orphans,
        unreadable_pages=salvage.found.unreadable,
        missing=salvage.holes(),
    )


def _tallied(rows: Iterable[Row], states: Counter[str], by_epoch: Counter[str]) -> Iterator[Row]:
    for row in rows:
        states[row.state.name.lower()] += 1
        by_epoch[row.epoch.id] += 1
        yield row
