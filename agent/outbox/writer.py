"""The one thread that writes: groups what waits into one commit, and survives a dead disk.

When a commit fails (disk full, read-only file system, I/O error), the drafts it held go to a new
epoch in memory and their writers are told so. That epoch is published like any other and becomes
an ordinary epoch of the file as soon as the file takes it, with the same keys. A file that can
never take it again is set aside, and a new one begun.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from agent.clock import RELEASE_FLOOR_MS, Clock
from agent.errors import StoreError
from agent.events.catalogue import DataPurged, DeviceFault, DeviceStarted, PreviousEpoch
from agent.outbox.rows import Draft, Epoch, Row, number_draft
from agent.outbox.store import Reader, Settlement, Store, set_aside, unusable
from agent.outbox.work import Receipt, Work

__all__ = ["Opening", "Receipt", "Writer", "guess_number"]

log = logging.getLogger(__name__)

RETRY_S = 2.0
PURGE_ROWS = 2000
# Far above any epoch a file has, for an epoch born while the file cannot be read.
_UNKNOWN_NUMBER = 1 << 20
_HIGHEST_GUESS = 7 << 20  # positions have room for 8 << 20
_MINUTE_MS = 60_000


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
        self._work = Work()
        self._closing = False
        self._ended = False
        self._store: Store | None = None
        self._retry_at_s = 0.0
        self._unsettled = 0
        self._found = (0, 0)
        self.high = 0
        self.watermark = 0
        self.spool: tuple[Row, ...] = ()
        self._spool_settled: dict[int, Settlement] = {}
        self.settling: frozenset[int] = frozenset()
        self.files = 0
        """How many files were set aside: a reader of an older one must open anew."""
        self._open()

    # -- called from any thread -------------------------------------------------------------

    @property
    def pending(self) -> int:
        """Rows the broker has not settled."""
        with self._wake:
            # What is being settled may have been in a file that was set aside meanwhile.
            return max(0, self._unsettled - len(self.settling))

    @property
    def degraded(self) -> bool:
        """Whether events are kept in memory because the file cannot be written."""
        return self._store is None

    def append(self, draft: Draft) -> Future[Receipt]:
        """Queue an event; the future resolves when it is kept, or to a StoreError once closed."""
        future: Future[Receipt] = Future()
        # Whoever waits may give up; the event is kept all the same.
        future.set_running_or_notify_cancel()
        with self._wake:
            if self._ended:
                future.set_exception(StoreError("the store is closed: nothing more is kept"))
                return future
            self._work.drafts.append((draft, future))
            self._wake.notify()
        return future

    def settle(self, settlements: list[Settlement], *, watermark: int) -> None:
        """Queue state changes; they ride on the next commit or linger a little."""
        with self._wake:
            self._work.add_settlements(settlements, watermark=watermark)
            self.settling = self.settling.union(s.position for s in settlements)
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

    def spool_after(self, position: int, *, up_to: int) -> list[Row]:
        """Return the rows in memory with position in (`position`, `up_to`]."""
        return [row for row in self.spool if position < row.position <= up_to]

    # -- the thread -------------------------------------------------------------------------

    def run(self) -> None:
        """Commit until closed."""
        while (work := self._next_work()) is not None:
            try:
                self._write(work)
            except Exception as error:  # this thread must live: without it nothing is ever kept
                log.exception("events could not be written")
                self._give_up(work, error)
        if self._store is None:
            self._recover()
        if self._store is not None:
            self._store.close()

    def _next_work(self) -> Work | None:
        with self._wake:
            while (patience_s := self._patience_s()) != 0.0:
                self._wake.wait(patience_s)
            if self._closing and self._work.empty:
                self._ended = True
                return None
            work, self._work = self._work, Work()
            return work

    def _patience_s(self) -> float | None:
        """Return how long to sleep: not at all while there is work, for ever without any."""
        if self._closing:
            return 0.0
        due = [self._work.due_in_s()]
        if self._store is None:
            due.append(max(0.0, self._retry_at_s - time.monotonic()))
        return min((due_s for due_s in due if due_s is not None), default=None)

    def _write(self, work: Work) -> None:
        if self._store is None and time.monotonic() >= self._retry_at_s:
            self._recover()
        if self._store is None:
            self._keep_in_memory(work)
            return
        try:
            rows, changed = self._commit(self._store, work)
        except sqlite3.Error as error:
            self._fall_back(error)
            self._keep_in_memory(work)
            return
        self.watermark = max(self.watermark, work.watermark)
        with self._wake:
            self.settling = self.settling.difference(s.position for s in work.settlements)
            self._unsettled -= changed
        self._tell(work, rows, durable=True)

    def _commit(self, store: Store, work: Work) -> tuple[list[Row], int]:
        """Write everything at once; returns the new rows and how many old ones were settled."""
        rows, changed = self._number(work), 0
        store.begin()
        self._crash_point("append.begin")
        store.add(rows)
        if work.settlements:
            changed = store.settle(work.settlements, watermark=work.watermark)
        if work.purge_before_ms is not None:
            rows += self._purge(store, work.purge_before_ms, after=len(rows))
        self._crash_point("append.insert")
        store.commit()
        self._crash_point("append.commit")
        return rows, changed

    def _purge(self, store: Store, before_ms: int, *, after: int) -> list[Row]:
        gone = store.purge(before_wall_ms=before_ms, limit=PURGE_ROWS)
        if not gone:
            return []
        row = self._number_next(DataPurged(ranges=_ranges(gone)), after=after)
        store.add([row])
        return [row]

    def _number(self, work: Work) -> list[Row]:
        drafts = (draft for draft, _ in work.drafts)
        numbered = enumerate(drafts, start=self._sequence + 1)
        return [number_draft(d, epoch=self._epoch, sequence=n) for n, d in numbered]

    def _number_next(self, data: DataPurged | DeviceFault, *, after: int = 0) -> Row:
        draft = Draft(data, self._clock.moment())
        return number_draft(draft, epoch=self._epoch, sequence=self._sequence + after + 1)

    def _tell(self, work: Work, rows: list[Row], *, durable: bool) -> None:
        """Advance the counters, then resolve the futures, then wake the uplink."""
        with self._wake:
            self._unsettled += len(rows)
        self._sequence += len(rows)
        self.high = self._epoch.position(self._sequence)
        now_s = self._clock.monotonic()
        for (_, future), row in zip(work.drafts, rows, strict=False):
            future.set_result(Receipt(row.event_id, row.position, durable, now_s))
        if rows:
            self._on_commit()

    def _give_up(self, work: Work, cause: Exception) -> None:
        """Undo a commit that failed for a reason of our own, and say so to whoever waits."""
        if self._store is not None:
            with contextlib.suppress(sqlite3.Error):  # the next commit will meet it and fall back
                self._store.rollback()
        with self._wake:
            self._work.add_settlements(work.settlements, watermark=work.watermark)
        for _, future in work.drafts:
            if not future.done():
                future.set_exception(StoreError(f"the event could not be kept: {cause}"))

    # -- opening, falling back, recovering --------------------------------------------------

    def _open(self) -> None:
        """Open the file with a new epoch, or begin in memory."""
        try:
            self._store = self._open_sound(self._begin_epoch)
        except (sqlite3.Error, OSError) as error:
            number, previous = self._look_back()
            self._begin_in_memory(number, previous=previous, cause=error)

    def _open_sound(self, begin: Callable[[Store, str | None], None]) -> Store:
        """Open the file and `begin` in it; an unusable one is set aside for a new one.

        `begin` is told the name of the file that was set aside.
        """
        try:
            return self._opened(begin, aside=None)
        except sqlite3.Error as error:
            if not unusable(error):
                raise
            aside = set_aside(self._path).name
            self.files += 1
            log.error("store %s is damaged (%s): set aside as %s", self._path, error, aside)  # noqa: TRY400
        return self._opened(begin, aside=aside)

    def _opened(self, begin: Callable[[Store, str | None], None], *, aside: str | None) -> Store:
        store = Store(self._path)
        try:
            begin(store, aside)
        except sqlite3.Error:
            store.close()
            raise
        return store

    def _begin_epoch(self, store: Store, aside: str | None) -> None:
        epoch = self._new_epoch(store.next_epoch_number())
        self._epoch, self._sequence = epoch, 1
        self._clock.raise_floor(store.newest_wall_ms() or 0)
        rows = [self._first_row(epoch, store.previous_epoch())]
        if aside is not None:
            rows.append(self._number_next(_store_fault("raised", _damaged(aside))))
        store.begin()
        store.add_epoch(epoch)
        store.add(rows)
        store.commit()
        self._unsettled, self.watermark = store.count_pending(), store.watermark()
        self._sequence = len(rows)
        self.high = rows[-1].position

    def _look_back(self) -> tuple[int, PreviousEpoch | None]:
        """Learn what can be learnt from a file that cannot be written: (number, previous)."""
        try:
            with contextlib.closing(Reader(self._path)) as reader:
                self._unsettled, self.watermark = reader.count_pending(), reader.watermark()
                return reader.next_epoch_number(), reader.previous_epoch()
        except sqlite3.Error:
            return guess_number(self._clock.moment().wall_ms), None

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
        self._epoch, self._sequence = self._new_epoch(number), 1
        fault = self._number_next(_store_fault("raised", str(cause)))
        self.spool = (self._first_row(self._epoch, previous), fault)
        self._sequence = 2
        with self._wake:
            self._unsettled += 2
        self.high = fault.position

    def _keep_in_memory(self, work: Work) -> None:
        rows = self._number(work)
        self.spool += tuple(rows)
        self._spool_settled |= {s.position: s for s in work.settlements}
        self.watermark = max(self.watermark, work.watermark)
        self._tell(work, rows, durable=False)

    def _recover(self) -> None:
        """Try to write the epoch in memory to the file; on success it is an ordinary one."""
        self._retry_at_s = time.monotonic() + RETRY_S
        try:
            store = self._open_sound(self._write_spool)
        except (sqlite3.Error, OSError):
            return
        log.warning("store %s can be written again: %d rows saved", self._path, len(self.spool))
        self._sequence += 1
        self.high = self._epoch.position(self._sequence)
        # A reader looks at `settling`, then at the spool, then at the file: in this order none
        # is missed and none shown twice.
        self._store, self.spool = store, ()
        with self._wake:
            # A new set, never one changed in place: `take` may be holding the old one.
            self.settling = self.settling.difference(self._spool_settled)
            self._unsettled, self.watermark = self._found
        self._spool_settled = {}
        self._on_commit()

    def _write_spool(self, store: Store, aside: str | None) -> None:
        if store.next_epoch_number() > self._epoch.number:
            # Only after a wrong guess: below the watermark our rows would never be sent.
            raise sqlite3.IntegrityError("the file has newer epochs than the one in memory")
        fact = "the store can be written again" if aside is None else _damaged(aside)
        store.begin()
        store.add_epoch(self._epoch)
        store.add((*self.spool, self._number_next(_store_fault("cleared", fact))))
        store.settle(list(self._spool_settled.values()), watermark=self.watermark)
        self._found = store.count_pending(), store.watermark()
        store.commit()


def guess_number(wall_ms: int | None) -> int:
    """Guess an epoch number above all that an unreadable file may hold.

    It grows with the wall clock, which even without a battery goes on from the last shutdown, so
    that it is above a number guessed before.
    """
    minutes = 0 if wall_ms is None else max(0, wall_ms - RELEASE_FLOOR_MS) // _MINUTE_MS
    return min(_UNKNOWN_NUMBER + minutes, _HIGHEST_GUESS)


def _damaged(aside: str) -> str:
    return f"the store was damaged: a new one is in use, the old one is kept as {aside}"


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
