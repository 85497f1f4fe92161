"""Checks of the store: whether its folder can hold answers, and how long one commit takes."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from agent.doctor.checks import Failed, NotApplicable
from agent.outbox.rescue import unfinished
from agent.outbox.store import Reader

COMMITS = 20
PAGE_BYTES = 4096
# Above this the lights pulse while the answer is being written.
SLOW_COMMIT_MS = 80.0

_MOUNTS = Path("/proc/self/mountinfo")
_IN_MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs"})
_OCTAL = re.compile(r"\\([0-7]{3})")


def store(database: Path, *, filesystem: Callable[[Path], str] | None = None) -> str:
    """Check that the store survives a power cut where it is, and that this user may write it."""
    folder = database.parent
    if not folder.is_dir():
        raise Failed(
            f"{folder} does not exist",
            remedy=f"install -d -m 0700 -o smilepost-agent -g smilepost {folder}",
        )
    kind = (filesystem or filesystem_of)(folder)
    if kind in _IN_MEMORY:
        raise Failed(
            f"{folder} is on {kind}: a power cut would empty it",
            remedy="set store.path to a file on the card or disk",
        )
    _refuse_read_only(database if database.exists() else folder)
    return f"{database} on {kind}"


def room_for_blocks(folder: Path, *, block_bytes: Callable[[Path], int] | None = None) -> str:
    """Check that a full disk cannot end the agent: small blocks leave holes in shared memory.

    SQLite maps an index of its log; where it lies on blocks below the processor's page size, a
    disk that fills up turns a touch of it into SIGBUS, which no program survives.
    """
    if not folder.is_dir():
        raise NotApplicable(f"{folder} does not exist yet")
    found = (block_bytes or _block_bytes)(folder)
    if found < PAGE_BYTES:
        raise Failed(
            f"the file system of {folder} has blocks of {found} bytes",
            remedy="put the store on a file system with 4096: mkfs.ext4 -b 4096",
        )
    return f"blocks of {found} bytes"


def dead_letters(database: Path) -> str:
    """Check that the broker has refused nothing, and that no damaged file is left to salvage."""
    if not database.is_file():
        raise NotApplicable(f"{database} does not exist yet")
    try:
        with contextlib.closing(Reader(database)) as reader:
            refused = reader.count_rejected()
    except sqlite3.Error as error:
        raise Failed(f"{database} cannot be read: {error}", remedy="run this as root") from error
    if refused:
        raise Failed(
            f"the broker refused {refused} events: they are kept",
            remedy="smilepost outbox status says why; then smilepost outbox replay --rejected",
        )
    asides = [file.name for file in unfinished(database)]
    if asides:
        raise Failed(
            f"damaged files were set aside and not salvaged: {', '.join(asides)}",
            remedy="smilepost outbox salvage says what is in them",
        )
    return "none"


def _block_bytes(folder: Path) -> int:
    return os.statvfs(folder).f_bsize


def _refuse_read_only(path: Path) -> None:
    if not os.access(path, os.W_OK):
        raise Failed(
            f"{path} is not writable for this user",
            remedy=f"run doctor as root or as smilepost-agent; chown smilepost-agent {path}",
        )


def commit_time(folder: Path, *, measure: Callable[[Path], list[float]] | None = None) -> str:
    """Measure commits as the outbox makes them: WAL, synchronous=FULL, one row each."""
    if not folder.is_dir():
        raise NotApplicable(f"{folder} does not exist yet")
    try:
        times_ms = sorted((measure or measure_commits)(folder))
    except (OSError, sqlite3.Error) as error:
        raise Failed(
            f"no database can be written in {folder}: {error}", remedy="see the check `store`"
        ) from error
    median_ms = statistics.median(times_ms)
    fact = f"median {median_ms:.1f} ms, slowest {times_ms[-1]:.1f} ms of {len(times_ms)} commits"
    if median_ms > SLOW_COMMIT_MS:
        raise Failed(fact, remedy="use a faster card (A1 or A2) or a USB disk: thanks come late")
    return fact


def measure_commits(folder: Path, *, count: int = COMMITS) -> list[float]:
    """Return the milliseconds of `count` commits to a scratch database in `folder`."""
    with tempfile.TemporaryDirectory(prefix=".doctor-", dir=folder) as scratch:
        database = sqlite3.connect(Path(scratch, "scratch.db"), isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=FULL")
            database.execute("CREATE TABLE row (payload TEXT)")
            return [_one_commit_ms(database) for _ in range(count)]
        finally:
            database.close()


def _one_commit_ms(database: sqlite3.Connection) -> float:
    began_s = time.perf_counter()
    database.execute("INSERT INTO row VALUES (?)", ("x" * 400,))
    return (time.perf_counter() - began_s) * 1000


def filesystem_of(folder: Path, *, mounts: Path = _MOUNTS) -> str:
    """Return the kind of file system `folder` lies on, as the kernel names it."""
    real, best, kind = folder.resolve(), -1, "unknown"
    for line in mounts.read_text("utf-8").splitlines():
        place, _, rest = line.partition(" - ")
        point = Path(_OCTAL.sub(lambda m: chr(int(m[1], 8)), place.split()[4]))
        if real.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), rest.split()[0]
    return kind
