"""What an alert is, and what is to be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from agent.events.catalogue import (
    AlertAcknowledged,
    AlertEscalated,
    AlertKind,
    AlertRaised,
    AlertResolved,
    Audience,
    EventData,
)

AUDIENCES: dict[AlertKind, Audience] = {
    "help_wanted": "counter",
    "threshold": "counter",
    "case": "manager",
    "complaint": "manager",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert and how far it has come. Times are on the monotonic clock."""

    id: str
    what: AlertKind
    raised_ms: int
    rating: str | None = None
    """The unhappy answer's event id."""
    feedback: str | None = None
    """The complaint's event id."""
    contact: str | None = None
    share: float | None = None
    n: int | None = None
    window_s: float | None = None
    acknowledged_ms: int | None = None
    escalated: bool = False

    @property
    def audience(self) -> Audience:
        """Who is told: `counter` (and with it the manager), or the manager alone."""
        return AUDIENCES[self.what]

    def after_s(self, now_ms: int) -> float:
        """Return the seconds since it was raised."""
        return max(0, now_ms - self.raised_ms) / 1000


@dataclass(frozen=True, slots=True)
class Raise:
    """Tell somebody."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody takes it on."""

    alert: Alert
    by: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Escalate:
    """Nobody took it on in time."""

    alert: Alert
    after_s: float


@dataclass(frozen=True, slots=True)
class Resolve:
    """It is over."""

    alert: Alert
    how: str
    by: str | None
    after_s: float


@dataclass(frozen=True, slots=True)
class Light:
    """Switch the light at the counter."""

    on: bool


@dataclass(frozen=True, slots=True)
class Relay:
    """Switch the relay."""

    on: bool


Action: TypeAlias = Raise | Acknowledge | Escalate | Resolve | Light | Relay


def as_event(action: Action) -> EventData | None:
    """Return the fact to be kept and published; None for a switch."""
    if isinstance(action, Raise):
        return _raised(action.alert)
    if isinstance(action, Acknowledge):
        return AlertAcknowledged(alert=action.alert.id, by=action.by, after_s=action.after_s)
    if isinstance(action, Escalate):
        return AlertEscalated(alert=action.alert.id, after_s=action.after_s)
    if isinstance(action, Resolve):
        return AlertResolved(
            alert=action.alert.id, by=action.by, how=action.how, after_s=action.after_s
        )
    return None


def _raised(alert: Alert) -> AlertRaised:
    return AlertRaised(
        alert=alert.id,
        what=alert.what,
        audience=alert.audience,
        rating=alert.rating,
        feedback=alert.feedback,
        contact=alert.contact,
        share=alert.share,
        n=alert.n,
        window_s=alert.window_s,
    )
