"""What leaves the camera process: the whole protocol of its Unix socket.

One JSON object a line, at most `MAX_LINE` bytes. There is no field a picture, a face or a
descriptor of one could travel in. Times are milliseconds of CLOCK_MONOTONIC, which both
processes share. Expression leaves only as sums over `batch_contacts` contacts; the live `smile`
level exists only where the configuration turns the gauge on, for a display on the same machine.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from agent.events.catalogue import ClassSeconds, ModelRef, Seconds

MAX_LINE = 4096
SOCKET_NAME = "vision.sock"

Millis = Annotated[int, Field(ge=0, le=2**53)]
ContactId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Hello(_Message):
    """The first line after connecting."""

    kind: Literal["hello"] = "hello"
    protocol: Literal[1] = 1
    mode: Literal["presence", "smile", "emotion"]
    models: dict[str, ModelRef]


class CameraState(_Message):
    """The camera delivers frames, or does not."""

    kind: Literal["camera"] = "camera"
    at_ms: Millis
    working: bool
    reason: Annotated[str, Field(max_length=300)] = ""
    blind: Literal["covered", "dark"] | None = None
    """It delivers frames, and they show nothing."""


class Presence(_Message):
    """How many contacts are present: at every change, and once a second as a heartbeat."""

    kind: Literal["presence"] = "presence"
    at_ms: Millis
    present: Annotated[int, Field(ge=0, le=100)]
    smile: Annotated[float, Field(ge=0, le=1)] | None = None
    """Mean smile level of the faces in view; only with `vision.gauge` on."""


class ContactBegan(_Message):
    """Somebody has been present long enough to be a contact."""

    kind: Literal["contact_began"] = "contact_began"
    at_ms: Millis
    contact: ContactId
    arrived_ms: Millis

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.arrived_ms > self.at_ms:
            raise ValueError("a contact cannot arrive later than it is told")
        return self


class ContactLeft(_Message):
    """A contact is gone; `left_ms` is when the face was last seen."""

    kind: Literal["contact_left"] = "contact_left"
    at_ms: Millis
    contact: ContactId
    arrived_ms: Millis
    left_ms: Millis

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.arrived_ms <= self.left_ms <= self.at_ms:
            raise ValueError("a contact arrives, leaves and is told in this order")
        return self


class ExpressionBatch(_Message):
    """Sums over at least three contacts; see `ExpressionMeasured` for the letters."""

    kind: Literal["expression_batch"] = "expression_batch"
    at_ms: Millis
    mode: Literal["smile", "emotion"]
    n: Annotated[int, Field(ge=3)]
    s: Seconds
    f: Seconds
    ss: Seconds
    ff: Seconds
    sf: Seconds
    smiled: Annotated[int, Field(ge=0)]
    classes: ClassSeconds | None = None
    span_s: Seconds


class Load(_Message):
    """What looking costs, every ten seconds."""

    kind: Literal["load"] = "load"
    at_ms: Millis
    frames: Annotated[int, Field(ge=0)]
    skipped: Annotated[int, Field(ge=0)]
    cpu_ms_per_frame: Seconds
    resident_mb: Seconds


Observation = Annotated[
    Hello | CameraState | Presence | ContactBegan | ContactLeft | ExpressionBatch | Load,
    Field(discriminator="kind"),
]
OBSERVATION: TypeAdapter[Observation] = TypeAdapter(Observation)


class Permit(_Message):
    """Agent to vision: the notice stands (or no longer does), the camera may (not) be open."""

    kind: Literal["permit"] = "permit"
    granted: bool
    reason: Annotated[str, Field(max_length=200)] = ""


PERMIT: TypeAdapter[Permit] = TypeAdapter(Permit)
