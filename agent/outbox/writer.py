"""The one thread that writes: groups what waits into one commit, and survives a dead disk.

When a commit fails (disk full, read-only file system, I/O error), the drafts it held go to a new
epoch in memory and their writers are told so. That epoch is published like any other and becomes
an ordinary epoch of the file as soon as the file takes it, with the same keys. A file that can
never take it again is set aside, a new one begun, and what can be read is carried over.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from agent.clock import Clock
from agent.errors import StoreError
from agent.outbox.chores import Chore, Evict, Step
from agent.outbox.eviction import Limits
from agent.outbox.files import StoreFile
from agent.outbox.inbox import Inbox, Suspicion, go_on, next_steps
from agent.outbox.lock import StoreLock
from agent.outbox.numbering import Numbering
from agent.outbox.opening import Opening, damaged, guess_number, newest_wall_ms, store_fault
from agent.outbox.past import Past, gap_before, look_back
from agent.outbox.rescue import DamageCheck, Rescue, unfinished
from agent.outbox.room import RoomWatch
from agent.outbox.rows import Draft, Epoch, Row
from agent.outbox.spool import Dropped, Spool
from agent.outbox.store import Settlement, Store, reunite, unusable
from agent.outbox.work import Errand, Promise, Receipt, Work

log = logging.getLogger(__name__)

RETRY_S = 2.0

CRASH_POINTS = (
    "append.begin",
    "append.insert",
    "append.commit",
    "open.commit",
    "recover.commit",
    "count.commit",
    "purge.commit",
    "evict.commit",
    "confirm.commit",
    "reopen.commit",
    "salvage.commit",
    "record.commit",
)
"""Every dangerous moment; a chore's is just before its commit."""


def _never(_point: str) -> None:
    """Pass a crash point; the fault bench replaces this."""


class Writer(threading.Thread):
    """Owns the store's only writing connection."""

    def __init__(
        self,
        path: Path,
        *,
        opening: Opening,
        clock: Clock,
        on_commit: Callable[[], None],
        limits: Limits,
        crash_point: Callable[[str], None] = _never,
    ) -> None:
        super().__init__(name="outbox-writer", daemon=True)
        self._path = path
        self._clock = clock
        self._numbers = Numbering(opening, clock=clock)
        self._on_commit = on_commit
        self._limits = limits
        self._crash_point = crash_point
        self._inbox = Inbox()
        self._errands = self._inbox.errands
        self._room = RoomWatch(path, limits)
        self._file = StoreFile(path)
        self._gate = threading.Lock()
        self._store: Store | None = None
        self._retry_at_s = 0.0
        self._unsettled = 0
        self._found = (0, 0)
        self._spool = Spool(limits.delivered)
        self.watermark = 0
        self.rewinds = 0
        """Grows when rows at or below the watermark became pending again."""
        self.settling: frozenset[int] = frozenset()
        self.fresh: tuple[Row, ...] = ()  # what the last commit wrote into the file
        self.presses_before: dict[str, int] | None = None
        """Presses of all earlier epochs by key; None while the file cannot be read."""
        self.presses_since: str | None = None
        self._lock = StoreLock(path)
        self._open()

    # -- called from any thread -------------------------------------------------------------

    @property
    def pending(self) -> int:
        """Rows the broker has not settled."""
        with self._gate:
            # What is being settled may have been in a file that was set aside meanwhile.
            return max(0, self._unsettled - len(self.settling))

    @property
    def degraded(self) -> bool:
        """Whether events are kept in memory because the file cannot be written."""
        return self._store is None

    @property
    def files(self) -> int:
        """How many files were set aside: a reader of an older one must open anew."""
        return self._file.replaced

    @property
    def epoch(self) -> Epoch:
        """The epoch in force."""
        return self._numbers.epoch

    @property
    def high(self) -> int:
        """Position of the newest event."""
        return self._numbers.high

    def append(self, draft: Draft) -> Promise:
        """Queue an event; the promise resolves when it is kept, or to a StoreError once closed."""
        promise = Promise()
        if not self._inbox.put((draft, promise)):
            promise.set_exception(StoreError("the store is closed: nothing more is kept"))
        return promise

    def settle(self, settlements: list[Settlement]) -> None:
        """Queue state changes; they ride on the next commit or linger a little."""
        with self._gate:
            self.settling = self.settling.union(s.position for s in settlements)
        self._inbox.put_settlements(settlements)

    def ask(self, chore: Chore) -> Errand:
        """Queue a chore; its steps are taken between presses."""
        errand = Errand(chore)
        if not self._inbox.put(errand):
            errand.over.set()
        return errand

    def do(self, chore: Chore) -> bool:
        """Have a chore done and wait for its end; False when the store closes first."""
        return self.ask(chore).wait()

    def suspect(self, fact: str, *, files: int) -> None:
        """Tell that a file is damaged: if it is still in use, it is set aside for a new one.

        `files` is what it was when the file was looked at.
        """
        self._inbox.put(Suspicion(fact, files))

    def rescue(self, aside: Path) -> int:
        """Carry over what can be read in a file; returns the new rows. Raises StoreError."""
        return Rescue([aside], hand_over=self.ask, below=self.epoch.number).carry()

    def check(self) -> DamageCheck:
        """Look for damage in the background."""
        check = DamageCheck(self._path, tell=partial(self.suspect, files=self.files))
        check.start()
        return check

    def close(self) -> None:
        """Commit what waits, close the file and end the thread."""
        self._inbox.close()
        self.join()

    def spool_after(self, position: int, *, up_to: int) -> list[Row]:
        """Return the rows in memory with position in (`position`, `up_to`]."""
        return self._spool.after(position, up_to=up_to)

    # -- the thread -------------------------------------------------------------------------

    def run(self) -> None:
        """Commit until closed."""
        inbox = self._inbox
        while not inbox.closing or not inbox.work.empty:
            inbox.collect(self._patience_s())
            try:
                self._turn()
            except Exception:  # this thread must live: without it nothing is ever kept
                log.exception("the store's writer failed and goes on")
                self._retry_at_s = time.monotonic() + RETRY_S
            if inbox.closing:
                inbox.end()
        if self._store is None:
            self._recover()
        for errand in self._errands:
            errand.over.set()
        self._file.end_salvage()
        if self._store is not None:
            self._store.close()
        self._lock.release()

    def _patience_s(self) -> float | None:
        """Return how long to sleep: not at all while there is work, for ever without any."""
        if self._busy:
            return 0.0
        due = [self._inbox.work.due_in_s()]
        if self._store is None:
            due.append(max(0.0, self._retry_at_s - time.monotonic()))
        return min((due_s for due_s in due if due_s is not None), default=None)

    def _turn(self) -> None:
        suspicion = self._inbox.take_suspicion()
        if suspicion is not None and suspicion.files == self.files:
            self._replace_file(suspicion.fact)
        if self._store is None and time.monotonic() >= self._retry_at_s:
            self._recover()
        # What was said before a chore was asked for is written before it.
        work = self._inbox.work
        if work.due_in_s() == 0.0 or (self._busy and not work.empty):
            self._write(self._inbox.take_work())
        elif self._errands and self._store is not None:
            self._take_step(self._store)

    @property
    def _busy(self) -> bool:
        return self._inbox.closing or (bool(self._errands) and self._store is not None)

    def _write(self, work: Work) -> None:
        if self._store is None:
            self._keep_in_memory(work)
            return
        try:
            rows, changed = self._commit(self._store, work)
        except sqlite3.Error as error:
            self._fall_back(error)
            self._keep_in_memory(work)
            return
        except Exception as error:  # our own fault: whoever waits must hear of it, and no one else
            log.exception("events could not be written")
            self._give_up(work, error)
            return
        if work.settlements:
            with self._gate:
                self.settling = self.settling.difference(s.position for s in work.settlements)
                self._unsettled -= changed
        self._tell(work, rows, durable=True)
        self._store.shorten_log()
        self._make_room(self._store, len(rows))

    def _commit(self, store: Store, work: Work) -> tuple[list[Row], int]:
        """Write everything at once; returns the new rows and how many old ones were settled."""
        rows = self._numbers.drafts(draft for draft, _ in work.drafts)
        changed, watermark = 0, self.watermark
        store.begin()
        self._crash_point("append.begin")
        store.add(rows)
        store.date_boots(draft.data for draft, _ in work.drafts)
        if work.settlements:
            changed = store.settle(work.settlements)
            watermark = store.advance_watermark()
        self._crash_point("append.insert")
        store.commit()
        self._crash_point("append.commit")
        self.watermark = watermark
        return rows, changed

    def _tell(self, work: Work, rows: list[Row], *, durable: bool) -> None:
        """Advance the counters, then resolve the promises, then wake the uplink."""
        if rows:
            self.fresh = tuple(rows) if durable else ()
        self._advance(rows)
        now_s = self._clock.monotonic()
        for (_, promise), row in zip(work.drafts, rows, strict=True):
            promise.set_result(Receipt(row.event_id, row.position, durable, now_s))
        if rows:
            self._on_commit()

    def _advance(self, rows: list[Row]) -> None:
        with self._gate:
            self._unsettled += len(rows)
        self._numbers.advance(len(rows))

    def _give_up(self, work: Work, cause: Exception) -> None:
        """Undo a commit that failed for a reason of our own, and say so to whoever waits."""
        self._undo()
        if not self._inbox.closing:  # else the rows are just pending again
            self._inbox.work.add_settlements(work.settlements)
        for _, promise in work.drafts:
            if not promise.done():
                promise.set_exception(StoreError(f"the event could not be kept: {cause}"))

    def _undo(self) -> None:
        if self._store is not None:
            with contextlib.suppress(sqlite3.Error):  # the next commit will meet it and fall back
                self._store.rollback()

    # -- chores -----------------------------------------------------------------------------

    def _take_step(self, store: Store) -> None:
        try:
            steps, rows = self._commit_step(store)
        except Exception as error:
            if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError):
                self._fall_back(error)  # it stays and is tried again on a store that works
                return
            self._undo()  # our own fault: tried again, it would fail again
            self._errands.popleft().over.set()
            raise
        with self._gate:
            self._unsettled += sum(step.pending for step in steps)
        self._advance(rows)
        go_on(self._errands, steps)
        rewound = any(step.rewound for step in steps)
        self.rewinds += rewound
        if rows or rewound:
            self._on_commit()

    def _commit_step(self, store: Store) -> tuple[list[Step], list[Row]]:
        store.begin()
        steps = next_steps(self._errands, store)
        rows = self._numbers.own(*(event for step in steps for event in step.events))
        store.add(rows)
        watermark = store.watermark()
        self._crash_point(f"{self._errands[0].name}.commit")
        store.commit()
        self.watermark = watermark
        return steps, rows

    def _make_room(self, store: Store, new_rows: int) -> None:
        if not any(isinstance(errand.rest, Evict) for errand in self._errands):
            evict = self._room.look(store, new_rows)
            if evict is not None:
                self._errands.append(Errand(evict))

    # -- opening, falling back, recovering --------------------------------------------------

    def _open(self) -> None:
        """Open the file with a new epoch, or begin in memory."""
        try:
            reunite(self._path)
            self._store = self._file.open_sound(self._begin_epoch)
        except (sqlite3.Error, OSError) as error:
            past = look_back(self._path, now=self._clock.moment())
            self._unsettled, self.watermark = past.pending, past.watermark
            self._begin_in_memory(past, cause=error)
        self._send_rescue()

    def _begin_epoch(self, store: Store, aside: str | None) -> None:
        number = store.new_epoch_number()
        store.check_watermark()
        if unfinished(self._path):
            # Above all that may still be salvaged from an old one.
            number = max(number, guess_number(self._clock.moment().wall_ms))
        self._numbers.begin(number)
        recent = store.recent_rows()
        self._clock.raise_floor(newest_wall_ms(recent))
        store.begin()
        while store.count_presses(limit=1000):
            pass
        told = gap_before(recent, now=self._clock.moment())
        if aside is not None:
            told += (store_fault("raised", damaged(aside)),)
        rows = self._numbers.first(store.previous_epoch(), *told)
        store.add_epoch(self.epoch)
        presses = store.presses()
        store.add(rows)
        self._crash_point("open.commit")
        store.commit()
        self.presses_before, self.presses_since = presses
        self._unsettled, self.watermark = store.count_pending(), store.watermark()
        self._numbers.advance(len(rows))

    def _fall_back(self, cause: sqlite3.Error) -> None:
        if self._store is not None:
            self._store.close()
        self._begin_in_memory(Past(self.epoch.number + 1, self._numbers.last), cause=cause)
        if unusable(cause):
            with contextlib.suppress(OSError):  # whoever opens it next will find the same
                self._file.set_aside(str(cause))

    def _begin_in_memory(self, past: Past, *, cause: Exception) -> None:
        log.error("store %s cannot be written (%s): answers are kept in memory", self._path, cause)
        self._store = None
        self._retry_at_s = time.monotonic() + RETRY_S
        self._numbers.begin(past.number)
        fault = store_fault("raised", str(cause))
        rows = self._numbers.first(past.previous, *past.gap, fault)
        self._spool.add(rows)
        self._advance(rows)

    def _keep_in_memory(self, work: Work) -> None:
        rows = self._numbers.drafts(draft for draft, _ in work.drafts)
        self._spool.add(rows)
        self._spool.settle(work.settlements)
        self._tell(work, rows, durable=False)
        while (dropped := self._spool.drop_surplus()) is not None:
            self._record_drop(dropped)

    def _record_drop(self, dropped: Dropped) -> None:
        with self._gate:
            self.settling = self.settling.difference(row.position for row in dropped.rows)
            self._unsettled -= len(dropped.rows)
        rows = self._numbers.own(dropped.told())
        self._spool.add(rows)
        self._advance(rows)

    def _replace_file(self, fact: str) -> None:
        """Set a file aside that was found damaged, and go on with a new one."""
        if self._store is None:
            return  # it is being replaced already
        self._fall_back(sqlite3.DatabaseError(fact))
        self._recover()

    def _recover(self) -> None:
        """Try to write the epoch in memory to the file; on success it is an ordinary one."""
        self._retry_at_s = time.monotonic() + RETRY_S
        try:
            store = self._file.open_sound(self._write_spool)
        except (sqlite3.Error, OSError):
            return
        log.warning("store %s can be written again: %d rows saved", self._path, self._saved)
        self._numbers.advance(1)
        # A reader looks at `settling`, then at the spool, then at the file: in this order none
        # is missed and none shown twice.
        spool, self._store, self._spool = self._spool, store, Spool(self._limits.delivered)
        with self._gate:
            # A new set, never one changed in place: `take` may be holding the old one.
            self.settling = self.settling.difference(spool.settled)
            self._unsettled, self.watermark = self._found
        self._on_commit()
        self._send_rescue()

    def _write_spool(self, store: Store, aside: str | None) -> None:
        if store.next_epoch_number() > self.epoch.number:
            # Only after a wrong guess: below the watermark our rows would never be sent.
            raise sqlite3.IntegrityError("the file has newer epochs than the one in memory")
        aside = aside or self._file.set_aside_last
        if aside is None:
            fault = store_fault("cleared", "the store can be written again")
        else:
            fault = store_fault("raised", damaged(aside))  # until its rows are carried over
        rows = [*self._spool.rows, *self._numbers.own(fault)]
        store.begin()
        while store.count_presses(limit=1000):
            pass
        store.add_epoch(self.epoch)
        if self.presses_before is None:  # the file could not be read until now
            self.presses_before, self.presses_since = store.presses()
        store.add(rows)
        store.settle(list(self._spool.settled.values()))
        store.advance_watermark()
        self._found = store.count_pending(), store.watermark()
        self._saved = len(rows) - 1
        self._crash_point("recover.commit")
        store.commit()

    def _send_rescue(self) -> None:
        """Carry over what can be read in files that were set aside."""
        if self._store is None:
            return
        if waiting := self._file.take_unfinished():
            self._file.salvage(Rescue(waiting, hand_over=self.ask, below=self.epoch.number))
