"""What became known about the clocks of this boot and of those before it. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BootSpan:
    """What the store holds of one boot of this machine. All of its epochs together."""

    boot: str
    """The kernel's boot id."""
    first_ms: int
    """Monotonic milliseconds of its first row."""
    last_ms: int
    """Monotonic milliseconds of its last row."""
    synced: bool
    """Whether every row was written by a synchronised clock."""
    floor_ms: int | None
    """The highest `earliest_ms` any of its rows carried."""
    last_wall_ms: int | None
    """The wall clock's label of its last row."""
    offset_ms: int | None
    """True UTC milliseconds minus monotonic, as the last `clock.corrected` about it told."""
    uncertainty_ms: int | None
    """How far that may be off."""
