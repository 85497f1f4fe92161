"""Messages that are not facts: retained states, and what the centre says to a device."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Sequence = Annotated[int, Field(ge=1, lt=1 << 40, strict=True)]
SeenBy = Literal["camera", "sensor"]
SessionId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


def _in_order(stretch: tuple[int, int]) -> tuple[int, int]:
    if stretch[0] > stretch[1]:
        raise ValueError("a stretch begins with its smaller number")
    return stretch


Stretch = Annotated[tuple[Sequence, Sequence], AfterValidator(_in_order)]


class Status(BaseModel):
    """Retained on `status`: birth and will of one uplink session.

    The will of an old session may arrive after the birth of a new one: a consumer takes
    `offline` only from the session it last saw `online`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    state: Literal["online", "offline"]
    """`offline` is written by the broker when the connection is lost, or by a stopping device."""
    session: SessionId
    """Random, one per connection."""
    source: str
    """`/<tenant>/<site>/<device>`."""
    software: Annotated[str, Field(max_length=40)]
    """Version of Smilepost."""


class PresenceState(BaseModel):
    """Retained on `presence` with 30 s expiry: drives signage."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    present: int | None = Field(ge=0, le=100)
    """Contacts present now; null: nobody can know any more, which is not nobody."""
    seen_by: SeenBy | None = None
    """Who sees them; a sensor cannot tell two people from one."""
    session: SessionId
    """The uplink session that says so."""


class DeliveryReceipt(BaseModel):
    """Sent by the centre to `receipt`: these events are stored there for good.

    `{"epoch": "9f86d081884c7d65", "ranges": [[1, 400], [402, 412]]}`, first and last sequence of
    each stretch, both included.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    epoch: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """The epoch of the events, as in their envelope."""
    ranges: Annotated[tuple[Stretch, ...], Field(min_length=1, max_length=1000)]
    """Stretches of sequence numbers."""
