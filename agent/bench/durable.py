"""What durability costs: an append, a raw commit, the disk's own fsync, as steps to be measured."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from agent.clock import SystemClock
from agent.events.catalogue import RatingGiven
from agent.outbox import Outbox
from agent.outbox.store import CHECKPOINT_PAGES, PAGE_BYTES

FSYNC_BYTES = 4096

RATING = RatingGiven(
    key="very_good", value=5, scale=5, sentiment=1, channel="button", counts=True, rule_version=1
)


def timed_ms(step: Callable[[], None]) -> float:
    """Return how many milliseconds a step took."""
    began_s = time.perf_counter()
    step()
    return (time.perf_counter() - began_s) * 1000


@contextmanager
def outbox_append(folder: Path) -> Iterator[Callable[[], None]]:
    """Yield a step that appends one rating and waits until it is durable."""
    path = folder / "append.db"
    outbox = Outbox(path, source="/bench/bench/bench", clock=SystemClock(), software="bench")

    def append() -> None:
        outbox.append(RATING).result()

    yield append
    outbox.close()


@contextmanager
def raw_commit(folder: Path) -> Iterator[Callable[[], None]]:
    """Yield a step that inserts one row of the same size with the same pragmas."""
    pragmas = (f"page_size = {PAGE_BYTES}", "journal_mode = WAL", "synchronous = FULL")
    checkpoint = f"wal_autocheckpoint = {CHECKPOINT_PAGES}"
    with _raw(folder / "raw.db", (*pragmas, checkpoint)) as commit:
        yield commit


@contextmanager
def default_commit(folder: Path) -> Iterator[Callable[[], None]]:
    """Yield a step that inserts the same row with SQLite's own page size and checkpoints."""
    with _raw(folder / "default.db", ("journal_mode = WAL", "synchronous = FULL")) as commit:
        yield commit


@contextmanager
def _raw(path: Path, pragmas: tuple[str, ...]) -> Iterator[Callable[[], None]]:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in pragmas:
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE IF NOT EXISTS event (position INTEGER PRIMARY KEY, data TEXT)")
    data = RATING.model_dump_json() + " " * 60  # the other columns of a row of ours
    lock = threading.Lock()  # the steps of several threads are several transactions

    def commit() -> None:
        with lock:
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO event (data) VALUES (?)", (data,))
            database.execute("COMMIT")

    yield commit
    database.close()


@contextmanager
def fsync(folder: Path) -> Iterator[Callable[[], None]]:
    """Yield a step that appends one page to a file and waits for the disk."""
    handle = os.open(folder / "fsync.bin", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    page = b"x" * FSYNC_BYTES

    def sync() -> None:
        os.write(handle, page)
        os.fsync(handle)

    yield sync
    os.close(handle)


STEPS: dict[str, Callable[[Path], AbstractContextManager[Callable[[], None]]]] = {
    "outbox": outbox_append,
    "raw": raw_commit,
    "default": default_commit,
}
"""What `agent.bench.peers.appending` can be told to measure of ours, and of SQLite itself."""
