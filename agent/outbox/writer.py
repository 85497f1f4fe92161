"""The one thread that writes: groups what waits into one commit, and survives a dead disk.

When a commit fails (disk full, read-only file system, I/O error), the drafts it held go to a new
epoch in memory and their writers are told so. That epoch is published like any other and becomes
an ordinary epoch of the file as soon as the file takes it, with the same keys.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from agent.clock import Clock
from agent.events.catalogue import DataPurged, DeviceFault, DeviceStarted, PreviousEpoch
from agent.outbox.rows import Draft, Epoch, Row, number_draft
from agent.outbox.store import Settlement, Store

log = logging.getLogger(__name__)

ACK_BATCH = 100
ACK_LINGER_S = 5.0
RETRY_S = 2.0
PURGE_ROWS = 2000
# Far above any epoch a file has, for an epoch born while the file cannot be read.
_UNKNOWN_NUMBER = 1 << 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """Told to whoever appended, when the event is kept."""

    event_id: str
    position: int
    durable: bool
    """False: the store cannot be written, the event is kept in memory for now."""
    committed_s: float
    """Monotonic time at which the commit returned."""


@dataclass(slots=True)
class _Work:
    """What waits for the next commit."""

    drafts: list[tuple[Draft, Future[Receipt]]] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    watermark: int = 0
    purge_before_ms: int | None = None

    def due(self, *, now_s: float, lingering_since_s: float | None) -> bool:
        """Tell whether there is reason enough to commit now."""
        if self.drafts or self.purge_before_ms is not None or len(self.settlements) >= ACK_BATCH:
            return True
        waited = lingering_since_s is not None and now_s - lingering_since_s >= ACK_LINGER_S
        return bool(self.settlements) and waited


def _never(_point: str) -> None:
    """Pass a crash point; the fault bench replaces this."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What an epoch begins with."""

    source: str
    boot: str
    started: Callable[[PreviousEpoch | None], DeviceStarted]


class Writer(threading.Thread):
    """Owns the store's only writing connection."""

    def __init__(
        self,
        path: Path,
        *,
        opening: Opening,
        clock: Clock,
        on_commit: Callable[[], None],
        crash_point: Callable[[str], None] = _never,
    ) -> None:
        super().__init__(name="outbox-writer", daemon=True)
        self._path = path
        self._opening = opening
        self._clock = clock
        self._on_commit = on_commit
        self._crash_point = crash_point
        self._wake = threading.Condition()
        self._work = _Work()
        self._lingering_since_s: float | None = None
        self._closing = False
        self._store: Store | None = None
        self._retry_at_s = 0.0
        self.pending = 0
        self.high = 0
        self.watermark = 0
        self.spool: tuple[Row, ...] = ()
        self._spool_settled: dict[int, Settlement] = {}
        self.settling: frozenset[int] = frozenset()
        self._open()

    # -- called from any thread -------------------------------------------------------------

    def append(self, draft: Draft) -> Future[Receipt]:
        """Queue an event; the future resolves when it is kept."""
        future: Future[Receipt] = Future()
        with self._wake:
            self._work.drafts.append((draft, future))
            self._wake.notify()
        return future

    def settle(self, settlements: list[Settlement], *, watermark: int) -> None:
        """Queue state changes; they ride on the next commit or linger a little."""
        with self._wake:
            if self._lingering_since_s is None:
                self._lingering_since_s = time.monotonic()
            self._work.settlements += settlements
            self.settling |= {s.position for s in settlements}
            self._work.watermark = max(self._work.watermark, watermark)
            self.pending -= len(settlements)
            self._wake.notify()

    def purge(self, *, before_wall_ms: int) -> None:
        """Ask for old delivered rows to be deleted."""
        with self._wake:
            self._work.purge_before_ms = before_wall_ms
            self._wake.notify()

    def close(self) -> None:
        """Commit what waits, close the file and end the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self.join()

    @property
    def degraded(self) -> bool:
        """Whether events are kept in memory because the file cannot be written."""
        return self._store is None

    # -- the thread -------------------------------------------------------------------------

    def run(self) -> None:
        """Commit until closed."""
        while (work := self._next_work()) is not None:
            self._write(work)
        if self._store is not None:
            self._store.close()

    def _next_work(self) -> _Work | None:
        with self._wake:
            while not self._ready():
                self._wake.wait(self._patience_s())
            work, self._work = self._work, _Work()
            self._lingering_since_s = None
            idle = not (work.drafts or work.settlements or work.purge_before_ms)
            return None if self._closing and idle else work

    def _ready(self) -> bool:
        if self._closing or (self._store is None and time.monotonic() >= self._retry_at_s):
            return True
        return self._work.due(now_s=time.monotonic(), lingering_since_s=self._lingering_since_s)

    def _patience_s(self) -> float | None:
        waits = []
        if self._lingering_since_s is not None:
            waits.append(self._lingering_since_s + ACK_LINGER_S - time.monotonic())
        if self._store is None:
            waits.append(self._retry_at_s - time.monotonic())
        return max(0.0, min(waits)) if waits else None

    def _write(self, work: _Work) -> None:
        if self._store is None and time.monotonic() >= self._retry_at_s:
            self._recover()
        if self._store is None:
            self._keep_in_memory(work)
            return
        try:
            rows = self._commit(self._store, work)
        except sqlite3.Error as error:
            self._fall_back(error)
            self._keep_in_memory(work)
            return
        with self._wake:
            self.settling -= {s.position for s in work.settlements}
        self._tell(work, rows, durable=True)

    def _commit(self, store: Store, work: _Work) -> list[Row]:
        rows = self._number(work)
        store.begin()
        self._crash_point("append.begin")
        store.add(rows)
        if work.settlements:
            store.settle(work.settlements, watermark=work.watermark)
            self.watermark = max(self.watermark, work.watermark)
        if work.purge_before_ms is not None:
            rows += self._purge(store, work.purge_before_ms, after=len(rows))
        self._crash_point("append.insert")
        store.commit()
        self._crash_point("append.commit")
        return rows

    def _purge(self, store: Store, before_ms: int, *, after: int) -> list[Row]:
        gone = store.purge(before_wall_ms=before_ms, limit=PURGE_ROWS)
        if not gone:
            return []
        draft = Draft(DataPurged(ranges=_ranges(gone)), self._clock.moment())
        row = number_draft(draft, epoch=self._epoch, sequence=self._sequence + after + 1)
        store.add([row])
        return [row]

    def _number(self, work: _Work) -> list[Row]:
        drafts = (draft for draft, _ in work.drafts)
        numbered = enumerate(drafts, start=self._sequence + 1)
        return [number_draft(d, epoch=self._epoch, sequence=n) for n, d in numbered]

    def _tell(self, work: _Work, rows: list[Row], *, durable: bool) -> None:
        """Advance the counters, then resolve the futures, then wake the uplink."""
        self._sequence += len(rows)
        self.high = self._epoch.position(self._sequence)
        with self._wake:
            self.pending += len(rows)
        now_s = self._clock.monotonic()
        for (_, future), row in zip(work.drafts, rows, strict=False):
            future.set_result(Receipt(row.event_id, row.position, durable, now_s))
        if rows:
            self._on_commit()

    # -- opening, falling back, recovering --------------------------------------------------

    def _open(self) -> None:
        """Open the file with a new epoch, or begin in memory."""
        try:
            self._store = _open_or_set_aside(self._path)
            self._begin_epoch(self._store)
        except (sqlite3.Error, OSError) as error:
            number = _UNKNOWN_NUMBER + secrets.randbelow(_UNKNOWN_NUMBER)
            self._begin_in_memory(number, previous=None, cause=error)

    def _begin_epoch(self, store: Store) -> None:
        epoch = self._new_epoch(store.next_epoch_number())
        first = self._first_row(epoch, store.previous_epoch())
        self.pending, self.watermark = store.count_pending() + 1, store.watermark()
        store.begin()
        store.add_epoch(epoch)
        store.add([first])
        store.commit()
        self._epoch, self._sequence, self.high = epoch, 1, first.position

    def _new_epoch(self, number: int) -> Epoch:
        opening = self._opening
        return Epoch(number, secrets.token_hex(8), opening.source, opening.boot)

    def _first_row(self, epoch: Epoch, previous: PreviousEpoch | None) -> Row:
        draft = Draft(self._opening.started(previous), self._clock.moment())
        return number_draft(draft, epoch=epoch, sequence=1)

    def _fall_back(self, cause: sqlite3.Error) -> None:
        if self._store is not None:
            self._store.close()
        previous = PreviousEpoch(epoch=self._epoch.id, last_sequence=self._sequence)
        self._begin_in_memory(self._epoch.number + 1, previous=previous, cause=cause)

    def _begin_in_memory(
        self, number: int, *, previous: PreviousEpoch | None, cause: Exception
    ) -> None:
        log.error("store %s cannot be written (%s): answers are kept in memory", self._path, cause)
        self._store = None
        self._retry_at_s = time.monotonic() + RETRY_S
        self._epoch = self._new_epoch(number)
        fault = Draft(_store_fault("raised", str(cause)), self._clock.moment())
        self.spool = (
            self._first_row(self._epoch, previous),
            number_draft(fault, epoch=self._epoch, sequence=2),
        )
        self._sequence, self.pending = 2, self.pending + 2
        self.high = self._epoch.position(2)

    def _keep_in_memory(self, work: _Work) -> None:
        rows = self._number(work)
        self.spool += tuple(rows)
        self._spool_settled |= {s.position: s for s in work.settlements}
        self.watermark = max(self.watermark, work.watermark)
        self._tell(work, rows, durable=False)

    def _recover(self) -> None:
        """Try to write the epoch in memory to the file; on success it is an ordinary one."""
        self._retry_at_s = time.monotonic() + RETRY_S
        back = number_draft(
            Draft(_store_fault("cleared", "the store can be written again"), self._clock.moment()),
            epoch=self._epoch,
            sequence=self._sequence + 1,
        )
        store = self._reopen((*self.spool, back))
        if store is None:
            return
        log.warning("store %s can be written again: %d rows saved", self._path, len(self.spool))
        with self._wake:
            self.settling -= self._spool_settled.keys()
        self._store, self.spool, self._spool_settled = store, (), {}
        self._tell(_Work(), [back], durable=True)

    def _reopen(self, rows: tuple[Row, ...]) -> Store | None:
        try:
            store = _open_or_set_aside(self._path)
        except (sqlite3.Error, OSError):
            return None
        try:
            self._write_spool(store, rows)
        except sqlite3.Error:
            store.close()
            return None
        return store

    def _write_spool(self, store: Store, rows: tuple[Row, ...]) -> None:
        store.begin()
        store.add_epoch(self._epoch)
        store.add(rows)
        store.settle(list(self._spool_settled.values()), watermark=self.watermark)
        store.commit()

    def spool_after(self, position: int, *, up_to: int) -> list[Row]:
        """Return the unsettled rows in memory with position in (`position`, `up_to`]."""
        return [row for row in self.spool if position < row.position <= up_to]


def _open_or_set_aside(path: Path) -> Store:
    """Open the store; a file that is not a sound database is renamed and a new one begun."""
    try:
        return Store(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        aside = path.with_name(f"{path.name}.corrupt-{secrets.token_hex(4)}")
        log.error("store %s is damaged (%s): set aside as %s", path, error, aside.name)  # noqa: TRY400
        path.rename(aside)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return Store(path)


def _store_fault(state: str, fact: str) -> DeviceFault:
    remedy = "free disk space or replace the card" if state == "raised" else ""
    return DeviceFault.model_validate(
        {"part": "store", "state": state, "fact": fact[:300], "remedy": remedy}
    )


def _ranges(gone: list[tuple[str, int]]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Join (epoch, sequence) pairs, in order, to stretches by epoch."""
    stretches: dict[str, list[tuple[int, int]]] = {}
    for epoch, sequence in gone:
        known = stretches.setdefault(epoch, [])
        if known and known[-1][1] == sequence - 1:
            known[-1] = (known[-1][0], sequence)
        else:
            known.append((sequence, sequence))
    return {epoch: tuple(known) for epoch, known in stretches.items()}
