"""What the tests of salvage share: real stores, their truth as SQLite reads it, and damage."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, settings

from agent.events.catalogue import Answer, ResponseGiven
from agent.outbox import Row, Settlement, State
from agent.outbox.frames import FRAME_HEADER_BYTES
from agent.outbox.pages import Salvage
from agent.outbox.rows import SEQUENCE_BITS, Epoch
from agent.outbox.store import PAGE_BYTES
from tests.outbox.stores import acknowledge, keep, look, open_outbox, take_all

FIXED = slice(0, 9)  # what of a row never changes
FRAME = FRAME_HEADER_BYTES + PAGE_BYTES
Damage = tuple[str, float, float]


@dataclass(frozen=True, repr=False)
class Original:
    """A sound store, closed or as a crash leaves it, and what is in it."""

    path: Path
    rows: dict[int, Row]

    def copy(self, folder: Path) -> Path:
        for suffix in ("", "-wal"):
            if wal_or_main(self.path, suffix).exists():
                shutil.copy(wal_or_main(self.path, suffix), folder / f"copy.db{suffix}")
        return folder / "copy.db"


def wal_or_main(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def long_response(number: int) -> ResponseGiven:
    """An event that needs more than one overflow page."""
    answers = tuple(
        Answer(
            question=f"q{number}-{index}",
            options=("x" * 80,),
            ended="answered",
            duration_s=1.0,
            language="en",
        )
        for index in range(15)
    )
    return ResponseGiven(answers=answers)


def fill(path: Path) -> None:
    """Three epochs of rows in all states, two of them long."""
    for first in (1, 101, 201):
        outbox = open_outbox(path)
        keep(outbox, *range(first, first + 40))
        outbox.append(long_response(first)).result(10)
        rows = take_all(outbox)
        acknowledge(outbox, rows[:20])
        outbox.settle([Settlement(rows[25].position, State.REJECTED, 135)])
        outbox.close()


def truth(path: Path) -> dict[int, Row]:
    """What SQLite itself reads."""
    epochs = {e[0]: Epoch(*e) for e in look(path, "SELECT number, id, source, boot FROM epoch")}
    query = """SELECT position, kind, version, monotonic_ms, wall_ms, trust, earliest_ms, data,
                      state, reason FROM event"""
    return {
        position: Row._make(
            (position, epochs[position >> SEQUENCE_BITS], *fixed, State(state), reason)
        )
        for position, *fixed, state, reason in look(path, query)
    }


def crash(path: Path, into: Path) -> None:
    """Write on in a store, and take its files as a power cut would leave them."""
    outbox = open_outbox(path)
    keep(outbox, *range(301, 321))
    outbox.append(long_response(3)).result(10)
    for suffix in ("", "-wal"):
        shutil.copy(wal_or_main(path, suffix), wal_or_main(into, suffix))
    outbox.close()


def read(path: Path) -> tuple[dict[int, Row], Salvage]:
    with Salvage(path) as salvage:
        rows = list(salvage.rows())
    found = {row.position: row for row in rows}
    assert len(found) == len(rows), "a position came twice"
    return found, salvage


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


fast = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check_honest(found: dict[int, Row], original: Original) -> None:
    """Every row is one that was written, and none that waits is called delivered."""
    for position, row in found.items():
        written = original.rows[position]
        assert row[FIXED] == written[FIXED]
        if written.state is State.PENDING:
            assert row.state is State.PENDING


def pages_of(row: Row, content: bytes) -> set[int]:
    """The pages on which a short row lies, by the text that no other row has."""
    return pages_with(row.data.encode(), content)


def pages_with(text: bytes, content: bytes) -> set[int]:
    at, pages = content.find(text), set()
    while at >= 0:
        pages.add(at // PAGE_BYTES + 1)
        at = content.find(text, at + 1)
    return pages
