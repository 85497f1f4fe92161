"""What a benchmark tells: rows of ours beside theirs, as a table or as JSON."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agent.doctor.storage import filesystem_of


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. Without a peer `peer`, `theirs` and `ratio` are None."""

    metric: str
    unit: str
    ours: float
    peer: str | None = None
    theirs: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours by theirs."""
        return None if not self.theirs else self.ours / self.theirs

    def as_json(self) -> dict[str, Any]:
        """Return the row as it stands in the JSON, rounded to what can be meant."""
        row = asdict(self) | {"ratio": self.ratio}
        return {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}


@dataclass(frozen=True, slots=True)
class Report:
    """What one benchmark found."""

    machine: str
    rows: list[Figure]

    def as_json(self, name: str) -> dict[str, object]:
        """Return the report in the form every benchmark has."""
        rows = [row.as_json() for row in self.rows]
        return {"bench": name, "machine": self.machine, "rows": rows}

    def show(self, name: str) -> None:
        """Print the report as a table."""
        table = Table(title=f"{name}: {self.machine}")
        for title in ("metric", "unit"):
            table.add_column(title)
        for title in ("ours", "theirs", "ratio"):
            table.add_column(title, justify="right")
        table.add_column("peer")
        for row in self.rows:
            cells = (_number(row.ours), _number(row.theirs), _number(row.ratio))
            table.add_row(row.metric, row.unit, *cells, row.peer or "")
        Console().print(table)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that `percent` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def compared(
    metric: str,
    ours_ms: Sequence[float],
    *,
    peer: str,
    theirs_ms: Sequence[float],
    percents: tuple[int, ...] = (50, 99),
) -> list[Figure]:
    """Return one row for every percentile of two series of milliseconds."""
    return [
        Figure(
            f"{metric}, p{percent}",
            "ms",
            percentile(ours_ms, percent),
            peer,
            percentile(theirs_ms, percent),
        )
        for percent in percents
    ]


def alone(metric: str, ours_ms: Sequence[float], *, percents: tuple[int, ...]) -> list[Figure]:
    """Return one row for every percentile of a series of milliseconds that has no peer."""
    return [Figure(f"{metric}, p{each}", "ms", percentile(ours_ms, each)) for each in percents]


def machine(folder: Path) -> str:
    """Say in one line what was measured on."""
    parts = (
        platform.machine(),
        f"{os.cpu_count()} cores",
        f"{platform.system()} {platform.release()}",
        filesystem_of(folder),
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
    )
    return ", ".join(parts)
