"""What is kept in memory while the file cannot be written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.events.catalogue import DataDropped, DataPurged, EventData
from agent.outbox.eviction import CLASSES, Class, class_of
from agent.outbox.rows import Row
from agent.outbox.store import Settlement
from agent.outbox.stretches import stretches

SPOOL_ROWS = 20_000  # about 20 MB
DROP_ROWS = 500


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows that memory had no more room for."""

    rows: tuple[Row, ...]
    retained_class: Class | None
    """None: these had been delivered."""

    def told(self) -> EventData:
        """Return what is to be said of it."""
        ranges = stretches((row.epoch.id, row.sequence) for row in self.rows)
        if self.retained_class is None:
            return DataPurged(ranges=ranges)
        data = {"reason": "memory", "retained_class": self.retained_class}
        return DataDropped.model_validate({**data, "count": len(self.rows), "ranges": ranges})


class Spool:
    """The rows of the epoch in memory. One thread changes it, others may look."""

    def __init__(self, delivered: Callable[[int], bool], *, most_rows: int | None = None) -> None:
        self._delivered = delivered
        self._most_rows = SPOOL_ROWS if most_rows is None else most_rows
        self.rows: tuple[Row, ...] = ()
        self.settled: dict[int, Settlement] = {}
        """What the broker said meanwhile, about rows here and in the file."""

    def add(self, rows: Sequence[Row]) -> None:
        """Keep new rows."""
        self.rows += tuple(rows)

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Remember what the broker said."""
        self.settled |= {s.position: s for s in settlements}

    def after(self, position: int, *, up_to: int) -> list[Row]:
        """Return the rows with position in (`position`, `up_to`]."""
        return [row for row in self.rows if position < row.position <= up_to]

    def drop_surplus(self) -> Dropped | None:
        """Make room when there is too much: delivered rows first, then by class, oldest first."""
        if len(self.rows) <= self._most_rows:
            return None
        stages: tuple[Class | None, ...] = (None, *CLASSES)
        found = (self._drop(stage) for stage in stages if stage != "record")
        return next((dropped for dropped in found if dropped is not None), None)

    def _goes(self, row: Row, stage: Class | None) -> bool:
        name = class_of(row.kind)
        if stage is not None:
            return name == stage
        known = self.settled.get(row.position)
        return known is not None and self._delivered(known.state) and name != "record"

    def _drop(self, name: Class | None) -> Dropped | None:
        gone = tuple(row for row in self.rows if self._goes(row, name))[:DROP_ROWS]
        if not gone:
            return None
        positions = {row.position for row in gone}
        self.rows = tuple(row for row in self.rows if row.position not in positions)
        self.settled = {p: s for p, s in self.settled.items() if p not in positions}
        return Dropped(gone, name)
