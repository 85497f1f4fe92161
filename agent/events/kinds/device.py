"""What a device tells of itself: its epochs, health, clock and lost rows."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.events.kinds.data import EpochId, EventData, EventId, Seconds, Short


class PreviousEpoch(BaseModel):
    """The epoch that was in force before this one."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    epoch: EpochId
    """Its id."""
    last_sequence: int = Field(ge=0)
    """The last sequence found in the store; 0 when it has none."""


class DeviceStarted(EventData):
    """The first event of every epoch: chains it to the one before."""

    kind: ClassVar[str] = "device.started"

    software: Short
    """Version of Smilepost."""
    previous: PreviousEpoch | None = None
    """Absent in a new store."""
    config_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Hash of the configuration in force; absent while the store runs without an agent."""
    timezone: Short | None = None
    """The zone of the site's clocks, as `Europe/Berlin`: its days are the days of its figures."""


class DeviceStopped(EventData):
    """The agent was asked to stop. A crash or power cut writes none."""

    kind: ClassVar[str] = "device.stopped"

    reason: Short
    """Who asked."""


class DeviceFault(EventData):
    """Something on the device does not work, or works again."""

    kind: ClassVar[str] = "device.fault"

    part: Short
    """For example `button:good`, `camera`, `store`, `vision`."""
    state: Literal["raised", "cleared"]
    """Whether the fault began or ended."""
    fact: Annotated[str, Field(max_length=300)]
    """What was seen."""
    remedy: Annotated[str, Field(max_length=300)] = ""
    """What a person can do about it."""


class DeviceHealth(EventData):
    """A heartbeat: proves the kiosk was listening, and lets lost stretches show as differences."""

    kind: ClassVar[str] = "device.health"

    uptime_s: Seconds
    """Since this epoch began."""
    presses: dict[Short, int]
    """Accepted presses of this epoch, by key."""
    presses_total: dict[Short, int] | None = None
    """Accepted presses since the epoch `total_since` began, by key; absent while unknown."""
    total_since: EpochId | None = None
    """The epoch with which the count of `presses_total` begins."""
    pending: int = Field(ge=0)
    """Rows not yet acknowledged by the broker."""
    rejected: int | None = Field(default=None, ge=0)
    """Rows the broker refused: kept, and tried again where the reason may pass."""
    resident_mb: Seconds
    """Resident memory of the agent, in megabytes (10^6 bytes)."""
    camera_declined_s: Seconds | None = None
    """How long the camera was closed since this run began, because customers wanted none; absent
    without a camera."""


class DeviceGap(EventData):
    """Between two openings of the store nobody listened: no press of that time can be known."""

    kind: ClassVar[str] = "device.gap"

    reason: Literal["stopped", "crash", "power"]
    """Asked to stop, ended without a word, or the machine itself was restarted without one."""
    after: EventId
    """The last event before the gap."""
    gap_s: Seconds | None = None
    """How long; absent while the clock of one of its ends is not known."""
    uncertainty_s: Seconds | None = None
    """How far `gap_s` may be off."""


class ClockCorrected(EventData):
    """What became known about the wall clock of one boot. The last one for a boot holds.

    An event of that boot that was not `synced` happened at `monotonic` + `offset_ms`, in
    milliseconds since 1970 UTC, give or take `uncertainty_ms`; of what the same boot wrote after
    this, give or take 1 ms more for every 10 s.
    """

    kind: ClassVar[str] = "clock.corrected"

    boot: Short
    """The boot whose events can be dated now."""
    offset_ms: int
    """Add this to an event's `monotonic`."""
    uncertainty_ms: int = Field(ge=0)
    """Half the width of the interval in which the true offset lies."""
    method: Literal["synced", "bounded"]
    """Read from a synchronised clock, or enclosed between the boots before and after."""
    step_ms: int | None = None
    """Add this to the label of an event written just before; absent where it had none."""


Stretches = dict[str, tuple[tuple[int, int], ...]]


class DataPurged(EventData):
    """Delivered rows were deleted after their retention."""

    kind: ClassVar[str] = "data.purged"

    ranges: Stretches
    """By epoch: first and last sequence of each deleted stretch."""


class DataDropped(EventData):
    """Rows that were not delivered, or not confirmed, are gone: what was lost, and why."""

    kind: ClassVar[str] = "data.dropped"

    reason: Literal["quota", "disk", "memory", "damage"]
    """The store's quota, too little free disk, too little memory while the disk could not be
    written, or a damaged file."""
    retained_class: Literal["expression", "contacts", "health", "device", "answers", "any"]
    """What was dropped: classes go in this order, answers last; `any` where damage chose."""
    count: int = Field(ge=1)
    """How many rows."""
    ranges: Stretches
    """By epoch: first and last sequence of each stretch that is gone."""
