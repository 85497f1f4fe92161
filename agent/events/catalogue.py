"""The catalogue: one class for every kind of event.

An event is a durable fact, published once. It never changes: what is learnt later is a new event
that names the old one. A field may be added here, never repurposed; a breaking change makes a new
class with a new version.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.events.envelope import Timestamp
from agent.events.personal import MOST_CHARACTERS, About, Personal, PhoneLink

# A key of another event: `<source>/<epoch>/<sequence>`, the envelope's `id`.
EventId = Annotated[str, Field(min_length=1, max_length=300)]
Short = Annotated[str, Field(max_length=80)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
EpochId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]

Flag = Literal[
    "repeat",
    "changed",
    "late_change",
    "play",
    "chord",
    "stuck",
    "no_contact",
    "unprompted",
    "test",
    "staff",
]
Channel = Literal["button", "touch", "keyboard"]


class EventData(BaseModel):
    """The `data` of an event. `kind` and `version` make the CloudEvents type."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def event_type(cls) -> str:
        """Return the CloudEvents `type`, for example `smilepost.rating.given.v1`."""
        return f"smilepost.{cls.kind}.v{cls.version}"


class RatingGiven(EventData):
    """One accepted press. Every one is published, whether it counts or not."""

    kind: ClassVar[str] = "rating.given"

    key: Short
    """The button's or face's id."""
    value: int = Field(ge=1, le=5)
    """1 is the worst answer of the scale."""
    scale: Literal[2, 3, 4, 5]
    """How many answers the scale has."""
    sentiment: Literal[-1, 0, 1]
    """Dissatisfied, neutral, satisfied."""
    channel: Channel
    """What was pressed."""
    counts: bool
    """Whether it counts as far as known now; `rating.amended` may say otherwise."""
    flags: tuple[Flag, ...] = ()
    """Why it does not count, or what is remarkable about it."""
    rule_version: int = Field(ge=1)
    """The version of the rules that decided."""
    contact: Short | None = None
    """The contact that was present, where a camera counts."""
    language: Short | None = None
    """Language of the question on the screen, where there is one."""
    shift: Short | None = None
    """The shift that served, where somebody has signed on."""
    crowd: Literal[True] | None = None
    """Several contacts were present, so that the short window held; absent otherwise."""


class RatingAmended(EventData):
    """What became known about an earlier rating. The last one holds."""

    kind: ClassVar[str] = "rating.amended"

    rating: EventId
    """The rating's event id."""
    counts: bool
    """Whether it counts."""
    flags: tuple[Flag, ...] = ()
    """All flags that hold now."""
    rule_version: int = Field(ge=1)
    """The version of the rules that decided."""
    contact: Short | None = None
    """The contact it belongs to, where that is known."""


class Answer(BaseModel):
    """The answer to one question of a survey session."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    question: Short
    """The question's id."""
    options: tuple[Short, ...] = ()
    """Ids of the chosen options; empty when nothing was chosen."""
    ended: Literal["answered", "skipped", "timeout", "walked_away", "interrupted"]
    """How the question ended."""
    duration_s: Seconds
    """How long the question was shown: from its appearance to its end, second looks included."""
    language: Short
    """The language it was asked in."""
    channel: Channel | None = None
    """What was pressed; absent when nothing was."""
    item: Short | None = None
    """Of a question with several parts: `recommend` or `discourage` of WoMI, a SERVPERF number."""
    value: int | None = Field(default=None, ge=0, le=10)
    """Of an answered scale: the number that was chosen, raw."""
    position: int | None = Field(default=None, ge=1, le=20)
    """Which screen of the session it was; 1 is the first."""
    version: Short | None = None
    """Hash of the questionnaire with its wording."""
    driver: Literal["goal", "effort", "emotion"] | None = None
    """Which driver of satisfaction the question speaks of."""


class ResponseGiven(EventData):
    """The answers of one survey session, complete or not."""

    kind: ClassVar[str] = "response.given"

    rating: EventId | None = None
    """The rating that opened the session; its final one when the customer changed it."""
    answers: tuple[Answer, ...] = Field(max_length=20)
    """In the order they were asked."""
    questionnaire: Short | None = None
    """The questionnaire's id; absent where the kiosk's own reasons were asked."""
    session: Short | None = None
    """The session's id: random, unrelated to any other and to the customer."""


class FeedbackLeft(EventData):
    """Praise or a complaint in the customer's own words. Personal: its topic has its own rights."""

    kind: ClassVar[str] = "feedback.left"

    case: Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{10}$")]
    """The case number; the customer may have it. The last character is a check."""
    about: About
    """What it is, by the customer's choice; `comment` where they were not asked or did not say."""
    rating: EventId | None = None
    """The rating it follows."""
    response: EventId | None = None
    """The response it follows."""
    factors: tuple[Short, ...] = Field(default=(), max_length=12)
    """Reasons that were chosen."""
    not_about_person: bool = False
    """The customer said that it is not about the person who served them."""
    wants_reply: bool = False
    """The customer asked for a reply and agreed to be contacted."""
    promised_by: Timestamp | None = None
    """The reply that the customer was promised, UTC."""
    language: Short
    """Of the page when it was left."""
    text: Personal | None = None
    """What the customer wrote."""
    contact: Personal | None = None
    """How the customer can be reached."""
    characters: int = Field(default=0, ge=0, le=MOST_CHARACTERS)
    """How long the text is."""
    phone: PhoneLink | None = None
    """The address to go on by phone, where one was shown."""


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
    served_by: Literal["camera"] = "camera"
    """Which counter saw the contact."""
    opted_out: bool = False
    """It wanted no camera: it is not of those served, whatever else stands here."""


AlertKind = Literal["help_wanted", "threshold", "case", "complaint"]
Audience = Literal["counter", "manager"]


class AlertRaised(EventData):
    """Somebody should look: now at the counter, or later the manager."""

    kind: ClassVar[str] = "alert.raised"

    alert: Short
    """The alert's id, random."""
    what: AlertKind
    """The customer asks for someone; many unhappy answers; one unhappy answer; a complaint."""
    audience: Audience
    """Who is told: the counter (and the manager with it), or the manager alone."""
    rating: EventId | None = None
    """The unhappy answer, of a case or of a complaint that has one."""
    feedback: EventId | None = None
    """Of a complaint: the feedback."""
    contact: Short | None = None
    """Whose it is, where a camera counts."""
    share: float | None = Field(default=None, ge=0, le=1)
    """Of a threshold: unhappy answers by all answers."""
    n: int | None = Field(default=None, ge=1)
    """Of a threshold: how many answers."""
    window_s: Seconds | None = None
    """Of a threshold: over how long a time."""


class AlertAcknowledged(EventData):
    """Somebody has seen the alert and takes it on."""

    kind: ClassVar[str] = "alert.acknowledged"

    alert: Short
    """The alert's id."""
    by: Short
    """The seller's pseudonym, `counter` where nobody is signed on, or `manager`."""
    after_s: Seconds
    """The time to react: from the alert until now."""


class AlertEscalated(EventData):
    """Nobody has acknowledged the alert in time. Told once."""

    kind: ClassVar[str] = "alert.escalated"

    alert: Short
    """The alert's id."""
    after_s: Seconds
    """From the alert until now."""


class AlertResolved(EventData):
    """The alert is over."""

    kind: ClassVar[str] = "alert.resolved"

    alert: Short
    """The alert's id."""
    by: Short | None = None
    """Who resolved it; absent where it ended by itself."""
    how: Short
    """What was done, an id of `alerts.actions`; `amended` where the answer was taken back, or
    `subsided` where the share of unhappy answers fell again."""
    after_s: Seconds
    """From the alert until now."""


class ShiftStarted(EventData):
    """Somebody is at the till from now on."""

    kind: ClassVar[str] = "shift.started"

    shift: Short
    """The shift's id, random."""
    seller: Short
    """Who: a pseudonym, never a name."""
    how: Literal["buttons", "page"]
    """How they signed on."""


class ShiftEnded(EventData):
    """Nobody is at the till any more, or somebody else."""

    kind: ClassVar[str] = "shift.ended"

    shift: Short
    """The shift's id."""
    how: Literal["signed_off", "timeout", "handover", "closing"]
    """By themselves, nothing happened for hours, somebody else signed on, or the site closed."""
    duration_s: Seconds
    """From the start until now, idle hours before a timeout included."""


class ModelRef(BaseModel):
    """Which model measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Short
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


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
    attested_by: Short | None = None
    """Of a printed notice: who put it up."""
    attested_on: Short | None = None
    """Of a printed notice: when (ISO date)."""


class PreviousEpoch(BaseModel):
    """The epoch that was in force before this one."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    epoch: EpochId
    """Its id."""
    last_sequence: int = Field(ge=0)
    """The last sequence found in the store; 0 when it has none."""


class DeviceStarted(EventData):
    """The first event of every epoch: chains it to the one before."""

    kind: ClassVar[str] = "device.started"

    software: Short
    """Version of Smilepost."""
    previous: PreviousEpoch | None = None
    """Absent in a new store."""
    config_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Hash of the configuration in force; absent while the store runs without an agent."""


class DeviceStopped(EventData):
    """The agent was asked to stop. A crash or power cut writes none."""

    kind: ClassVar[str] = "device.stopped"

    reason: Short
    """Who asked."""


class DeviceFault(EventData):
    """Something on the device does not work, or works again."""

    kind: ClassVar[str] = "device.fault"

    part: Short
    """For example `button:good`, `camera`, `store`, `vision`."""
    state: Literal["raised", "cleared"]
    """Whether the fault began or ended."""
    fact: Annotated[str, Field(max_length=300)]
    """What was seen."""
    remedy: Annotated[str, Field(max_length=300)] = ""
    """What a person can do about it."""


class DeviceHealth(EventData):
    """A heartbeat: proves the kiosk was listening, and lets lost stretches show as differences."""

    kind: ClassVar[str] = "device.health"

    uptime_s: Seconds
    """Since this epoch began."""
    presses: dict[Short, int]
    """Accepted presses of this epoch, by key."""
    presses_total: dict[Short, int] | None = None
    """Accepted presses since the epoch `total_since` began, by key; absent while unknown."""
    total_since: EpochId | None = None
    """The epoch with which the count of `presses_total` begins."""
    pending: int = Field(ge=0)
    """Rows not yet acknowledged by the broker."""
    rejected: int | None = Field(default=None, ge=0)
    """Rows the broker refused: kept, and tried again where the reason may pass."""
    resident_mb: Seconds
    """Resident memory of the agent."""


class DeviceGap(EventData):
    """Between two openings of the store nobody listened: no press of that time can be known."""

    kind: ClassVar[str] = "device.gap"

    reason: Literal["stopped", "crash", "power"]
    """Asked to stop, ended without a word, or the machine itself was restarted without one."""
    after: EventId
    """The last event before the gap."""
    gap_s: Seconds | None = None
    """How long; absent while the clock of one of its ends is not known."""
    uncertainty_s: Seconds | None = None
    """How far `gap_s` may be off."""


class ClockCorrected(EventData):
    """What became known about the wall clock of one boot. The last one for a boot holds.

    An event of that boot that was not `synced` happened at `monotonic` + `offset_ms`, in
    milliseconds since 1970 UTC, give or take `uncertainty_ms`; of what the same boot wrote after
    this, give or take 1 ms more for every 10 s.
    """

    kind: ClassVar[str] = "clock.corrected"

    boot: Short
    """The boot whose events can be dated now."""
    offset_ms: int
    """Add this to an event's `monotonic`."""
    uncertainty_ms: int = Field(ge=0)
    """Half the width of the interval in which the true offset lies."""
    method: Literal["synced", "bounded"]
    """Read from a synchronised clock, or enclosed between the boots before and after."""
    step_ms: int | None = None
    """Add this to the label of an event written just before; absent where it had none."""


Stretches = dict[str, tuple[tuple[int, int], ...]]


class DataPurged(EventData):
    """Delivered rows were deleted after their retention."""

    kind: ClassVar[str] = "data.purged"

    ranges: Stretches
    """By epoch: first and last sequence of each deleted stretch."""


class DataDropped(EventData):
    """Rows that were not delivered, or not confirmed, are gone: what was lost, and why."""

    kind: ClassVar[str] = "data.dropped"

    reason: Literal["quota", "disk", "memory", "damage"]
    """The store's quota, too little free disk, too little memory while the disk could not be
    written, or a damaged file."""
    retained_class: Literal["expression", "contacts", "health", "device", "answers", "any"]
    """What was dropped: classes go in this order, answers last; `any` where damage chose."""
    count: int = Field(ge=1)
    """How many rows."""
    ranges: Stretches
    """By epoch: first and last sequence of each stretch that is gone."""


CATALOGUE: tuple[type[EventData], ...] = (
    RatingGiven,
    RatingAmended,
    ResponseGiven,
    FeedbackLeft,
    PromptShown,
    AdShown,
    ContactEnded,
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
