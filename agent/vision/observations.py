"""What leaves the camera process: the whole protocol of its Unix socket.

One JSON object a line, at most `MAX_LINE` bytes. There is no field a picture, a face or a
descriptor of one could travel in; what an installer may look at goes by another socket, which is
there only meanwhile (`PreviewAsk`). Times are milliseconds of CLOCK_MONOTONIC, which both
processes share. Expression leaves only as sums over `batch_contacts` contacts; the live `smile`
level exists only where the configuration turns the gauge on, for a display on the same machine.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from agent.events.catalogue import AgeBand, ClassSeconds, ModelRef, Seconds, SexSums
from agent.vision.settings import MOST_MASKS, Zone
from agent.vision.source import CAMERA_ID, MAIN

MAX_LINE = 4096
SOCKET_NAME = "vision.sock"
PREVIEW_SOCKET = "preview.sock"
MOST_FRAME_BYTES = 262_144
"""A picture of a preview, as JPEG: 640 pixels wide it takes a fifth of this."""

MOST_REASON = 300
_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
"""It is logged, and shown in terminals."""
MOST_CONTACTS = 1000
"""In one batch: as many as `batch_contacts` may ask for."""
MOST_FACE_S, MOST_SPAN_S = 86_400.0, 366 * 86_400.0
"""Of one contact, and of a batch."""
ROUNDING = 1e-6
"""Of sums, as a share."""
WHOLE_WITHIN = 0.01
"""Sums of sexes are told to one decimal."""

Millis = Annotated[int, Field(ge=0, le=2**53)]
CameraId = Annotated[str, Field(pattern=CAMERA_ID)]
BatchSize = Annotated[int, Field(ge=3, le=MOST_CONTACTS)]
ContactId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Hello(_Message):
    """The first line after connecting."""

    kind: Literal["hello"] = "hello"
    protocol: Literal[1] = 1
    mode: Literal["presence", "smile", "emotion"]
    models: dict[str, ModelRef]
    camera: CameraId = MAIN
    """Which camera this process looks through."""


class CameraState(_Message):
    """The camera delivers frames, or does not."""

    kind: Literal["camera"] = "camera"
    at_ms: Millis
    working: bool
    reason: Annotated[str, Field(max_length=MOST_REASON, pattern=_ONE_LINE)] = ""
    blind: Literal["covered", "dark"] | None = None
    """It delivers frames, and they show nothing."""


class Presence(_Message):
    """How many contacts are present: at every change, and once a second as a heartbeat.

    The agent counts by who came and who left. Of this it needs that it comes; a display on the same
    machine (`on_raw`) shows the rest.
    """

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
    n: BatchSize
    s: Seconds
    f: Seconds
    ss: Seconds
    ff: Seconds
    sf: Seconds
    smiled: Annotated[int, Field(ge=0)]
    classes: ClassSeconds | None = None
    span_s: Annotated[float, Field(ge=0, le=MOST_SPAN_S)]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        """Nobody smiles longer than there is a face; a sum's square is above a sum of squares."""
        bounds = (
            (self.smiled, self.n),
            (self.f, self.n * MOST_FACE_S),
            (self.s, self.f),
            (self.ss, self.s * self.s),
            (self.ff, self.f * self.f),
            (self.sf, self.s * self.f),
            (self.sf * self.sf, self.ss * self.ff),
        )
        if any(value > most * (1 + ROUNDING) + ROUNDING for value, most in bounds):
            raise ValueError("a batch is made of its contacts: these sums are nobody's")
        return self


class TraitsBatch(_Message):
    """Age bands and sex of at least three contacts; see `TraitsMeasured`."""

    kind: Literal["traits_batch"] = "traits_batch"
    at_ms: Millis
    n: BatchSize
    bands: dict[AgeBand, Annotated[int, Field(ge=0)]]
    sex: SexSums
    span_s: Seconds

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sum(self.bands.values()) != self.n or abs(self._sexes() - self.n) > WHOLE_WITHIN:
            raise ValueError("a batch is made of its contacts: bands and sexes add up to n")
        return self

    def _sexes(self) -> float:
        return self.sex.female + self.sex.male


class Load(_Message):
    """What looking costs, every ten seconds."""

    kind: Literal["load"] = "load"
    at_ms: Millis
    frames: Annotated[int, Field(ge=0)]
    skipped: Annotated[int, Field(ge=0)]
    cpu_ms_per_frame: Seconds
    resident_mb: Seconds


Observation = Annotated[
    Hello
    | CameraState
    | Presence
    | ContactBegan
    | ContactLeft
    | ExpressionBatch
    | TraitsBatch
    | Load,
    Field(discriminator="kind"),
]
OBSERVATION: TypeAdapter[Observation] = TypeAdapter(Observation)
HELLO: TypeAdapter[Hello] = TypeAdapter(Hello)


class Permit(_Message):
    """Agent to vision: the notice stands (or no longer does), the camera may (not) be open."""

    kind: Literal["permit"] = "permit"
    granted: bool
    reason: Annotated[str, Field(max_length=200)] = ""
    forget: bool = False
    """A customer wants no camera: what was measured of whoever is there goes into no sums."""


class Zones(_Message):
    """Agent to vision: what holds from the next frame on. Told before the first permit."""

    kind: Literal["zones"] = "zones"
    staff_mask: Annotated[tuple[Zone, ...], Field(max_length=MOST_MASKS)] = ()
    contact_zone: Zone | None = None


class PreviewAsk(_Message):
    """Agent to vision: an installer looks, until `until_ms`; or no longer.

    The pictures go to `PREVIEW_SOCKET`, which is there only meanwhile. Who connects says `key`
    first, 32 bytes; then comes picture after picture, each behind its length (4 bytes, big-endian).
    """

    kind: Literal["preview"] = "preview"
    on: bool
    until_ms: Millis = 0
    key: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""


Word = Annotated[Permit | Zones | PreviewAsk, Field(discriminator="kind")]
"""What the agent says to the camera process."""
WORD: TypeAdapter[Word] = TypeAdapter(Word)
