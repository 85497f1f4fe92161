"""What the writer does between presses: one small transaction at a time.

A chore is asked for its next step while no press waits, so none of them delays an answer by more
than a few hundred rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agent.events.catalogue import DataDropped, DataPurged, EventData
from agent.outbox.eviction import CLASSES, Class, Limits, Reason, class_of
from agent.outbox.rows import SEQUENCE_BITS, Epoch, Row, State
from agent.outbox.store import Store
from agent.outbox.stretches import stretches

STEP_ROWS = 500
GLANCE_ROWS = 4000


@dataclass(slots=True)
class Step:
    """What one step of a chore did."""

    more: bool = False
    """Ask again."""
    events: list[EventData] = field(default_factory=list)
    """To be recorded in the same transaction."""
    pending: int = 0
    """How many rows became pending; negative: how many no longer are."""
    rewound: bool = False
    """Rows at or below the watermark became pending."""


class Chore(Protocol):
    """Something the writer does in small steps, each a transaction."""

    name: str
    """Of its crash point: `<name>.commit`."""

    def step(self, store: Store) -> Step:
        """Do a little. Raises sqlite3.Error; the step is then undone and tried again."""
        ...


class CountPresses:
    """Counts the presses of every key for life."""

    name = "count"

    def step(self, store: Store) -> Step:
        """Count some more."""
        return Step(more=store.count_presses(limit=GLANCE_ROWS))


class Purge:
    """Deletes delivered rows after their retention."""

    name = "purge"

    def __init__(self, *, before_wall_ms: int, limits: Limits) -> None:
        self._before_ms = before_wall_ms
        self._limits = limits
        self._cursor = 0

    def step(self, store: Store) -> Step:
        """Delete some."""
        _count_all(store)
        seen = store.glance(self._cursor, limit=GLANCE_ROWS)
        old = [p for p, _, state, wall_ms in seen if self._is_over(state, wall_ms)][:STEP_ROWS]
        if len(old) == STEP_ROWS:
            self._cursor = old[-1]
        elif seen:
            self._cursor = seen[-1][0]
        return Step(
            more=len(seen) == GLANCE_ROWS or len(old) == STEP_ROWS, events=_purge(store, old)
        )

    def _is_over(self, state: int, wall_ms: int | None) -> bool:
        return self._limits.delivered(state) and wall_ms is not None and wall_ms < self._before_ms


class Evict:
    """Makes room: delivered rows first, then class by class. Every drop is recorded."""

    name = "evict"

    def __init__(self, *, surplus_bytes: int, reason: Reason, limits: Limits) -> None:
        self._goal_bytes = surplus_bytes
        self._goal: int | None = None
        self._reason = reason
        self._limits = limits
        self._stages: list[Class | None] = [None, *(name for name in CLASSES if name != "record")]
        self._cursor = 0

    def step(self, store: Store) -> Step:
        """Delete some rows of the class whose turn it is."""
        if self._goal is None:
            self._goal = store.used_bytes() - self._goal_bytes
        if store.used_bytes() <= self._goal:
            return Step()
        _count_all(store)
        seen = store.glance(self._cursor, limit=GLANCE_ROWS)
        gone = [(p, state) for p, kind, state, _ in seen if self._goes(kind, state)][:STEP_ROWS]
        step = Step(more=True, events=self._record(store, [p for p, _ in gone]))
        step.pending = -sum(state == State.PENDING for _, state in gone)
        self._advance(seen[-1][0] if seen and len(gone) < STEP_ROWS else None, gone, len(seen))
        step.more = bool(self._stages)
        return step

    def _goes(self, kind: str, state: int) -> bool:
        stage = self._stages[0]
        if stage is None:
            return self._limits.delivered(state) and class_of(kind) != "record"
        return class_of(kind) == stage

    def _record(self, store: Store, positions: list[int]) -> list[EventData]:
        stage = self._stages[0]
        if stage is None:
            return _purge(store, positions)
        if not positions:
            return []
        ranges = stretches(store.keys(positions))
        store.delete(positions)
        return [
            DataDropped.model_validate(
                {
                    "reason": self._reason,
                    "retained_class": stage,
                    "count": len(positions),
                    "ranges": ranges,
                }
            )
        ]

    def _advance(self, end: int | None, gone: list[tuple[int, int]], seen: int) -> None:
        """Go on behind what was looked at; at the end of the store the next class is due."""
        self._cursor = gone[-1][0] if end is None and gone else (end or self._cursor)
        if len(gone) < STEP_ROWS and seen < GLANCE_ROWS:
            self._stages.pop(0)
            self._cursor = 0


class Confirm:
    """Marks what the centre has stored."""

    name = "confirm"

    def __init__(self, epoch: str, ranges: Sequence[tuple[int, int]]) -> None:
        self._epoch = epoch
        self._ranges = list(ranges)
        self.confirmed = 0

    def step(self, store: Store) -> Step:
        """Confirm some."""
        number = store.epoch_number(self._epoch)
        if number is None:
            return Step()  # not ours, or long gone
        room, step = GLANCE_ROWS, Step()
        while self._ranges and room > 0:
            first, last = self._ranges.pop(0)
            pending, changed, reached = store.confirm(number, first, last, limit=room)
            step.pending -= pending
            self.confirmed += changed
            room -= reached - first + 1
            if reached < last:
                self._ranges.insert(0, (reached + 1, last))
        store.advance_watermark()
        step.more = bool(self._ranges)
        return step


class Reopen:
    """Makes settled rows pending again, so that they are sent once more.

    `reasons` chooses among the rejected; `ranges` names the rows by epoch. Damaged rows stay.
    """

    name = "reopen"

    def __init__(
        self,
        state: State,
        *,
        up_to: int,
        reasons: frozenset[int] | None = None,
        ranges: Mapping[str, Sequence[tuple[int, int]]] | None = None,
    ) -> None:
        self._state = state
        self._reasons = reasons
        self._ranges = ranges
        self._spans: list[tuple[int, int]] | None = None if ranges is not None else [(0, up_to)]
        self.reopened = 0

    def step(self, store: Store) -> Step:
        """Reopen some."""
        if self._spans is None:
            self._spans = _spans(store, self._ranges or {})
        if not self._spans:
            return Step()
        after, up_to = self._spans.pop(0)
        found = store.settled_after(
            after, up_to=up_to, state=self._state, reasons=self._reasons, limit=STEP_ROWS
        )
        changed = store.reopen(found)
        self.reopened += changed
        if len(found) == STEP_ROWS:
            self._spans.insert(0, (found[-1], up_to))
        return Step(more=bool(self._spans), pending=changed, rewound=bool(found))


def _spans(store: Store, ranges: Mapping[str, Sequence[tuple[int, int]]]) -> list[tuple[int, int]]:
    """Return stretches of sequences as (before the first, last) position, oldest first."""
    found = []
    for epoch, known in ranges.items():
        number = store.epoch_number(epoch)
        if number is not None:
            base = number << SEQUENCE_BITS
            found += [(base + first - 1, base + last) for first, last in known]
    return sorted(found)


class Adopt:
    """Takes over rows that were salvaged from a damaged file."""

    name = "salvage"

    def __init__(self, epochs: Sequence[Epoch], rows: Sequence[Row]) -> None:
        self._epochs, self._rows = epochs, list(rows)
        self.adopted = 0

    def step(self, store: Store) -> Step:
        """Take some."""
        rows, self._rows = self._rows[:STEP_ROWS], self._rows[STEP_ROWS:]
        before = store.count_waiting([row.position for row in rows])
        self.adopted += store.adopt(self._epochs, rows)
        after = store.count_waiting([row.position for row in rows])
        if rows:
            store.lower_watermark(min(row.position for row in rows) - 1)
        return Step(more=bool(self._rows), pending=after - before, rewound=after > before)


class Record:
    """Writes facts of the store's own."""

    name = "record"

    def __init__(self, events: Sequence[EventData]) -> None:
        self._events = list(events)

    def step(self, store: Store) -> Step:
        """Write them."""
        del store
        return Step(events=self._events)


def _purge(store: Store, positions: list[int]) -> list[EventData]:
    if not positions:
        return []
    ranges = stretches(store.keys(positions))
    store.delete(positions)
    return [DataPurged(ranges=ranges)]


def _count_all(store: Store) -> None:
    """Count the presses of all rows before any of them is deleted."""
    while store.count_presses(limit=GLANCE_ROWS):
        pass
