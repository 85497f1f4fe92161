"""What concerns the people of a site: alerts and shifts."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from agent.events.kinds.data import EventData, EventId, Seconds, Short

AlertKind = Literal["help_wanted", "threshold", "case", "complaint"]
Audience = Literal["counter", "manager"]


class AlertRaised(EventData):
    """Somebody should look: now at the counter, or later the manager."""

    kind: ClassVar[str] = "alert.raised"

    alert: Short
    """The alert's id, random."""
    what: AlertKind
    """The customer asks for someone; many unhappy answers; one unhappy answer; a complaint."""
    audience: Audience
    """Who is told: the counter (and the manager with it), or the manager alone."""
    rating: EventId | None = None
    """The unhappy answer, of a case or of a complaint that has one."""
    feedback: EventId | None = None
    """Of a complaint: the feedback."""
    contact: Short | None = None
    """Whose it is, where a camera counts."""
    share: float | None = Field(default=None, ge=0, le=1)
    """Of a threshold: unhappy answers by all answers."""
    n: int | None = Field(default=None, ge=1)
    """Of a threshold: how many answers."""
    window_s: Seconds | None = None
    """Of a threshold: over how long a time."""


class AlertAcknowledged(EventData):
    """Somebody has seen the alert and takes it on."""

    kind: ClassVar[str] = "alert.acknowledged"

    alert: Short
    """The alert's id."""
    by: Short
    """The seller's pseudonym, `counter` where nobody is signed on, or `manager`."""
    after_s: Seconds
    """The time to react: from the alert until now."""


class AlertEscalated(EventData):
    """Nobody has acknowledged the alert in time. Told once."""

    kind: ClassVar[str] = "alert.escalated"

    alert: Short
    """The alert's id."""
    after_s: Seconds
    """From the alert until now."""


class AlertResolved(EventData):
    """The alert is over."""

    kind: ClassVar[str] = "alert.resolved"

    alert: Short
    """The alert's id."""
    by: Short | None = None
    """Who resolved it; absent where it ended by itself."""
    how: Short
    """What was done, an id of `alerts.actions`; `amended` where the answer was taken back, or
    `subsided` where the share of unhappy answers fell again."""
    after_s: Seconds
    """From the alert until now."""


class ShiftStarted(EventData):
    """Somebody is at the till from now on."""

    kind: ClassVar[str] = "shift.started"

    shift: Short
    """The shift's id, random."""
    seller: Short
    """Who: a pseudonym, never a name."""
    how: Literal["buttons", "page"]
    """How they signed on."""


class ShiftEnded(EventData):
    """Nobody is at the till any more, or somebody else."""

    kind: ClassVar[str] = "shift.ended"

    shift: Short
    """The shift's id."""
    how: Literal["signed_off", "timeout", "handover", "closing"]
    """By themselves, nothing happened for hours, somebody else signed on, or the site closed."""
    duration_s: Seconds
    """From the start until now, idle hours before a timeout included."""
