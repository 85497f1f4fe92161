"""What is known of a store: gathered by looking, for people and for programs alike."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from agent.clock import Moment
from agent.outbox.commands.target import Target, is_in_use, set_aside_files
from agent.outbox.eviction import CLASSES, class_of
from agent.outbox.progress import read_progress
from agent.outbox.requests import waiting
from agent.outbox.rescue import is_salvaged
from agent.outbox.rows import SEQUENCE_BITS, SEQUENCE_MASK, State

_MIB = 1 << 20
_STATES = {int(state): state.name.lower() for state in State}


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest row of a state."""

    event_id: str
    kind: str
    age_s: float | None
    """None where neither the boot nor a wall clock tells."""
    by: str
    """What the age is known by: `monotonic`, `wall` or `nothing`."""


@dataclass(frozen=True, slots=True)
class Size:
    """Room, in bytes."""

    used: int
    """Pages that hold something."""
    file: int
    wal: int
    quota: int | None
    """From the configuration; None without one."""
    disk_free: int
    disk_kept_free: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a store."""

    store: str
    schema: int
    agent_running: bool
    """Whether something holds the store open for writing."""
    requests: dict[str, int]
    """What commands have asked the agent for: `taken` (it is at it) and `waiting`."""
    size: Size
    states: dict[str, int]
    classes: dict[str, dict[str, int]]
    """Rows by class of retention, then by state."""
    rejected: dict[str, int]
    """Rejected rows by MQTT reason code; 256 is a damaged row."""
    oldest_pending: Oldest | None
    oldest_unconfirmed: Oldest | None
    """Of the acknowledged rows, where the configuration says that the centre confirms them."""
    dropped: list[dict[str, str | int]]
    """By reason and class: rows lost to a quota, a full disk, or damage."""
    purged: int
    """Rows deleted after their retention, as far as the store still tells."""
    epochs: list[dict[str, str | int]]
    set_aside: list[dict[str, str | int]]
    """Damaged files; `salvage` is `left`, `under way` (with the `rows` so far) or `done`."""
    damage: str | None
    """What `--check` found; None when nothing, or when it was not asked."""
    checked: bool


def look(db: sqlite3.Connection, target: Target, *, now: Moment, check: bool) -> Status:
    """Gather everything about a store."""
    counts = _counts(db)
    return Status(
        store=str(target.path),
        schema=_one(db, "PRAGMA user_version"),
        agent_running=is_in_use(target.path),
        requests=dict(zip(("taken", "waiting"), waiting(target.path), strict=True)),
        size=_size(db, target),
        states=_by_state(counts),
        classes=_by_class(counts),
        rejected=_by_reason(counts),
        oldest_pending=_oldest(db, now, State.PENDING),
        oldest_unconfirmed=_oldest(db, now, State.ACKNOWLEDGED) if target.receipts else None,
        dropped=_dropped(db),
        purged=sum(_count(told) for told in _told(db, "data.purged")),
        epochs=_epochs(db),
        set_aside=_set_aside(target.path),
        damage=_damage(db) if check else None,
        checked=check,
    )


Counts = Counter[tuple[str, int, int | None]]
"""Rows by kind, state and reason."""


def _counts(db: sqlite3.Connection) -> Counts:
    query = "SELECT kind, state, reason, count(*) FROM event GROUP BY kind, state, reason"
    return Counter({(kind, state, reason): n for kind, state, reason, n in db.execute(query)})


def _by_state(counts: Counts) -> dict[str, int]:
    found = dict.fromkeys(_STATES.values(), 0)
    for (_, state, _), count in counts.items():
        found[_STATES.get(state, "unknown")] = found.get(_STATES.get(state, "unknown"), 0) + count
    return found


def _by_class(counts: Counts) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name in CLASSES:
        of_it = Counter({k: n for k, n in counts.items() if class_of(k[0]) == name})
        if of_it:
            found[name] = _by_state(of_it)
    return found


def _by_reason(counts: Counts) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (_, state, reason), count in counts.items():
        if state == State.REJECTED:
            found["none" if reason is None else str(reason)] += count
    return dict(sorted(found.items()))


def _oldest(db: sqlite3.Connection, now: Moment, state: State) -> Oldest | None:
    query = """SELECT position, kind, monotonic_ms, wall_ms, id, source, boot
               FROM event JOIN epoch ON number = position >> ?
               WHERE state = ? ORDER BY position LIMIT 1"""
    found = db.execute(query, (SEQUENCE_BITS, state)).fetchone()
    if found is None:
        return None
    position, kind, monotonic_ms, wall_ms, epoch, source, boot = found
    event_id = f"{source}/{epoch}/{position & SEQUENCE_MASK:020d}"
    if boot == now.boot:
        return Oldest(event_id, kind, (now.monotonic_ms - monotonic_ms) / 1000, "monotonic")
    if wall_ms is not None and now.wall_ms is not None:
        return Oldest(event_id, kind, max(0, now.wall_ms - wall_ms) / 1000, "wall")
    return Oldest(event_id, kind, None, "nothing")


def _told(db: sqlite3.Connection, kind: str) -> list[dict[str, object]]:
    found = db.execute("SELECT data FROM event WHERE kind = ? ORDER BY position", (kind,))
    return [told for (data,) in found if isinstance(told := _parsed(data), dict)]


def _parsed(data: str) -> object:
    try:
        return json.loads(data)
    except ValueError:  # a damaged row tells nothing
        return None


def _count(told: dict[str, object]) -> int:
    ranges = told.get("ranges")
    stretches = ranges.values() if isinstance(ranges, dict) else ()
    return sum(last - first + 1 for of_epoch in stretches for first, last in of_epoch)


def _dropped(db: sqlite3.Connection) -> list[dict[str, str | int]]:
    found: Counter[tuple[str, str]] = Counter()
    for told in _told(db, "data.dropped"):
        found[str(told.get("reason")), str(told.get("retained_class"))] += _count(told)
    return [{"reason": why, "class": what, "rows": n} for (why, what), n in sorted(found.items())]


def _epochs(db: sqlite3.Connection) -> list[dict[str, str | int]]:
    query = "SELECT number, id, source, boot FROM epoch ORDER BY number"
    last = "SELECT max(position) FROM event WHERE position BETWEEN ? AND ?"
    found: list[dict[str, str | int]] = []
    for number, epoch, source, boot in db.execute(query).fetchall():
        first = number << SEQUENCE_BITS
        newest = db.execute(last, (first, first | SEQUENCE_MASK)).fetchone()[0]
        told = {"number": number, "id": epoch, "source": source, "boot": boot}
        found.append({**told, "last_sequence": 0 if newest is None else newest - first})
    return found


def _size(db: sqlite3.Connection, target: Target) -> Size:
    page_bytes, settings = _one(db, "PRAGMA page_size"), target.settings
    pages, free = _one(db, "PRAGMA page_count"), _one(db, "PRAGMA freelist_count")
    wal = target.path.with_name(f"{target.path.name}-wal")
    return Size(
        used=(pages - free) * page_bytes,
        file=pages * page_bytes,
        wal=wal.stat().st_size if wal.exists() else 0,
        quota=None if settings is None else settings.quota_mb * _MIB,
        disk_free=shutil.disk_usage(target.path.parent).free,
        disk_kept_free=None if settings is None else settings.free_disk_mb * _MIB,
    )


def _set_aside(path: Path) -> list[dict[str, str | int]]:
    return [_aside(file) for file in set_aside_files(path)]


def _aside(file: Path) -> dict[str, str | int]:
    told: dict[str, str | int] = {"file": str(file), "bytes": file.stat().st_size}
    rows = read_progress(file)
    if rows is not None:
        return {**told, "salvage": "under way", "rows": rows}
    return {**told, "salvage": "done" if is_salvaged(file) else "left"}


def _damage(db: sqlite3.Connection) -> str | None:
    try:
        found: str = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else found


def _one(db: sqlite3.Connection, query: str) -> int:
    found: int = db.execute(query).fetchone()[0]
    return found
