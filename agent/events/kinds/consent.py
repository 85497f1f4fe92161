"""What becomes of the camera by law and by a customer's wish."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from agent.events.kinds.data import EventData, Seconds, Short

Reason = Literal[
    "no_notice",
    "no_attestation",
    "no_staff_mask",
    "notice_not_shown",
    "other_mode",
]


class CameraDeclined(EventData):
    """Customers wanted no camera, and it was closed. It names nobody."""

    kind: ClassVar[str] = "camera.declined"

    span_s: Seconds
    """How long it was closed for that; it ends at the event's time. Spans never overlap."""
    times: int = Field(ge=0)
    """How often somebody asked for it within the span; a long time is told in several spans."""


class CameraRefused(EventData):
    """Something was asked of the camera that is not done as things stand; told as it begins."""

    kind: ClassVar[str] = "camera.refused"

    mode: Literal["presence", "smile", "emotion", "traits"]
    """What was asked for."""
    reasons: tuple[Reason, ...] = Field(min_length=1, max_length=5)
    """`no_notice`, `no_attestation`, `no_staff_mask`: the configuration lacks it;
    `notice_not_shown`: no page has painted the notice for minutes; `other_mode`: the camera process
    measures something else than is configured."""
    camera: Short | None = None
    """Which camera, where it concerns one alone."""
