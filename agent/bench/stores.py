"""Our store beside raw SQLite and the stores people use, each appending in a process of its own.

All of them take turns in one run. "Device writes" are what the disk under the store wrote, the file
system's journal included: to a store just opened, and to one whose WAL is written over again and
again (one that still grows costs more).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.bench.disk import bytes_written, count_syncs, flush, own_disk, strace
from agent.bench.environment import program, versions
from agent.bench.figures import Figure, percentile
from agent.bench.servants import Servant
from agent.errors import StoreError

log = logging.getLogger(__name__)

OURS = "outbox"
BLOCK = 25
"""Appends in a row before the next store has its turn."""


@dataclass(frozen=True, slots=True)
class StoreSizes:
    """How much of the stores is measured."""

    appends: int = 500
    threads: int = 100
    rounds: int = 2
    """Of appending together."""
    sparse: int = 300
    sparse_rate: int = 100
    before: int = 2000
    """Appends until a store counts as in use: SQLite's own WAL has been full by then."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A store to be measured. `name` is what `agent.bench.peers.appending` knows it by."""

    name: str
    title: str
    python: Path | None = None

    def command(self, folder: Path) -> list[str]:
        """Return the command that starts it with its files in `folder`."""
        return program(self.python, "agent.bench.peers.appending", self.name, folder)


def subjects(python: Path | None) -> list[Subject]:
    """Return ours, SQLite itself and, with a Python for them, the peers."""
    ours = Subject(OURS, "this outbox")
    raw = [Subject("raw", "raw sqlite3, our pragmas"), Subject("default", "raw sqlite3, WAL, FULL")]
    if python is None:
        return [ours, *raw]
    pins = versions()
    names = ("persist-queue", "litequeue", "huey")
    # litequeue chooses NORMAL by itself: a power cut takes its last commits.
    notes = {"litequeue": ", synchronous=NORMAL"}
    peers = [Subject(n, f"{n} {pins[n]}{notes.get(n, '')}", python) for n in names]
    return [ours, *raw, *peers]


def measure_stores(scratch: Path, *, python: Path | None, sizes: StoreSizes) -> list[Figure]:
    """Measure durable appends: their time, syncs and device writes, ours beside each peer's."""
    every = subjects(python)
    with ExitStack() as stack:
        servants = {s: stack.enter_context(_servant(s, scratch)) for s in every}
        rows = _alone(servants, sizes) + _together(servants, sizes)
    return rows + _syncs(every, sizes, scratch) + _sparse(every, sizes, scratch)


@contextmanager
def _servant(subject: Subject, scratch: Path, before: Sequence[str] = ()) -> Iterator[Servant]:
    folder = scratch / f"store-{subject.name}"
    folder.mkdir(exist_ok=True)
    with Servant([*before, *subject.command(folder)], scratch=scratch) as servant:
        yield servant


def _alone(servants: dict[Subject, Servant], sizes: StoreSizes) -> list[Figure]:
    log.info("durable appends, one after the other: %d each", sizes.appends)
    times_ms: dict[Subject, list[float]] = {subject: [] for subject in servants}
    for servant in servants.values():
        servant.ask(f"alone {BLOCK}")
    for _ in range(max(1, sizes.appends // BLOCK)):
        for subject, servant in servants.items():
            times_ms[subject] += servant.ask(f"alone {BLOCK}")
    return [
        *_rows("one durable append, p50", "ms", times_ms, lambda ms: percentile(ms, 50)),
        *_rows("durable appends, one waiting", "/s", times_ms, lambda ms: 1000 * len(ms) / sum(ms)),
    ]


def _together(servants: dict[Subject, Servant], sizes: StoreSizes) -> list[Figure]:
    log.info("durable appends, %d waiting at once", sizes.threads)
    rates: dict[Subject, list[float]] = {subject: [] for subject in servants}
    each = max(1, sizes.appends // sizes.threads)
    for _ in range(sizes.rounds):
        for subject, servant in servants.items():
            seconds = servant.ask(f"together {sizes.threads} {each}")
            rates[subject].append(sizes.threads * each / seconds)
    return _rows(f"durable appends, {sizes.threads} waiting", "/s", rates, _middle)


def _sparse(every: list[Subject], sizes: StoreSizes, scratch: Path) -> list[Figure]:
    """Append with real gaps: what a till does to its card."""
    opened: dict[Subject, list[float]] = {}
    used: dict[Subject, list[float]] = {}
    try:
        with own_disk(scratch) as disk:
            for subject in every:
                log.info("sparse appends, %d a second: %s", sizes.sparse_rate, subject.title)
                with _servant(subject, disk) as servant:
                    opened[subject] = [_written(servant, sizes, disk)]
                    servant.ask(f"alone {sizes.before}")
                    used[subject] = [_written(servant, sizes, disk)]
    except StoreError as error:
        log.warning("device writes are left out: %s", error)
        return []
    metric = f"device writes at {sizes.sparse_rate}/s"
    return [
        *_rows(f"{metric}, store just opened", "bytes/event", opened, min),
        *_rows(f"{metric}, store in use", "bytes/event", used, min),
    ]


def _written(servant: Servant, sizes: StoreSizes, disk: Path) -> float:
    """Return the bytes the disk wrote for each event."""
    flush(disk)
    before = bytes_written(disk)
    servant.ask(f"spaced {sizes.sparse} {sizes.sparse_rate}")
    flush(disk)
    return (bytes_written(disk) - before) / sizes.sparse


def _syncs(every: list[Subject], sizes: StoreSizes, scratch: Path) -> list[Figure]:
    """Count sync calls with strace; what opening and closing costs is subtracted."""
    if strace(scratch) is None:
        log.warning("syncs are left out: strace is not installed (apt install strace)")
        return []
    log.info("syncs an event, counted by strace")
    each = max(1, sizes.appends // sizes.threads)
    orders = {
        "syncs, one waiting": (f"alone {sizes.appends}", sizes.appends),
        f"syncs, {sizes.threads} waiting": (
            f"together {sizes.threads} {each}",
            sizes.threads * each,
        ),
    }
    opened = {subject: _synced(subject, "alone 0", scratch) for subject in every}
    rows = []
    for metric, (order, events) in orders.items():
        counts = {s: [(_synced(s, order, scratch) - opened[s]) / events] for s in every}
        rows += _rows(metric, "/event", counts, min)
    return rows


def _synced(subject: Subject, order: str, scratch: Path) -> int:
    record = scratch / "strace.log"
    with _servant(subject, scratch, strace(record) or ()) as servant:
        servant.ask(order)
    return count_syncs(record)


def _middle(values: Sequence[float]) -> float:
    return percentile(values, 50)


def _rows(
    metric: str,
    unit: str,
    measured: dict[Subject, list[float]],
    summary: Callable[[Sequence[float]], float],
) -> list[Figure]:
    """Return one row a peer."""
    told = {subject: summary(values) for subject, values in measured.items()}
    ours = next(value for subject, value in told.items() if subject.name == OURS)
    return [
        Figure(metric, unit, ours, subject.title, value)
        for subject, value in told.items()
        if subject.name != OURS
    ]
