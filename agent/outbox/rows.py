"""What a stored event is: its position, its state, and its message.

A position joins the two halves of the primary key (epoch number, sequence) in one integer, so
that SQLite keeps the rows in order of writing without a second index.
"""

from __future__ import annotations

import functools
import json
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from agent.clock import Moment, Trust, iso_utc
from agent.events.catalogue import EventData
from agent.events.envelope import SEQUENCE_DIGITS, event_id

SEQUENCE_BITS = 40
SEQUENCE_MASK = (1 << SEQUENCE_BITS) - 1
EPOCHS = 1 << 23  # positions have room for no more
DAMAGED = 0x100  # no MQTT reason code: the row's checksum does not hold


class State(IntEnum):
    """How far a row has come. Only retention deletes, and never a pending row.

    In flight is not stored: after a lost connection or a crash it is pending again.
    """

    PENDING = 0
    ACKNOWLEDGED = 2  # the broker has it (PUBACK)
    CONFIRMED = 3  # the centre has it (receipt)
    REJECTED = 4  # the broker will not take it: dead letter


@dataclass(frozen=True, slots=True)
class Epoch:
    """One opening of the store."""

    number: int
    """Its order in this store."""
    id: str
    """64 random bits, 16 hex digits."""
    source: str
    """`/<tenant>/<site>/<device>` at the time."""
    boot: str
    """The kernel's boot id."""

    def position(self, sequence: int) -> int:
        """Return the position of this epoch's event number `sequence`."""
        return (self.number << SEQUENCE_BITS) | sequence


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is not stored yet: it has a moment and no number."""

    data: EventData
    moment: Moment


class Row(NamedTuple):
    """A stored event, before it is wrapped as a message.

    A plain tuple: behind every commit the processor's caches are cold, and a frozen dataclass
    takes five times as long to make.
    """

    position: int
    epoch: Epoch
    kind: str
    version: int
    monotonic_ms: int
    wall_ms: int | None
    trust: Trust
    earliest_ms: int | None
    data: str
    """The event's fields as JSON text."""
    state: State = State.PENDING
    reason: int | None = None
    """Of a rejected row: the broker's MQTT reason code, or DAMAGED."""

    @property
    def sequence(self) -> int:
        """Its number within the epoch, from 1."""
        return self.position & SEQUENCE_MASK

    @property
    def event_id(self) -> str:
        """Its key as one string."""
        return event_id(self.epoch.source, self.epoch.id, self.sequence)


class Dated(NamedTuple):
    """What a stored event said, and when."""

    boot: str
    monotonic_ms: int
    wall_ms: int | None
    """As known today; None where its time is not known."""
    data: dict[str, Any]


def number_draft(draft: Draft, *, epoch: Epoch, sequence: int) -> Row:
    """Give a draft its place in an epoch."""
    return Row(
        position=epoch.position(sequence),
        epoch=epoch,
        kind=draft.data.kind,
        version=draft.data.version,
        monotonic_ms=draft.moment.monotonic_ms,
        wall_ms=draft.moment.wall_ms,
        trust=draft.moment.trust,
        earliest_ms=draft.moment.earliest_ms,
        data=draft.data.model_dump_json(exclude_none=True),
    )


def checksum(row: Row) -> int:
    """Return the CRC-32 of everything about a row that never changes.

    A card may give back other bytes than it was given, and SQLite has no checksums of its own:
    without this a flipped bit could become another answer.
    """
    fixed = (
        row.position,
        row.kind,
        row.version,
        row.monotonic_ms,
        row.wall_ms,
        row.trust,
        row.earliest_ms,
        row.data,
    )
    return zlib.crc32("\x1f".join(map(str, fixed)).encode())


def epoch_checksum(epoch: Epoch) -> int:
    """Return the CRC-32 of an epoch: another id would rename all its events."""
    fixed = (str(epoch.number), epoch.id, epoch.source, epoch.boot)
    return zlib.crc32("\x1f".join(fixed).encode())


def to_message(row: Row, *, replayed: bool) -> bytes:
    """Wrap a row in its CloudEvents envelope: the bytes that are published.

    The row's data is already JSON text, and most of the envelope is the same for many rows: both
    are spliced in rather than written again.
    """
    head = _head(row.epoch, row.kind, row.version, row.trust)
    sequence = f"{row.sequence:0{SEQUENCE_DIGITS}d}"
    again = "true" if replayed else "false"
    return (
        f'{head.to_id}{sequence}"{head.to_time}{_times(row)}{head.to_sequence}{sequence}"'
        f'{head.to_monotonic}{row.monotonic_ms}"{head.to_replayed}{again},"data":{row.data}}}'
    ).encode()


class _Head(NamedTuple):
    """The parts of an envelope that are the same from row to row, each up to what is not."""

    to_id: str
    to_time: str
    to_sequence: str
    to_monotonic: str
    to_replayed: str


@functools.lru_cache(maxsize=128)
def _head(epoch: Epoch, kind: str, version: int, trust: str) -> _Head:
    key = json.dumps(f"{epoch.source}/{epoch.id}/")[:-1]
    event_type = json.dumps(f"smilepost.{kind}.v{version}")
    return _Head(
        f'{{"specversion":"1.0","id":{key}',
        f',"source":{json.dumps(epoch.source)},"type":{event_type}',
        f',"datacontenttype":"application/json","epoch":{json.dumps(epoch.id)},"sequence":"',
        f',"boot":{json.dumps(epoch.boot)},"monotonic":"',
        f',"clock":{json.dumps(trust)},"replayed":',
    )


def _times(row: Row) -> str:
    label = "" if row.wall_ms is None else f',"time":"{iso_utc(row.wall_ms)}"'
    if row.earliest_ms is None:
        return label
    return f'{label},"timeearliest":"{iso_utc(row.earliest_ms)}"'
