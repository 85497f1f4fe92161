"""CloudEvents 1.0 envelope around an event: who, when, and which one exactly.

The key of an event is (source, epoch, sequence). `epoch` is 64 random bits, new at every opening
of the store; `sequence` counts from 1 within it without a gap. A restored card image can
therefore never reuse a key, and a consumer sees every gap.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SEQUENCE_DIGITS = 20  # the CloudEvents sequence extension compares them as strings
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"

Clock = Literal["synced", "estimated", "unknown"]
Timestamp = Annotated[str, Field(pattern=TIME)]


class Envelope(BaseModel):
    """One message on `event/<kind>`, as `application/cloudevents+json`."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, Field(max_length=300)]
    """`<source>/<epoch>/<sequence>`: unique for ever."""
    source: Annotated[str, Field(pattern=r"^/[^/]+/[^/]+/[^/]+$")]
    """`/<tenant>/<site>/<device>`."""
    type: Annotated[str, Field(pattern=r"^smilepost\.[a-z_.]+\.v\d+$")]
    """`smilepost.<kind>.v<version>`."""
    time: Timestamp | None = None
    """When it happened, UTC; absent while the clock is unknown."""
    datacontenttype: Literal["application/json"] = "application/json"
    epoch: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """The store's opening this event was written in."""
    sequence: Annotated[str, Field(pattern=r"^\d{20}$")]
    """Position within the epoch, from 1, gapless."""
    boot: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    """The kernel's boot id: monotonic times compare within one boot only."""
    monotonic: Annotated[str, Field(pattern=r"^\d+$")]
    """Milliseconds of the monotonic clock when it happened."""
    clock: Clock
    """How far `time` can be trusted."""
    timeearliest: Timestamp | None = None
    """While not synced: it did not happen before this."""
    timelatest: Timestamp | None = None
    """While not synced: it did not happen after this, where that is known."""
    replayed: bool = False
    """It waited in the store for a connection, or may have been sent before."""
    data: dict[str, Any]
    """The event itself; its schema follows from `type`."""


def event_id(source: str, epoch: str, sequence: int) -> str:
    """Join the key of an event to its `id`."""
    return f"{source}/{epoch}/{sequence:0{SEQUENCE_DIGITS}d}"
