"""What goes first when there is no more room. The order is a promise; this is where it stands.

Delivered rows go before everything else, the oldest first, whatever their class. Then the classes
below, one after the other, the oldest row of a class first. `record` never goes: these few rows
prove what else is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.outbox.rows import State

Class = Literal["expression", "contacts", "health", "device", "answers", "record"]
Reason = Literal["quota", "disk"]

CLASSES: dict[Class, tuple[str, ...]] = {
    "expression": ("expression.measured", "traits.measured"),
    "contacts": (
        "contact.ended",
        "served.counted",
        "served.disputed",
        "prompt.shown",
        "ad.shown",
    ),
    "health": ("device.health",),
    "device": (
        "device.fault",
        "device.stopped",
        "notice.shown",
        "camera.declined",
        "camera.refused",
        "served.calibrated",
        "preview.started",
        "preview.ended",
        "zones.changed",
    ),
    "answers": (
        "rating.given",
        "rating.amended",
        "response.given",
        "feedback.left",
        "shift.started",
        "shift.ended",
        "alert.raised",
        "alert.acknowledged",
        "alert.escalated",
        "alert.resolved",
    ),
    "record": (
        "device.started",
        "device.gap",
        "clock.corrected",
        "data.purged",
        "data.dropped",
    ),
}
"""Kinds by class, in the order in which the classes are dropped."""

LEAST_BYTES = 4 << 20  # however full the disk is, so much may be kept
SLACK_BYTES = 256 << 10
RELIEF = 50  # an eviction frees one part in so many, or each new row would need one of its own


@dataclass(frozen=True, slots=True)
class Limits:
    """How much room the store may take, and what counts as delivered."""

    quota_bytes: int = 500 << 20
    free_disk_bytes: int = 200 << 20
    """What the disk must have left, or the file stops growing."""
    receipts: bool = False
    """The centre confirms what it stored: the broker's word alone is no delivery."""

    def delivered(self, state: int) -> bool:
        """Tell whether a row in this state has done what it is for."""
        return state == State.CONFIRMED or (state == State.ACKNOWLEDGED and not self.receipts)


@dataclass(frozen=True, slots=True)
class Room:
    """What the store takes and what the disk has left, in bytes."""

    used: int
    file: int
    free: int

    def surplus(self, limits: Limits) -> tuple[int, Reason] | None:
        """Return the bytes to be freed and why; None while there is room."""
        allowed, reason = self._allowed(limits)
        if self.used <= allowed:
            return None
        return self.used - allowed + allowed // RELIEF, reason

    def _allowed(self, limits: Limits) -> tuple[int, Reason]:
        headroom = self.free - limits.free_disk_bytes
        by_disk = self.file + headroom if headroom > 0 else self.file - SLACK_BYTES
        if limits.quota_bytes <= by_disk:
            return limits.quota_bytes, "quota"
        return max(LEAST_BYTES, by_disk), "disk"


def class_of(kind: str) -> Class:
    """Return the class of a kind of event; what this release does not know goes with answers."""
    return next((name for name, kinds in CLASSES.items() if kind in kinds), "answers")
