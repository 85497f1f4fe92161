"""What an epoch begins with: who is there, what went before, and for how long nobody listened."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agent.clock import RELEASE_FLOOR_MS, Moment
from agent.clock.anchor import SYNCED_WITHIN_MS
from agent.events.catalogue import DeviceFault, DeviceGap, DeviceStarted, PreviousEpoch
from agent.outbox.rows import EPOCHS, Epoch, Row

# Far above any epoch a file has, for an epoch born while the file cannot be read.
_UNKNOWN_NUMBER = 1 << 20
_HIGHEST_GUESS = EPOCHS - (1 << 20)
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Opening:
    """Who opens the store."""

    source: str
    boot: str
    started: Callable[[PreviousEpoch | None], DeviceStarted]

    def epoch(self, number: int) -> Epoch:
        """Return a new epoch."""
        return Epoch(number, secrets.token_hex(8), self.source, self.boot)


def gap_after(last: Row, now: Moment) -> DeviceGap:
    """Tell how long nobody listened: exact within a boot, else by two synchronised clocks."""
    same_boot = last.epoch.boot == now.boot
    gap_ms, uncertainty_ms = None, 0
    if same_boot:
        gap_ms = now.monotonic_ms - last.monotonic_ms
    elif last.trust == now.trust == "synced" and last.wall_ms and now.wall_ms:
        gap_ms, uncertainty_ms = now.wall_ms - last.wall_ms, 2 * SYNCED_WITHIN_MS
    unasked = "crash" if same_boot else "power"
    known = gap_ms is not None and gap_ms >= 0
    return DeviceGap.model_validate(
        {
            "reason": "stopped" if last.kind == "device.stopped" else unasked,
            "after": last.event_id,
            "gap_s": (gap_ms or 0) / 1000 if known else None,
            "uncertainty_s": uncertainty_ms / 1000 if known else None,
        }
    )


def newest_wall_ms(rows: Iterable[Row]) -> int:
    """Return the latest trusted wall time of some rows; 0 without any."""
    return max((row.wall_ms or 0 for row in rows if row.trust == "synced"), default=0)


def guess_number(wall_ms: int | None) -> int:
    """Guess an epoch number above all that an unreadable file may hold.

    It grows with the wall clock, which even without a battery goes on from the last shutdown, so
    that it is above a number guessed before.
    """
    minutes = 0 if wall_ms is None else max(0, wall_ms - RELEASE_FLOOR_MS) // _MINUTE_MS
    return min(_UNKNOWN_NUMBER + minutes, _HIGHEST_GUESS)


def damaged(aside: str) -> str:
    """Say that a file was set aside."""
    return f"the store was damaged: a new one is in use, the old one is kept as {aside}"


def store_fault(state: str, fact: str) -> DeviceFault:
    """Tell that the store cannot be written, or can again."""
    remedy = "free disk space or replace the card" if state == "raised" else ""
    return DeviceFault.model_validate(
        {"part": "store", "state": state, "fact": fact[:300], "remedy": remedy}
    )
