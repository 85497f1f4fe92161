"""Reads the store of a disk that was cut off."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from agent.events.envelope import event_id
from agent.outbox.rows import SEQUENCE_BITS, State
from virtual_pi.disks import take_store
from virtual_pi.ledger import Rating

_MASK = (1 << SEQUENCE_BITS) - 1
_QUERY = """SELECT position, kind, state, monotonic_ms, json_extract(data, '$.key'),
                   epoch.source, epoch.id, epoch.boot
            FROM event JOIN epoch ON epoch.number = position >> ? ORDER BY position"""


@dataclass(frozen=True, slots=True)
class Found:
    """What a store holds."""

    ratings: tuple[Rating, ...] = ()
    pending: frozenset[str] = frozenset()
    """Keys of the rows the next boot has yet to publish."""
    sound: bool = True
    """SQLite's integrity check found nothing."""
    holes: Counter[str] = field(default_factory=Counter)
    """How many numbers are missing before the last one, by boot."""

    def of_boot(self, boot: str) -> tuple[Rating, ...]:
        """Return the ratings of one boot."""
        return tuple(rating for rating in self.ratings if rating.boot == boot)


def read_disk(image: Path) -> Found:
    """Read the store on a disk image, as the next boot would find it; an absent one is empty."""
    with tempfile.TemporaryDirectory(dir=image.parent) as folder:
        return read_store(take_store(image, into=Path(folder)))


def read_store(path: Path) -> Found:
    """Read a store; SQLite recovers its log."""
    if not path.exists() or path.stat().st_size == 0:
        return Found()
    with closing(sqlite3.connect(path)) as database:
        try:
            sound = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            rows = database.execute(_QUERY, (SEQUENCE_BITS,)).fetchall()
        except sqlite3.DatabaseError as error:
            # With synchronous=NORMAL even the tables of a young store may be gone.
            return Found(sound="no such table" in str(error))
    ratings, pending = [], set()
    last: dict[tuple[str, str], int] = {}
    holes: Counter[str] = Counter()
    for position, kind, state, monotonic_ms, key, source, epoch, boot in rows:
        sequence = position & _MASK
        name = event_id(source, epoch, sequence)
        holes[boot] += sequence - last.get((boot, epoch), 0) - 1
        last[boot, epoch] = sequence
        if kind == "rating.given":
            ratings.append(Rating(name, boot, key, monotonic_ms / 1000))
        if state == State.PENDING:
            pending.add(name)
    return Found(tuple(ratings), frozenset(pending), sound, holes)
