"""What every kind of event is made of."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

# A key of another event: `<source>/<epoch>/<sequence>`, the envelope's `id`.
EventId = Annotated[str, Field(min_length=1, max_length=300)]
Short = Annotated[str, Field(max_length=80)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
EpochId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class EventData(BaseModel):
    """The `data` of an event. `kind` and `version` make the CloudEvents type."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def event_type(cls) -> str:
        """Return the CloudEvents `type`, for example `smilepost.rating.given.v1`."""
        return f"smilepost.{cls.kind}.v{cls.version}"
