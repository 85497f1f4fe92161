"""`smilepost outbox salvage`: what can still be read of a damaged store, and bringing it back."""

from __future__ import annotations

import json
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from agent.errors import StoreError
from agent.outbox.chores import Adopt
from agent.outbox.commands import words
from agent.outbox.commands.export import open_salvage, write_jsonl
from agent.outbox.commands.output import refuse_stores, written
from agent.outbox.commands.target import NotAStoreError, find, opened, set_aside_files
from agent.outbox.commands.writing import change
from agent.outbox.lock import StoreInUseError
from agent.outbox.pages import Salvage
from agent.outbox.requests import SalvageRequest, perform_alone
from agent.outbox.rescue import newest_first
from agent.outbox.rows import Epoch, Row
from agent.outbox.store import Store

_BATCH_ROWS = 500


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


def salvage_command(
    files: list[Path], *, config: Path, out: Path | None, into: Path | None, as_json: bool
) -> int:
    """Say what can be read; write it to `out`, or bring what is missing `into` a store.

    Without files: those that were set aside for the configured store. Returns 1 where a file has
    no row at all.
    """
    chosen = files or set_aside_files(find(None, config=config).path)
    if not chosen:
        return _nothing_to_do(as_json=as_json)
    if into is not None:
        _refuse(chosen, into)
    if out is not None:
        stores = chosen if into is None else [*chosen, into]
        refuse_stores(out, stores=stores, config=config)
    reports = _read(chosen, out)
    if as_json:
        sys.stdout.write(json.dumps([_facts(one) for one in reports], indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _told(reports, out=out, into=into))
    if into is not None:
        for file in newest_first(chosen):
            _bring(file, into)
    return 0 if all(one.rows for one in reports) else 1


def _nothing_to_do(*, as_json: bool) -> int:
    told = "[]" if as_json else "no file was set aside for this store: there is nothing to salvage"
    sys.stdout.write(f"{told}\n")
    return 0


def _refuse(files: list[Path], into: Path) -> None:
    """Refuse a target that is no sound store, or is one of the files themselves."""
    if any(file.resolve() == into.resolve() for file in files):
        raise NotAStoreError(f"{into} cannot be salvaged into itself: name the store in use")
    with opened(into):
        pass


def _read(files: list[Path], out: Path | None) -> list[Report]:
    if out is None:
        return [_report(file, None) for file in files]
    with written(out) as stream:
        return [_report(file, stream) for file in files]


def _report(file: Path, stream: TextIO | None) -> Report:
    states: Counter[str] = Counter()
    with open_salvage(file) as salvage:
        rows = _tallied(salvage.rows(), states)
        if stream is None:
            deque(rows, maxlen=0)
        else:
            write_jsonl(rows, stream)
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


def _tallied(rows: Iterable[Row], states: Counter[str]) -> Iterator[Row]:
    for row in rows:
        states[row.state.name.lower()] += 1
        yield row


def _facts(report: Report) -> dict[str, object]:
    return {**asdict(report), "missing_rows": report.missing_rows}


def _told(reports: list[Report], *, out: Path | None, into: Path | None) -> Iterator[str]:
    for report in reports:
        yield from _lines(report)
    if out is not None:
        yield f"{words.rows(sum(one.rows for one in reports))} written to {out}"
    if out is into is None:
        yield "nothing was changed: --into STORE brings back the rows that STORE lacks"


def _lines(report: Report) -> Iterator[str]:
    states = ", ".join(f"{count:,} {state}" for state, count in report.states.items())
    yield report.file
    yield f"  readable   {words.rows(report.rows)}: {states or 'is it a store?'}"
    yield f"  missing    {words.rows(report.missing_rows) if report.missing else 'none known'}"
    yield f"  damaged    {_entries(report.damaged)}"
    if report.orphans:
        yield f"  nameless   {words.rows(report.orphans)} are sound, but their epoch is lost"
    if report.unreadable_pages:
        yield f"  unreadable {report.unreadable_pages:,} pages: the disk itself fails"


def _entries(count: int) -> str:
    return f"{count:,} entries are beyond reading" if count else "none"


def _bring(file: Path, into: Path) -> None:
    """Put the rows of a file that a store lacks into it, and say how many those were."""
    beside = file.resolve().parent == into.resolve().parent
    request = SalvageRequest(file=file.name) if beside else None
    with open_salvage(file) as salvage:
        try:
            count = change(into, request, alone=lambda store: _adopt(salvage, store))
        except StoreInUseError as error:
            text = f"an agent has {into} open and sees only its folder: copy {file} there first"
            raise StoreError(text) from error
        foreign = _foreign(salvage, into)
    brought = f"{words.rows(count)} brought" if count else "nothing new"
    sys.stdout.write(f"{brought} from {file.name} into {into}\n")
    for epoch in foreign:
        text = f"epoch {epoch.id} stays out: its number {epoch.number} is another epoch's there"
        sys.stdout.write(f"  {text}\n")


def _foreign(salvage: Salvage, into: Path) -> list[Epoch]:
    with opened(into) as db:
        known = {found for (found,) in db.execute("SELECT id FROM epoch")}
    return [epoch for epoch in salvage.epochs.values() if epoch.id not in known]


def _adopt(salvage: Salvage, store: Store) -> int:
    epochs, rows, adopted = list(salvage.epochs.values()), salvage.rows(), 0
    while batch := list(islice(rows, _BATCH_ROWS)):
        adopted += perform_alone(store, Adopt(epochs, batch))
    return adopted
