"""What customers answered: ratings, responses, feedback."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.events.envelope import Timestamp
from agent.events.kinds.data import EventData, EventId, Seconds, Short
from agent.events.personal import MOST_CHARACTERS, About, Personal, PhoneLink

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
