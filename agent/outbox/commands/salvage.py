"""`smilepost outbox salvage`: what can still be read of a damaged store, and bringing it back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from agent.outbox.commands import words
from agent.outbox.commands.bringing import bring
from agent.outbox.commands.output import refuse_stores, tell, terminal, written
from agent.outbox.commands.reading import Reading, Report, read
from agent.outbox.commands.target import NotAStoreError, find, opened, set_aside_files


def salvage_command(
    files: list[Path], *, config: Path, out: Path | None, into: Path | None, as_json: bool
) -> int:
    """Say what can be read; write it to `out`, or bring what is missing `into` a store.

    Without files: those that were set aside for the configured store. Returns 1 where a file has
    no row at all, and where rows are gone: without `into` those that a file lost, else those that
    the store lacks after it.
    """
    chosen = files or set_aside_files(find(None, config=config).path)
    if not chosen:
        return _nothing_to_do(as_json=as_json)
    if into is not None:
        _refuse(chosen, into)
    if out is not None:
        stores = chosen if into is None else [*chosen, into]
        refuse_stores(out, stores=stores, config=config)
    readings = _read(chosen, out)
    reports = [one.report for one in readings]
    with terminal() as shown:
        if as_json:
            shown.write(json.dumps([_facts(one) for one in reports], indent=2) + "\n")
        else:
            shown.writelines(f"{line}\n" for line in _told(reports, out=out, into=into))
    if into is None:
        return 0 if all(one.whole for one in reports) else 1
    brought = bring(readings, into, tell=_tell_aside if as_json else tell)
    return 0 if brought and all(one.rows for one in reports) else 1


def _nothing_to_do(*, as_json: bool) -> int:
    told = "[]" if as_json else "no file was set aside for this store: there is nothing to salvage"
    tell(told)
    return 0


def _tell_aside(line: str) -> None:
    """Keep what programs read apart from what people do."""
    sys.stderr.write(f"{line}\n")


def _refuse(files: list[Path], into: Path) -> None:
    """Refuse a target that is no sound store, or is one of the files themselves."""
    if any(file.resolve() == into.resolve() for file in files):
        raise NotAStoreError(f"{into} cannot be salvaged into itself: name the store in use")
    with opened(into):
        pass


def _read(files: list[Path], out: Path | None) -> list[Reading]:
    if out is None:
        return [read(file) for file in files]
    with written(out) as stream:
        return [read(file, stream) for file in files]


def _facts(report: Report) -> dict[str, object]:
    return {**asdict(report), "missing_rows": report.missing_rows}


def _told(reports: list[Report], *, out: Path | None, into: Path | None) -> Iterator[str]:
    for report in reports:
        yield from _lines(report)
    if out is not None:
        yield f"{words.rows(sum(one.rows for one in reports))} written to {out}"
    if out is into is None and any(one.rows for one in reports):
        yield "nothing was changed: --into STORE brings back the rows that STORE lacks"


def _lines(report: Report) -> Iterator[str]:
    states = ", ".join(f"{count:,} {state}" for state, count in report.states.items())
    yield report.file
    yield f"  readable   {words.rows(report.rows)}: {states or 'is it a store?'}"
    yield f"  missing    {_missing(report)}"
    yield f"  damaged    {_damaged(report)}"
    if report.orphans:
        yield f"  nameless   {words.rows(report.orphans)} are sound, but their epoch is lost"
    if report.unreadable_pages:
        yield f"  unreadable {report.unreadable_pages:,} pages: the disk itself fails"


def _missing(report: Report) -> str:
    if not report.missing:
        return "none known"
    return f"{words.rows(report.missing_rows)}: nothing is left of them in this file"


def _damaged(report: Report) -> str:
    if not report.damaged:
        return "no other entry" if report.missing else "none"
    return f"{report.damaged:,} entries are beyond reading"
