"""Who was there, what they were shown, and what a camera measured."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.events.kinds.data import EventData, EventId, Seconds, Short

Counter = Literal["camera", "sensor", "manual"]
Share = Annotated[float, Field(ge=0, le=1)]


class PromptShown(EventData):
    """The question was put to a contact."""

    kind: ClassVar[str] = "prompt.shown"

    contact: Short | None = None
    """Who was there, where a camera counts."""
    language: Short
    """The language of the question."""


class AdShown(EventData):
    """An item of the playlist was on the screen while nobody was there."""

    kind: ClassVar[str] = "ad.shown"

    item: Short
    """The file's name."""
    shown_s: Seconds
    """How long it was there."""
    ended: Literal["presence", "finished"]
    """Somebody came or touched the screen, or its time was over."""


class ContactEnded(EventData):
    """One customer's presence, from arrival to leaving. Carries no expression."""

    kind: ClassVar[str] = "contact.ended"

    contact: Short
    """The contact's id, random, unrelated to any other."""
    dwell_s: Seconds
    """From arrival to leaving."""
    asked: bool
    """A prompt or an armed light was there for at least one second."""
    answered: bool
    """At least one counting rating belongs to it."""
    sentiment: Literal[-1, 0, 1] | None = None
    """Of its final counting answer."""
    ratings: tuple[EventId, ...] = Field(default=(), max_length=100)
    """The ratings that belong to it."""
    served_by: Literal["camera", "sensor"] = "camera"
    """Which source saw the contact."""
    opted_out: bool = False
    """It wanted no camera: it is not of those served, whatever else stands here."""


class ModelRef(BaseModel):
    """Which model measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Short
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ShareWithin(BaseModel):
    """A share with the ends of its 95 % interval."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Share
    low: Share
    high: Share


class RatioWithin(BaseModel):
    """A ratio with the ends of its 95 % interval."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Annotated[float, Field(ge=0)]
    low: Annotated[float, Field(ge=0)]
    high: Annotated[float, Field(ge=0)]


class CountedHow(BaseModel):
    """How well a source counts here, as somebody found who counted beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    source: Counter
    """Whose count was checked."""
    taps: int = Field(ge=0)
    """Customers tapped by hand that were compared: found and missed."""
    precision: ShareWithin
    """Of those it counted, the share that were customers."""
    recall: ShareWithin
    """Of the customers, the share that it counted."""
    factor: RatioWithin
    """Customers for each one that it counted: multiply a count with it."""
    on: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    """The day of the check by the site's clocks; absent where the clock could not be trusted."""


class ServedCounted(EventData):
    """How many customers each source counted in one interval, and which count holds."""

    kind: ClassVar[str] = "served.counted"

    span_s: Seconds
    """How long the interval was; it ends at the event's time."""
    counted_by: Counter | None = None
    """Whose count holds; absent where no source worked through the interval."""
    counts: dict[Counter, Annotated[int, Field(ge=0)]]
    """Contacts each source counted, whether it holds or not."""
    worked: dict[Counter, Share]
    """The share of the interval in which each source worked, of the time it was not closed."""
    blanked_s: Seconds | None = None
    """How long of it the camera was closed because customers wanted none; absent for no time."""
    calibration: CountedHow | None = None
    """How well the one whose count holds counts here; absent where that is not known, or was found
    with another setup."""
    models: dict[Literal["detector", "search"], ModelRef] | None = None
    """The models with which the camera searched for faces; absent where it was not there."""


class ServedCalibrated(EventData):
    """Somebody counted beside a source, and this is how well it counts here."""

    kind: ClassVar[str] = "served.calibrated"

    calibration: CountedHow
    """What travels with its counts from now on."""
    span_s: Seconds
    """How long the two counted side by side; it ends at the event's time."""
    found: int = Field(ge=0)
    """Customers that both counted."""
    missed: int = Field(ge=0)
    """Customers that the source did not count."""
    invented: int = Field(ge=0)
    """Contacts of the source that were no customers."""
    left_out: int = Field(ge=0)
    """Taps and contacts at the edges of the time, which nobody can compare."""
    setup: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Hash of the settings that decide how it counts."""
    models: dict[Literal["detector", "search"], ModelRef] = Field(default_factory=dict)
    """Of a camera: the models that searched for faces."""


class ServedDisputed(EventData):
    """Two sources that worked side by side counted too differently for chance."""

    kind: ClassVar[str] = "served.disputed"

    span_s: Seconds
    """The time both worked through, since they were last compared."""
    counts: dict[Counter, Annotated[int, Field(ge=0)]]
    """What each counted in it."""


class ClassSeconds(BaseModel):
    """Seconds of face time by perceived class."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    positive: Seconds
    neutral: Seconds
    negative: Seconds


class ExpressionMeasured(EventData):
    """Sums over one batch of contacts; batches are disjoint and hold at least 3.

    With s = smile seconds and f = face-observed seconds of a contact the centre computes the
    Smile-Index Ss/Sf and its interval (ratio estimator over contacts).
    """

    kind: ClassVar[str] = "expression.measured"

    mode: Literal["smile", "emotion"]
    """What the configuration allows to be measured."""
    n: int = Field(ge=3)
    """Contacts in the batch."""
    s: Seconds
    """Sum of smile seconds."""
    f: Seconds
    """Sum of face-observed seconds."""
    ss: Seconds
    """Sum of squared smile seconds."""
    ff: Seconds
    """Sum of squared face seconds."""
    sf: Seconds
    """Sum of smile seconds times face seconds."""
    smiled: int = Field(ge=0)
    """Contacts that smiled for at least half a second."""
    classes: ClassSeconds | None = None
    """Only in mode `emotion`."""
    span_s: Seconds
    """From the first contact's arrival to the last one's leaving."""
    model: ModelRef
    """The expression model."""


class NoticeShown(EventData):
    """Customers are told that a camera counts them; the camera may start."""

    kind: ClassVar[str] = "notice.shown"

    shown: Literal["screen", "printed"]
    """Where the notice stands."""
    mode: Literal["presence", "smile", "emotion"]
    """What it announces."""
    traits: bool = False
    """Whether it also says that age groups and sex are estimated."""
    attested_by: Short | None = None
    """Of a printed notice: who put it up."""
    attested_on: Short | None = None
    """Of a printed notice: when (ISO date)."""
