"""What the outbox tests share: an outbox in a folder, events to put in, and a raw look inside."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.clock import Clock
from agent.events.catalogue import DeviceHealth
from agent.outbox import Limits, Outbox, Receipt, Row, Settlement, State
from agent.outbox.chores import Record
from agent.testing import FakeClock

SOURCE = "/acme/north/till-1"
FAR = 1 << 62


def open_outbox(
    path: Path,
    *,
    clock: Clock | None = None,
    limits: Limits | None = None,
    crash_point: Callable[[str], None] = lambda _point: None,
) -> Outbox:
    return Outbox(
        path,
        source=SOURCE,
        clock=clock or FakeClock(),
        software="1.2.3",
        limits=limits,
        crash_point=crash_point,
    )


def marked(number: int) -> DeviceHealth:
    """An event that can be told from others by its number."""
    return DeviceHealth(uptime_s=float(number), presses={}, pending=0, resident_mb=1.0)


def keep(outbox: Outbox, *numbers: int) -> list[Receipt]:
    futures = [outbox.append(marked(number)) for number in numbers]
    return [future.result(10) for future in futures]


def take_all(outbox: Outbox, *, after: int = 0) -> list[Row]:
    return outbox.take(after, up_to=outbox.high, limit=100_000)


def acknowledge(outbox: Outbox, rows: list[Row]) -> None:
    moves = [Settlement(row.position, State.ACKNOWLEDGED) for row in rows]
    outbox.settle(moves)


def finish(outbox: Outbox) -> None:
    """Wait until everything is done that the store was asked for."""
    assert outbox._writer.do(Record([]))


def look(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Ask a closed or running store's file directly."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def sequences(path: Path) -> dict[int, list[int]]:
    """Sequences in the file by epoch, which are counted from 1, the oldest first."""
    found: dict[int, list[int]] = {}
    for (position,) in look(path, "SELECT position FROM event ORDER BY position"):
        found.setdefault(position >> 40, []).append(position & ((1 << 40) - 1))
    return dict(enumerate(found.values(), start=1))
