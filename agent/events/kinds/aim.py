"""What an installer does with a camera: looks through it, and says which parts of it count."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from agent.events.kinds.data import EventData, Seconds, Short

Share = Annotated[float, Field(ge=0, le=1)]


class PreviewStarted(EventData):
    """An installer sees the pictures of a camera from now on. They leave the kiosk for no other."""

    kind: ClassVar[str] = "preview.started"

    camera: Short
    """Its id."""
    sign: Literal["screen", "none"]
    """Whether the customers' screen says so; `none` where the kiosk has no screen."""


class PreviewEnded(EventData):
    """No picture is shown to the installer any more."""

    kind: ClassVar[str] = "preview.ended"

    camera: Short
    """Its id."""
    span_s: Seconds
    """How long it went on."""
    reason: Literal["closed", "left", "limit", "permit", "sign", "camera", "stopped"]
    """Ended by hand, the phone asked no more, its longest time was over, the camera had to close,
    the customers' screen was gone, the camera's process was, or the agent stopped."""


class ZonesChanged(EventData):
    """Other parts of a camera's picture count from now on. Where they lie stays on the kiosk."""

    kind: ClassVar[str] = "zones.changed"

    camera: Short
    """Its id."""
    source: Literal["installer", "config"]
    """Drawn on the kiosk's page, or those of the configuration again."""
    staff_masks: Annotated[int, Field(ge=0, le=8)]
    """Parts that are black before anything looks: where staff stand."""
    staff_share: Share
    """Which share of the picture they are together."""
    contact_share: Share | None = None
    """Which share the contact zone is; absent where the whole picture counts."""
