"""A store on a disk that can only be read, looked at without SQLite.

A card that wears out turns read-only for good. SQLite must write beside a database in WAL mode even
to read it, so after a restart it could not be opened at all; its pages can be read all the same.
"""

from __future__ import annotations

from heapq import nsmallest
from operator import attrgetter
from pathlib import Path

from agent.outbox.rows import Row, State
from agent.outbox.spool import SPOOL_ROWS


def read_pending(path: Path) -> tuple[Row, ...]:
    """Return the oldest pending rows of a file that SQLite cannot open, oldest first.

    As many as memory is to hold; the others follow after the next start. Raises OSError when the
    file cannot even be read.
    """
    from agent.outbox.pages import Salvage  # noqa: PLC0415 - not loaded on an ordinary day

    with Salvage(path) as salvage:
        pending = (row for row in salvage.rows() if row.state is State.PENDING)
        return tuple(nsmallest(SPOOL_ROWS, pending, key=attrgetter("position")))
