"""What can be learnt from a store's file that cannot be written."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.clock import Moment
from agent.events.catalogue import EventData, PreviousEpoch
from agent.outbox.opening import gap_after, guess_number
from agent.outbox.rows import Row
from agent.outbox.store import Reader


@dataclass(frozen=True, slots=True)
class Past:
    """What a new epoch in memory follows."""

    number: int
    """For the new epoch: above all that the file holds."""
    previous: PreviousEpoch | None = None
    gap: tuple[EventData, ...] = ()
    pending: int = 0
    """Rows of the file that the broker has not settled."""
    watermark: int = 0


def look_back(path: Path, *, now: Moment) -> Past:
    """Read what there is; of a file that cannot be read either, guess the number."""
    try:
        with contextlib.closing(Reader(path)) as reader:
            return Past(
                reader.new_epoch_number(),
                previous=reader.previous_epoch(),
                gap=gap_before(reader.recent_rows(), now=now),
                pending=reader.count_pending(),
                watermark=reader.watermark(),
            )
    except sqlite3.Error:
        return Past(guess_number(now.wall_ms))


def gap_before(recent: Sequence[Row], *, now: Moment) -> tuple[EventData, ...]:
    """Tell how long nobody listened since the newest of some rows, the newest first."""
    return tuple(gap_after(last, now) for last in recent[:1])
