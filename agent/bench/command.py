"""`smilepost bench NAME [--json]`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agent.bench.durable import measure_appends
from agent.bench.figures import Figure, machine
from agent.bench.idle import measure_idle
from agent.bench.kiosks import write_config
from agent.bench.presses import measure_presses
from agent.doctor.storage import filesystem_of
from agent.errors import StoreError, UplinkError
from agent.testing.broker import LocalBroker, free_port

FOLDER = Path(".cache/bench")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    appends: int = 300
    presses: int = 100
    paints: int = 60
    idle_s: float = 10.0


def bench_command(name: str, *, as_json: bool) -> int:
    """Run one benchmark and print it; returns the exit code."""
    report = run_press(FOLDER, sizes=Sizes())
    if as_json:
        json.dump(report.as_json(name), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        report.show(name)
    return 0


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


def run_press(folder: Path, *, sizes: Sizes) -> Report:
    """Measure the path of a press on the disk of `folder`. Raises StoreError on a tmpfs."""
    folder.mkdir(parents=True, exist_ok=True)
    if filesystem_of(folder) == "tmpfs":
        raise StoreError(f"{folder.absolute()} is on tmpfs: run the benchmark in another folder")
    with tempfile.TemporaryDirectory(dir=folder) as scratch, _broker_port() as broker_port:
        place = Path(scratch)
        rows = measure_appends(place, count=sizes.appends)
        idle, pressed = place / "idle", place / "pressed"
        for kiosk in (idle, pressed):
            kiosk.mkdir()
        port = free_port()
        config = write_config(idle, broker_port=broker_port, screen_port=port)
        rows += measure_idle(config, screen_port=port, seconds=sizes.idle_s)
        config = write_config(pressed, broker_port=broker_port, screen_port=0)
        rows += asyncio.run(measure_presses(config, presses=sizes.presses, paints=sizes.paints))
    return Report(machine(folder), rows)


@contextlib.contextmanager
def _broker_port() -> Iterator[int]:
    """Yield the port of a broker, or one where nobody listens when none is installed."""
    try:
        broker = LocalBroker()
    except UplinkError:
        yield free_port()
        return
    with broker:
        yield broker.port
