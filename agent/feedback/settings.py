"""The sections `site` and `feedback`: opening hours, and what becomes of a customer's own words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from agent.config.base import Settings
from agent.feedback.phone import check_template
from agent.screen.settings import LanguageCode

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Line = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]

MOST_ON_A_LINE = 158
"""Characters of a line beside the thanks."""
PERSONAL_KINDS = frozenset({"feedback.left"})
"""Kinds of event with a customer's own words: they stay `feedback.keep_days`, not longer."""
NO_KEY = (
    "give feedback.public_key (docs/feedback.md says how it is made), or state plain: true to have"
    " a customer's words travel readable"
)


def minutes(clock: str) -> int:
    """Return the minute of the day of `HH:MM`, 0 to 1440."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _differs(span: str) -> str:
    begins, ends = span.split("-")
    if begins == ends:
        raise ValueError(f"{span} begins when it ends: write 00:00-24:00 for a whole day")
    return span


SpanText = Annotated[
    str,
    StringConstraints(
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$", strip_whitespace=True
    ),
    AfterValidator(_differs),
]
"""`09:00-18:30`; an end before the beginning is on the next day."""


def bounds(span: str) -> tuple[int, int]:
    """Return a span's first minute and the one behind its last, counted from its day's midnight."""
    begins, ends = (minutes(clock) for clock in span.split("-"))
    return begins, ends if ends > begins else ends + 1440


def _apart(spans: tuple[str, ...]) -> tuple[str, ...]:
    for first, second in pairwise(sorted(spans, key=bounds)):
        if bounds(first)[1] > bounds(second)[0]:
            raise ValueError(f"{first} and {second} overlap: make them one span")
    return spans


Spans = Annotated[tuple[SpanText, ...], Field(max_length=6), AfterValidator(_apart)]


def _nearest(name: str | None) -> str:
    """Say which time zone was probably meant: a city alone and small letters will do."""
    known = {zone.lower(): zone for zone in sorted(available_timezones())}
    cities = {lower.rpartition("/")[2]: zone for lower, zone in known.items() if "/" in lower}
    wanted = str(name).strip().lower().replace(" ", "_")
    for names in (cities, known):
        if close := get_close_matches(wanted, names, n=1, cutoff=0.8):
            return f"did you mean {names[close[0]]}?"
    return "write for example Europe/Berlin"


class ExceptionSettings(Settings):
    """One date on which other hours hold."""

    day: date
    """The date."""
    hours: Spans = ()
    """Its hours instead of the week's; closed when empty."""


class SiteSettings(Settings):
    """The shop: where its clocks stand and when it is open."""

    timezone: str | None = Field(default=None, max_length=64)
    """Its time zone by name, for example `Europe/Berlin`; the system's own when absent."""
    hours: dict[Day, Spans] = Field(default_factory=dict)
    """Opening hours by day, for example `mon: [09:00-13:00, 14:00-18:30]`; a day that is not named
    is closed. Open around the clock when absent."""
    exceptions: tuple[ExceptionSettings, ...] = Field(default=(), max_length=100)
    """Dates on which other hours hold: holidays, late openings."""

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        try:
            if name is not None:
                ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone {name}: {_nearest(name)}") from error
        return name

    @model_validator(mode="after")
    def _dates_are_distinct(self) -> SiteSettings:
        dates = [exception.day for exception in self.exceptions]
        for day in dates:
            if dates.count(day) > 1:
                raise ValueError(f"exceptions name {day} twice: put its hours into one entry")
        return self


class ChannelSettings(Settings):
    """Another way to reach the company, shown with the thanks."""

    label: dict[LanguageCode, Line] = Field(min_length=1)
    """What it is, by language: `Telephone`."""
    value: Line
    """The number or address itself."""

    @model_validator(mode="after")
    def _fits(self) -> ChannelSettings:
        _fitting(f"{label}: {self.value}" for label in self.label.values())
        return self


class FaqSettings(Settings):
    """A question that customers often have, with its answer."""

    question: dict[LanguageCode, Line] = Field(min_length=1)
    """The question, by language."""
    answer: dict[LanguageCode, Line] = Field(min_length=1)
    """The answer, by language."""

    @model_validator(mode="after")
    def _fits(self) -> FaqSettings:
        _fitting(f"{text} {self.answer.get(code, '')}" for code, text in self.question.items())
        return self


def _fitting(lines: Iterable[str]) -> None:
    for line in lines:
        if len(line) > MOST_ON_A_LINE:
            raise ValueError(
                f"`{line[:30]}...` has {len(line)} characters: {MOST_ON_A_LINE} fit on the screen"
            )


class FeedbackSettings(Settings):
    """Praise, complaints, suggestions, questions."""

    enabled: bool = False
    """Offer customers to leave feedback after their answer."""
    ask_text: bool = True
    """Take free text. It is personal: it needs `public_key`, or `plain`."""
    ask_contact: bool = True
    """Take how to reach the customer. It needs the same."""
    public_key: Path | None = None
    """PEM file of the centre's X25519 public key; text and contact are encrypted to it."""
    plain: bool = False
    """Without a key: let text and contact travel readable. Say true only if that is meant."""
    reply_within_hours: float = Field(default=24.0, gt=0, le=400)
    """The reply that is promised, in opening hours of the site."""
    keep_days: int = Field(default=7, ge=0, le=3650)
    """How long feedback stays on the device after it was left, once it is delivered."""
    continue_url: Annotated[str, AfterValidator(check_template)] | None = None
    """Where a customer goes on by phone: an https address with `{token}` in it."""
    continue_hours: float = Field(default=48.0, gt=0, le=720)
    """How long that address holds."""
    channels: tuple[ChannelSettings, ...] = Field(default=(), max_length=4)
    """Other ways to reach the company, shown with the thanks; of more than three the first."""
    faq: tuple[FaqSettings, ...] = Field(default=(), max_length=6)
    """Frequent questions and their answers; of more than three the first."""

    @model_validator(mode="after")
    def _words_are_cared_for(self) -> FeedbackSettings:
        if self.plain and self.public_key is not None:
            raise ValueError(
                "plain: true and public_key contradict each other: with a key nothing travels"
                " readable, so leave one of them out"
            )
        personal = self.ask_text or self.ask_contact
        if self.enabled and personal and (refusal := self.personal_refusal()):
            raise ValueError(f"{refusal}; or set ask_text and ask_contact to false")
        return self

    @property
    def takes(self) -> frozenset[str]:
        """Which of `text` and `contact` customers can leave: what is asked for, and safe."""
        if self.personal_refusal() is not None:
            return frozenset()
        asked = {"text": self.ask_text, "contact": self.ask_contact}
        return frozenset(kind for kind, wanted in asked.items() if wanted)

    def personal_refusal(self) -> str | None:
        """Return why no question for text or contact may be asked; None when one may.

        The check of a questionnaire with such a question says the same.
        """
        if self.public_key is not None or self.plain:
            return None
        return f"text and contact are personal and nothing protects them: {NO_KEY}"
