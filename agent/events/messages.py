"""Messages that are states, not facts: retained, without a place in the outbox."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SessionId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


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

    present: int = Field(ge=0, le=100)
    """Contacts present now."""
    session: SessionId
    """The uplink session that says so."""
