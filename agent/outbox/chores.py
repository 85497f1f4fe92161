"""What the writer does between presses: one small transaction at a time.

A chore is asked for its next step while no press waits, and a step looks at a few thousand rows at
most, so none of them delays an answer by more. A chore never changes: a step returns what remains
to be done, so that one whose commit failed can be tried again whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

from agent.events.catalogue import DataDropped, DataPurged, EventData
from agent.outbox.eviction import CLASSES, Class, Limits, Reason, class_of
from agent.outbox.rows import DAMAGED, EPOCHS, SEQUENCE_BITS, SEQUENCE_MASK, Epoch, Row, State
from agent.outbox.store import Glance, Store
from agent.outbox.stretches import stretches

STEP_ROWS = 500
GLANCE_ROWS = 4000
_END = (1 << 63) - 1


@dataclass(slots=True)
class Step:
    """What one step of a chore did."""

    rest: Chore | None = None
    """What remains to be done; None: it is over."""
    events: list[EventData] = field(default_factory=list)
    """To be recorded in the same transaction."""
    pending: int = 0
    """How many rows became pending; negative: how many no longer are."""
    rewound: bool = False
    """Rows at or below the watermark became pending."""
    changed: int = 0
    """Rows confirmed, reopened or taken over."""
    looked: int = 0
    """Rows read to find them."""


class Chore(Protocol):
    """Something the writer does in small steps, each a transaction."""

    name: ClassVar[str]
    """Of its crash point: `<name>.commit`."""

    def step(self, store: Store) -> Step:
        """Do a little. Raises sqlite3.Error; the step is then undone and tried again."""
        ...


@dataclass(frozen=True, slots=True)
class CountPresses:
    """Counts the presses of every key for life."""

    name: ClassVar[str] = "count"

    def step(self, store: Store) -> Step:
        """Count some more."""
        return Step(rest=self if store.count_presses(limit=GLANCE_ROWS) else None)


@dataclass(frozen=True, slots=True)
class Purge:
    """Deletes delivered rows after their retention."""

    name: ClassVar[str] = "purge"

    before_wall_ms: int
    limits: Limits
    kinds: frozenset[str] | None = None
    """Only these kinds of event; all when None."""
    after: int = 0
    """Position up to which it is done."""

    def step(self, store: Store) -> Step:
        """Delete some, once all presses are counted."""
        if store.count_presses(limit=GLANCE_ROWS):
            return Step(rest=self)
        gone, end = _sweep(store, self.after, self._goes)
        rest = None if end is None else replace(self, after=end)
        return Step(rest=rest, events=_purge(store, gone))

    def _goes(self, row: Glance) -> bool:
        if not isinstance(row.wall_ms, int):  # unknown, or damaged
            return False
        if self.kinds is not None and row.kind not in self.kinds:
            return False
        return row.wall_ms < self.before_wall_ms and self.limits.delivered(row.state)


@dataclass(frozen=True, slots=True)
class Evict:
    """Makes room: delivered rows first, then class by class. Every drop is recorded."""

    name: ClassVar[str] = "evict"

    surplus_bytes: int
    reason: Reason
    limits: Limits
    goal_bytes: int | None = None
    """What the store may take in the end; found at the first step."""
    stages: tuple[Class | None, ...] = (None, *(name for name in CLASSES if name != "record"))
    """What is still to be gone through; None stands for the delivered rows."""
    after: int = 0
    """Position up to which the first stage is done."""

    def step(self, store: Store) -> Step:
        """Delete some rows of the class whose turn it is, once all presses are counted."""
        used_bytes = store.used_bytes()
        goal_bytes = self.goal_bytes
        if goal_bytes is None:
            goal_bytes = used_bytes - self.surplus_bytes
        if used_bytes <= goal_bytes or not self.stages:
            return Step()
        rest = replace(self, goal_bytes=goal_bytes)
        if store.count_presses(limit=GLANCE_ROWS):
            return Step(rest=rest)
        gone, end = _sweep(store, self.after, self._goes)
        return Step(
            rest=_behind(rest, end),
            events=self._record(store, gone),
            pending=-sum(row.state == State.PENDING for row in gone),
        )

    def _goes(self, row: Glance) -> bool:
        stage = self.stages[0]
        if stage is None:
            return self.limits.delivered(row.state) and class_of(row.kind) != "record"
        return class_of(row.kind) == stage

    def _record(self, store: Store, gone: list[Glance]) -> list[EventData]:
        stage = self.stages[0]
        if stage is None:
            return _purge(store, gone)
        return _drop(store, gone, reason=self.reason, retained_class=stage)


@dataclass(frozen=True, slots=True)
class Confirm:
    """Marks what the centre has stored, by first and last sequence of an epoch."""

    name: ClassVar[str] = "confirm"

    epoch: str
    ranges: Sequence[tuple[int, int]]

    def step(self, store: Store) -> Step:
        """Confirm some."""
        number = store.epoch_number(self.epoch)
        if number is None:
            return Step()  # not ours, or long gone
        waiting, step = deque(self.ranges), Step()
        while waiting and step.looked < GLANCE_ROWS:
            first, last = waiting.popleft()
            first, last = max(first, 1), min(last, SEQUENCE_MASK)
            found = store.confirm(number, first, last, limit=GLANCE_ROWS - step.looked)
            step.pending -= found.pending
            step.changed += found.changed
            step.looked += max(found.looked, 1)
            if found.reached < last:
                waiting.appendleft((found.reached + 1, last))
        store.advance_watermark()
        step.rest = Confirm(self.epoch, tuple(waiting)) if waiting else None
        return step


@dataclass(frozen=True, slots=True)
class Reopen:
    """Makes settled rows pending again, so that they are sent once more.

    `reasons` chooses among the rejected; `ranges` names the rows by epoch. Damaged rows stay:
    what they say is not what was written.
    """

    name: ClassVar[str] = "reopen"

    state: State
    up_to: int
    reasons: frozenset[int] | None = None
    ranges: Mapping[str, Sequence[tuple[int, int]]] | None = None
    spans: tuple[tuple[int, int], ...] | None = None
    """What is still to be gone through, (behind this, up to this) position; found at first."""

    def step(self, store: Store) -> Step:
        """Reopen some."""
        spans = self._find(store) if self.spans is None else self.spans
        if not spans:
            return Step()
        (after, up_to), *others = spans
        gone, end = _sweep(store, after, self._goes, up_to=up_to)
        left = others if end is None else [(end, up_to), *others]
        changed = store.reopen([row.position for row in gone])
        rest = replace(self, spans=tuple(left)) if left else None
        return Step(rest=rest, pending=changed, rewound=changed > 0, changed=changed)

    def _goes(self, row: Glance) -> bool:
        wanted = self.reasons is None or row.reason in self.reasons
        return row.state == self.state and row.reason != DAMAGED and wanted

    def _find(self, store: Store) -> tuple[tuple[int, int], ...]:
        """Return where to look; there is an index of the dead letters, and mostly none."""
        if self.ranges is not None:
            return _spans(store, self.ranges, up_to=self.up_to)
        first = store.first_refused(self.reasons) if self.state is State.REJECTED else 1
        return () if first is None else ((first - 1, self.up_to),)


@dataclass(frozen=True, slots=True)
class Adopt:
    """Takes over rows that were salvaged from a damaged file."""

    name: ClassVar[str] = "salvage"

    epochs: Sequence[Epoch]
    rows: Sequence[Row]
    below: int = EPOCHS
    """The number of the epoch in force: what is older must stay below it."""

    def step(self, store: Store) -> Step:
        """Take some."""
        new = store.adopt(self.epochs, self.rows[:STEP_ROWS], below=self.below)
        rest = self.rows[STEP_ROWS:]
        pending = [row.position for row in new if row.state is State.PENDING]
        if pending:
            store.lower_watermark(min(pending) - 1)
        return Step(
            rest=replace(self, rows=rest) if rest else None,
            pending=len(pending),
            rewound=bool(pending),
            changed=len(new),
        )


@dataclass(frozen=True, slots=True)
class Record:
    """Writes facts of the store's own."""

    name: ClassVar[str] = "record"

    events: Sequence[EventData]

    def step(self, store: Store) -> Step:
        """Write them."""
        del store
        return Step(events=list(self.events))


def _sweep(
    store: Store, after: int, goes: Callable[[Glance], bool], *, up_to: int = _END
) -> tuple[list[Glance], int | None]:
    """Choose from the next rows, oldest first, no more than a step may change.

    Returns them and the position to go on behind, None when all were seen.
    """
    seen = store.glance(after, up_to=up_to, limit=GLANCE_ROWS)
    chosen = [row for row in seen if goes(row)][:STEP_ROWS]
    if len(chosen) == STEP_ROWS:
        return chosen, chosen[-1].position
    return chosen, seen[-1].position if len(seen) == GLANCE_ROWS else None


def _behind(chore: Evict, end: int | None) -> Evict:
    """Return what remains: at the end of the store the next class is due."""
    if end is None:
        return replace(chore, stages=chore.stages[1:], after=0)
    return replace(chore, after=end)


def _spans(
    store: Store, ranges: Mapping[str, Sequence[tuple[int, int]]], *, up_to: int
) -> tuple[tuple[int, int], ...]:
    """Return stretches of sequences as (behind this, up to this) position, oldest first."""
    found = []
    for epoch, known in ranges.items():
        number = store.epoch_number(epoch)
        if number is not None:
            base = number << SEQUENCE_BITS
            found += [(base + first - 1, min(base + last, up_to)) for first, last in known]
    return tuple(sorted(found))


def _purge(store: Store, gone: list[Glance]) -> list[EventData]:
    if not gone:
        return []
    positions = [row.position for row in gone]
    ranges = stretches(store.keys(positions))
    store.delete(positions)
    return [DataPurged(ranges=ranges)]


def _drop(
    store: Store, gone: list[Glance], *, reason: Reason, retained_class: Class
) -> list[EventData]:
    if not gone:
        return []
    positions = [row.position for row in gone]
    facts = {"reason": reason, "retained_class": retained_class, "count": len(gone)}
    ranges = stretches(store.keys(positions))
    store.delete(positions)
    return [DataDropped.model_validate({**facts, "ranges": ranges})]
