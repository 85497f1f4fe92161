"""Events as a flat table that a spreadsheet can open without harm."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from agent.clock import iso_utc
from agent.events.catalogue import CATALOGUE
from agent.outbox.rows import Row

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins so for a formula, and runs it."""
_ENVELOPE = (
    "id",
    "kind",
    "version",
    "time",
    "timeearliest",
    "clock",
    "source",
    "epoch",
    "sequence",
    "boot",
    "monotonic_ms",
    "state",
    "reason",
)
_REST = "data"


def write_csv(rows: Iterable[Row], out: TextIO, kinds: frozenset[str] = frozenset()) -> None:
    """Write a flat table: the envelope, then the fields of the kinds, then `data` for the rest.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    fields = _fields(kinds)
    writer = csv.writer(out)
    named = (f"data.{name}" if name in _ENVELOPE else name for name in fields)
    writer.writerow((*_ENVELOPE, *named, _REST))
    writer.writerows(_cells(row, fields) for row in rows)


def _fields(kinds: frozenset[str]) -> tuple[str, ...]:
    """Return the fields of data, in the catalogue's order, each once."""
    wanted = (event for event in CATALOGUE if not kinds or event.kind in kinds)
    return tuple(dict.fromkeys(name for event in wanted for name in event.model_fields))


def _cells(row: Row, fields: Sequence[str]) -> list[str | int | float]:
    data = json.loads(row.data)
    known = [data.pop(name, None) for name in fields]
    envelope = (
        row.event_id,
        row.kind,
        row.version,
        None if row.wall_ms is None else iso_utc(row.wall_ms),
        None if row.earliest_ms is None else iso_utc(row.earliest_ms),
        row.trust,
        row.epoch.source,
        row.epoch.id,
        row.sequence,
        row.epoch.boot,
        row.monotonic_ms,
        row.state.name.lower(),
        row.reason,
    )
    return [cell(value) for value in (*envelope, *known, data or None)]


def cell(value: Any) -> str | int | float:
    """Write a value so that no spreadsheet takes it for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) else text
