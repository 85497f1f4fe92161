"""The catalogue: one class for every kind of event.

An event is a durable fact, published once. It never changes: what is learnt later is a new event
that names the old one. A field may be added here, never repurposed; a breaking change makes a new
class with a new version.
"""

from __future__ import annotations

from agent.events.kinds.answers import (
    Answer,
    Channel,
    FeedbackLeft,
    Flag,
    RatingAmended,
    RatingGiven,
    ResponseGiven,
)
from agent.events.kinds.data import (
    EpochId,
    EventData,
    EventId,
    Seconds,
    Short,
)
from agent.events.kinds.device import (
    ClockCorrected,
    DataDropped,
    DataPurged,
    DeviceFault,
    DeviceGap,
    DeviceHealth,
    DeviceStarted,
    DeviceStopped,
    PreviousEpoch,
    Stretches,
)
from agent.events.kinds.presence import (
    AdShown,
    ClassSeconds,
    ContactEnded,
    ExpressionMeasured,
    ModelRef,
    NoticeShown,
    PromptShown,
    ServedCounted,
    ServedDisputed,
)
from agent.events.kinds.staff import (
    AlertAcknowledged,
    AlertEscalated,
    AlertKind,
    AlertRaised,
    AlertResolved,
    Audience,
    ShiftEnded,
    ShiftStarted,
)

__all__ = [
    "CATALOGUE",
    "AdShown",
    "AlertAcknowledged",
    "AlertEscalated",
    "AlertKind",
    "AlertRaised",
    "AlertResolved",
    "Answer",
    "Audience",
    "Channel",
    "ClassSeconds",
    "ClockCorrected",
    "ContactEnded",
    "DataDropped",
    "DataPurged",
    "DeviceFault",
    "DeviceGap",
    "DeviceHealth",
    "DeviceStarted",
    "DeviceStopped",
    "EpochId",
    "EventData",
    "EventId",
    "ExpressionMeasured",
    "FeedbackLeft",
    "Flag",
    "ModelRef",
    "NoticeShown",
    "PreviousEpoch",
    "PromptShown",
    "RatingAmended",
    "RatingGiven",
    "ResponseGiven",
    "Seconds",
    "ServedCounted",
    "ServedDisputed",
    "ShiftEnded",
    "ShiftStarted",
    "Short",
    "Stretches",
]

CATALOGUE: tuple[type[EventData], ...] = (
    RatingGiven,
    RatingAmended,
    ResponseGiven,
    FeedbackLeft,
    PromptShown,
    AdShown,
    ContactEnded,
    ServedCounted,
    ServedDisputed,
    AlertRaised,
    AlertAcknowledged,
    AlertEscalated,
    AlertResolved,
    ShiftStarted,
    ShiftEnded,
    ExpressionMeasured,
    NoticeShown,
    DeviceStarted,
    DeviceStopped,
    DeviceFault,
    DeviceHealth,
    DeviceGap,
    ClockCorrected,
    DataPurged,
    DataDropped,
)
