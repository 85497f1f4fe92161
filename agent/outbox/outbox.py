"""The durable buffer between the till and the centre.

`append` returns when the event is on the card; `take` hands the uplink what the broker has not
acknowledged; `settle` says what became of it. Only retention deletes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from itertools import islice
from pathlib import Path
from typing import Any

from agent.clock import Clock, Moment
from agent.clock.corrections import BootSpan
from agent.errors import StoreError
from agent.events.catalogue import DataDropped, DeviceStarted, EventData, PreviousEpoch
from agent.outbox.chores import Confirm, CountPresses, Purge, Reopen
from agent.outbox.eviction import Limits
from agent.outbox.opening import Opening
from agent.outbox.requests import ReopenRequest, SalvageRequest, answer_all
from agent.outbox.rescue import DamageCheck
from agent.outbox.rows import DAMAGED, Dated, Draft, Row, State, checksum
from agent.outbox.still import read_pending
from agent.outbox.store import Reader, Settlement, unusable
from agent.outbox.stretches import stretches
from agent.outbox.views import EpochLostError
from agent.outbox.work import Errand, Receipt
from agent.outbox.writer import Writer

DAY_MS = 86_400_000
DATED_ROWS = 200_000
"""As many rows are looked at where the newest ratings are counted."""
RECENT_ROWS = 10_000  # a day or two: where a restarted agent takes up what went on


class Outbox:
    """The store of one device. Opening it begins a new epoch.

    `source` is `/<tenant>/<site>/<device>`. `crash_point` is called with the name of every
    dangerous moment; the fault bench kills the process there. Raises StoreInUseError when another
    process writes this store; nothing else keeps it from opening.
    """

    def __init__(
        self,
        path: Path,
        *,
        source: str,
        clock: Clock,
        software: str,
        config_sha256: str | None = None,
        timezone: str | None = None,
        limits: Limits | None = None,
        crash_point: Callable[[str], None] = lambda _point: None,
    ) -> None:
        def started(previous: PreviousEpoch | None) -> DeviceStarted:
            return DeviceStarted(
                software=software,
                previous=previous,
                config_sha256=config_sha256,
                timezone=timezone,
            )

        self._clock = clock
        self._path = path
        self._limits = limits or Limits()
        self._listeners: list[Callable[[], None]] = []
        self._reader: Reader | None = None
        self._reader_of = 0
        self._still: tuple[Row, ...] | None = None
        self.readable = True
        """Whether the last `take` could look into the file: if not, it may have missed rows."""
        opening = Opening(source, clock.moment().boot, started)
        self._writer = Writer(
            path,
            opening=opening,
            clock=clock,
            on_commit=self._committed,
            limits=self._limits,
            crash_point=crash_point,
        )
        self._writer.start()
        self._check = self._writer.check()

    @property
    def pending(self) -> int:
        """Rows the broker has not settled."""
        return self._writer.pending

    @property
    def degraded(self) -> bool:
        """Whether the file cannot be written and events are kept in memory."""
        return self._writer.degraded

    @property
    def high(self) -> int:
        """Position of the newest event."""
        return self._writer.high

    @property
    def epoch(self) -> str:
        """Id of the epoch in force."""
        return self._writer.epoch.id

    @property
    def watermark(self) -> int:
        """Position up to which every row is settled."""
        return self._writer.watermark

    @property
    def unwritten(self) -> int:
        """How many answers of the broker are not on the card yet: a crash would forget them."""
        return len(self._writer.settling)

    @property
    def rewinds(self) -> int:
        """Grows when rows at or below the watermark became pending again."""
        return self._writer.rewinds

    @property
    def presses_before(self) -> tuple[dict[str, int], str] | None:
        """Presses by key in all earlier epochs, and the epoch the count begins with.

        None where the file could not be read.
        """
        counts, since = self._writer.presses_before, self._writer.presses_since
        return None if counts is None or since is None else (counts, since)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every commit, in the writer's thread: it must be quick."""
        self._listeners.append(listener)

    def append(self, data: EventData, *, at: Moment | None = None) -> Future[Receipt]:
        """Queue an event that happened `at` (now by default); resolves when it is kept."""
        return self._writer.append(Draft(data, at or self._clock.moment()))

    async def keep(self, data: EventData, *, at: Moment | None = None) -> Receipt:
        """Append and wait until the event is kept."""
        return await asyncio.wrap_future(self.append(data, at=at))

    def take(self, after: int, *, up_to: int, limit: int) -> list[Row]:
        """Return the oldest pending rows with position in (`after`, `up_to`].

        Call it from one thread only. What is being settled and what is in memory are read
        before the file, so that a row on its way is never missed and never handed out again.
        A row whose checksum does not hold is never handed out: it is told as dropped.
        """
        settling = self._writer.settling
        wanted = limit + len(settling)
        spooled = self._writer.spool_after(after, up_to=up_to)
        found = self._read(after, up_to=up_to, limit=wanted)
        rows = {row.position: row for row in self._sound(found, settling)}
        rows |= {row.position: row for row in spooled}
        return [rows[position] for position in sorted(rows.keys() - settling)[:limit]]

    def take_fresh(self, after: int, *, up_to: int, limit: int) -> list[Row]:
        """Return what `take` would, for rows that were never sent.

        What the last commit wrote need not be read again, where that is all of them.
        """
        fresh = self._writer.fresh
        if not fresh or after + 1 < fresh[0].position or up_to > fresh[-1].position:
            return self.take(after, up_to=up_to, limit=limit)
        return list(islice((row for row in fresh if after < row.position <= up_to), limit))

    def settle(self, settlements: list[Settlement]) -> None:
        """Record what the broker said."""
        self._writer.settle(settlements)

    def confirm(self, epoch: str, ranges: Sequence[tuple[int, int]]) -> None:
        """Record what the centre has stored, by first and last sequence of an epoch."""
        self._writer.ask(Confirm(epoch, ranges))

    def reopen(self, state: State, *, up_to: int, reasons: frozenset[int] | None = None) -> Errand:
        """Make rows in a state pending again, up to a position, so that they are sent once more.

        `reasons` chooses among the rejected by MQTT reason code; None takes all. What is returned
        is over later, and then tells how many there were.
        """
        return self._writer.ask(Reopen(state, up_to=up_to, reasons=reasons))

    def recent_ratings(self, *, boot: str, since_ms: int) -> list[tuple[Row, dict[str, object]]]:
        """Return ratings and amendments of this boot since a monotonic time, oldest first."""
        try:
            with contextlib.closing(Reader(self._path)) as reader:
                rows = reader.newest_of_kinds(("rating.given", "rating.amended"), limit=200)
            fresh = (r for r in rows if r.epoch.boot == boot and r.monotonic_ms >= since_ms)
            return [(row, json.loads(row.data)) for row in fresh]
        except (sqlite3.Error, ValueError):  # a damaged file must not keep the kiosk from starting
            return []

    def recall(self, kinds: Sequence[str]) -> list[tuple[Row, dict[str, Any]]]:
        """Return the sound rows of some kinds among the newest 10,000, oldest first.

        Nothing when the file cannot be read. Takes a moment.
        """
        try:
            with contextlib.closing(Reader(self._path)) as reader:
                rows = reader.newest_of_kinds(kinds, limit=RECENT_ROWS, among=RECENT_ROWS)
        except sqlite3.Error:
            return []
        return [(row, data) for row in rows if (data := _object(row.data)) is not None]

    def dated_ratings(self) -> list[Dated]:
        """Return the newest ratings, oldest first.

        Rows that are damaged are left out; nothing when the file cannot be read. Takes a while.
        """
        return self._dated("rating.given", limit=DATED_ROWS)

    def dated_responses(self) -> list[Dated]:
        """Return the same of the responses among the rows written last."""
        return self._dated("response.given", limit=RECENT_ROWS)

    def _dated(self, kind: str, *, limit: int) -> list[Dated]:
        try:
            with contextlib.closing(Reader(self._path)) as reader:
                found = reader.dated(kind, limit=limit)
        except sqlite3.Error:
            return []
        return [
            Dated(boot, at_ms, wall_ms, data)
            for boot, at_ms, wall_ms, text in found
            if (data := _object(text)) is not None
        ]

    def boots(self) -> list[BootSpan]:
        """Return what is known of the time of every boot, oldest first; nothing when unreadable."""
        try:
            with contextlib.closing(Reader(self._path)) as reader:
                return reader.boots()
        except sqlite3.Error:
            return []

    def count_rejected(self) -> int | None:
        """Count the dead letters; None when the file cannot be read."""
        try:
            with contextlib.closing(Reader(self._path)) as reader:
                return reader.count_rejected()
        except sqlite3.Error:
            return None

    def purge(self, *, keep_days: int, kinds: frozenset[str] | None = None) -> None:
        """Delete rows that were delivered and are older than `keep_days`, if the time is known.

        `kinds` limits it to some kinds of event: those that are kept less long than the others.
        """
        self._writer.ask(CountPresses())
        now = self._clock.moment()
        if now.trust == "synced" and now.wall_ms is not None:
            before_ms = now.wall_ms - keep_days * DAY_MS
            self._writer.ask(Purge(before_wall_ms=before_ms, limits=self._limits, kinds=kinds))

    def answer_requests(self) -> None:
        """Do what commands in other processes have asked for since; call it now and then."""
        answer_all(self._path, perform=self._perform)

    def _perform(self, request: ReopenRequest | SalvageRequest) -> int:
        if isinstance(request, SalvageRequest):
            return self._writer.rescue(self._other_file(request.file))
        errand = self._writer.ask(request.chore())
        if not errand.wait():
            raise StoreError("the agent is stopping: ask again")
        return errand.changed

    def _other_file(self, name: str) -> Path:
        path = self._path.with_name(name)
        if name == self._path.name or not path.is_file():
            raise StoreError(f"there is no file {name} beside the store to salvage")
        return path

    def check(self) -> DamageCheck:
        """Look through the whole file in the background; a damaged one is replaced."""
        self._check.stop()
        self._check = self._writer.check()
        return self._check

    def close(self) -> None:
        """Commit what waits and close the file."""
        # The reader first: only behind the last connection SQLite can remove the WAL.
        self._close_reader()
        self._check.stop()
        self._writer.close()

    def _read(self, after: int, *, up_to: int, limit: int) -> list[tuple[Row, int | None]]:
        try:
            rows = self._open_reader().pending_after(after, up_to=up_to, limit=limit)
        except sqlite3.Error as error:  # its disk may be gone; look again next time
            self._close_reader()
            self.readable = False
            if isinstance(error, EpochLostError):  # which no check of SQLite's would find
                self._writer.suspect(str(error), files=self._reader_of)
            elif unusable(error) and not self._check.is_alive():
                self._check = self._writer.check()
            return self._read_still(after, up_to=up_to, limit=limit)
        self.readable, self._still = True, None
        return rows

    def _read_still(self, after: int, *, up_to: int, limit: int) -> list[tuple[Row, int | None]]:
        """Look into a file that can be neither written nor opened, where it can be read at all."""
        if not self._writer.degraded:
            return []
        if self._still is None:
            try:
                self._still = read_pending(self._path)
            except OSError:
                return []
        self.readable = True
        wanted = (row for row in self._still if after < row.position <= up_to)
        return [(row, checksum(row)) for row in islice(wanted, limit)]

    def _sound(self, rows: list[tuple[Row, int | None]], settling: AbstractSet[int]) -> list[Row]:
        """Leave out the rows that are not what was written, and tell of them once.

        `settling` was looked at before the file: what was told of is in one of the two.
        """
        bad = [row for row, checked in rows if checked is not None and checked != checksum(row)]
        if not bad:
            return [row for row, _ in rows]
        self._condemn([row for row in bad if row.position not in settling])
        return [row for row, _ in rows if row not in bad]

    def _condemn(self, bad: list[Row]) -> None:
        if not bad:
            return
        self._writer.settle([Settlement(row.position, State.REJECTED, DAMAGED) for row in bad])
        ranges = stretches((row.epoch.id, row.sequence) for row in bad)
        facts = {"reason": "damage", "retained_class": "any", "count": len(bad), "ranges": ranges}
        self.append(DataDropped.model_validate(facts))

    def _open_reader(self) -> Reader:
        """Return a reader of the file in use: an open one would go on reading one set aside."""
        if self._reader_of != self._writer.files:
            self._close_reader()
        if self._reader is None:
            self._reader_of = self._writer.files
            self._reader = Reader(self._path)
        return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None

    def _committed(self) -> None:
        for listener in self._listeners:
            listener()


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:  # damaged
        return None
    return found if isinstance(found, dict) else None
