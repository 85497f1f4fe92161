"""Which record is a row, which an epoch, and whether it may be believed.

A row with a checksum is believed when that holds. A row from before there were checksums is
believed when the catalogue knows its kind and its data fits. Of an epoch without a checksum other
places in the file must not say otherwise: an altered id would rename all its events.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast, get_args

from agent.clock import Trust
from agent.events.catalogue import (
    CATALOGUE,
    DataDropped,
    DataPurged,
    DeviceStarted,
    EventData,
)
from agent.outbox.positions import Stretch
from agent.outbox.records import Value
from agent.outbox.rows import Epoch, Row, State, checksum, epoch_checksum

NOBODY = Epoch(0, "", "", "")
"""Stands for the epoch of a row whose own one is unknown."""

_KINDS = {(event.kind, event.version): event for event in CATALOGUE}
_TRUSTS = frozenset(get_args(Trust))
_STATES = {int(state): state for state in State}
_EVENT_COLUMNS = (10, 11)  # schema m001, and from m002 on
_EPOCH_COLUMNS = (4, 6, 7)
_COPY_COLUMNS, _ID_COLUMNS = 5, 2
_NUMBERS = 1 << 23  # as many as positions have room for
_ID = re.compile(r"[0-9a-f]{16}")
_SOURCE = re.compile(r"/[^/]+/[^/]+/[^/]+")
_BOOT = re.compile(r"[0-9a-f-]{36}")


def is_event(values: Sequence[Value]) -> bool:
    """Tell whether a record has the shape of a row of `event`."""
    return len(values) in _EVENT_COLUMNS and values[0] is None and type(values[3]) is str


def row_of(position: int, values: Sequence[Value], *, epoch: Epoch) -> Row | None:
    """Return the row that an event's record holds; None where it may not be believed."""
    _, state, reason, kind, version, monotonic_ms, wall_ms, trust, earliest_ms, data, *more = values
    if not (
        type(kind) is type(data) is str
        and type(version) is type(monotonic_ms) is int
        and trust in _TRUSTS
        and (wall_ms is None or type(wall_ms) is int)
        and (earliest_ms is None or type(earliest_ms) is int)
    ):
        return None
    known = _STATES.get(cast("int", state), State.PENDING)  # whatever it is: sent once too often
    told = reason if known is State.REJECTED and type(reason) is int else None
    row = Row._make((position, epoch, *values[3:10], known, told))
    if not more or more[0] is None:
        return row if _plausible(row) else None
    return row if checksum(row) == more[0] else None


def _plausible(row: Row) -> bool:
    return row.sequence > 0 and row.monotonic_ms >= 0 and _parsed(row) is not None


@dataclass(slots=True)
class Witness:
    """What the places of a file say about its epochs and about what was deleted on purpose."""

    proven: dict[int, Epoch] = field(default_factory=dict)
    """Epochs whose checksum holds."""
    claimed: dict[int, list[Epoch]] = field(default_factory=dict)
    """Epochs without a checksum, the newest image first."""
    indexed: set[tuple[int, str]] = field(default_factory=set)
    """(number, id) as the index of ids has it."""
    last_sequences: dict[str, int] = field(default_factory=dict)
    """By epoch id, as the next epoch's first row has it."""
    deleted: dict[str, list[Stretch]] = field(default_factory=dict)
    """By epoch id: what retention or a quota deleted."""

    def hear_table(self, rowid: int, values: Sequence[Value]) -> None:
        """Take in a record of a table: an epoch, or an event that tells of others."""
        if is_event(values):
            row = row_of(rowid, values, epoch=NOBODY)
            if row is not None:
                self._hear_event(row)
        elif len(values) in _EPOCH_COLUMNS and values[0] is None:
            proof = values[6] if len(values) == max(_EPOCH_COLUMNS) else None
            self._hear_epoch(rowid, values[1:4], proof)

    def hear_index(self, values: Sequence[Value]) -> None:
        """Take in a record of an index: a copy of an epoch, or its id."""
        if len(values) == _COPY_COLUMNS and values[0] is not None and type(values[4]) is int:
            self._hear_epoch(values[4], values[1:4], values[0])
        elif len(values) == _ID_COLUMNS and type(values[0]) is str and type(values[1]) is int:
            self.indexed.add((values[1], values[0]))

    def epochs(self) -> dict[int, Epoch]:
        """Return the epochs that may be believed, by number."""
        numbers = {number for number, _ in self.indexed}
        believed = dict(self.proven)
        for number, claims in self.claimed.items():
            backed = [epoch for epoch in claims if self._backed(epoch)]
            if backed or number not in numbers:
                believed.setdefault(number, (backed or claims)[0])
        return dict(sorted(believed.items()))

    def _backed(self, epoch: Epoch) -> bool:
        return (epoch.number, epoch.id) in self.indexed or epoch.id in self.last_sequences

    def _hear_epoch(self, number: int, names: Sequence[Value], proof: Value) -> None:
        texts = [name if isinstance(name, str) else "" for name in names]
        shaped = (p.fullmatch(t) for p, t in zip((_ID, _SOURCE, _BOOT), texts, strict=True))
        if not (0 < number < _NUMBERS and all(shaped)):
            return
        epoch = Epoch(number, *texts)
        if proof is None:
            claims = self.claimed.setdefault(number, [])
            claims += () if epoch in claims else (epoch,)
        elif proof == epoch_checksum(epoch):
            self.proven.setdefault(number, epoch)

    def _hear_event(self, row: Row) -> None:
        event = _parsed(row)
        if isinstance(event, DeviceStarted) and event.previous is not None:
            self.last_sequences[event.previous.epoch] = event.previous.last_sequence
        elif isinstance(event, DataPurged) or (
            isinstance(event, DataDropped) and event.reason != "damage"  # may be found elsewhere
        ):
            for epoch, stretches in event.ranges.items():
                self.deleted.setdefault(epoch, []).extend(stretches)


def _parsed(row: Row) -> EventData | None:
    event = _KINDS.get((row.kind, row.version))
    if event is None:
        return None
    try:
        return event.model_validate_json(row.data)
    except ValueError:
        return None
