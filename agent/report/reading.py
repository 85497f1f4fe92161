"""The events that tell of a day, read from a store: read-only, beside a running agent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from agent.outbox.commands.export import Selection, stored
from agent.outbox.rows import Row, to_message
from agent.report.dating import LocalDay, Message

_MARGIN_MS = 86_400_000
_LATE = frozenset({"rating.amended", "device.fault", "device.gap", "clock.corrected"})
"""Kinds that may tell of a day although they are of another one, and the alerts."""


@dataclass(slots=True)
class Reading:
    """What a store has of a day."""

    day: LocalDay
    messages: list[Message] = field(default_factory=list)
    missing: int = 0
    """Events that are not in the store, between rows that enclose the day."""
    damaged: int = 0
    """Rows whose checksum does not hold."""
    _epoch: int = -1
    _sequence: int = 0
    _wall_ms: int | None = None

    def take(self, row: Row) -> None:
        """Look at the next row, in the store's order."""
        self.missing += self._skipped(row)
        self._epoch, self._sequence = row.epoch.number, row.sequence
        self._wall_ms = self._wall_ms if row.wall_ms is None else row.wall_ms
        if self._tells(row):
            self.messages.append(json.loads(to_message(row, replayed=True)))

    def _skipped(self, row: Row) -> int:
        """Count the sequence numbers before a row that lack, if they may be of the day."""
        known = self._sequence if row.epoch.number == self._epoch else 0
        begun = self._wall_ms is None or self._wall_ms < self.day.end_ms
        over = row.wall_ms is not None and row.wall_ms < self.day.start_ms
        return row.sequence - known - 1 if begun and not over else 0

    def _tells(self, row: Row) -> bool:
        if row.trust != "synced" or row.wall_ms is None:
            return True
        if row.kind in _LATE or row.kind.startswith("alert."):
            return True
        return self.day.start_ms - _MARGIN_MS <= row.wall_ms < self.day.end_ms + _MARGIN_MS


def read_store(path: Path, day: LocalDay) -> Reading:
    """Read all that a store tells of a day. Raises NotAStoreError."""
    reading, selection = Reading(day), Selection()
    for row in stored(path, selection):
        reading.take(row)
    reading.damaged = selection.damaged
    return reading
