"""The questions of a questionnaire, one class a kind.

The standard indices (NPS, CES, CSAT, WoMI, SERVPERF, FCR) have locked wording: only what they ask
about, the `subject`, is the company's. So figures of one name can be compared.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from agent.config.base import Name, Settings
from agent.survey.conditions import Condition

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
Driver = Literal["goal", "effort", "emotion"]
Icon = Literal["person", "clock", "box", "tag", "sparkle", "price", "list", "heart", "chat", "door"]
Dimension = Literal["tangibles", "reliability", "responsiveness", "assurance", "empathy"]

END = "end"
"""What `next` names to finish; no question may be called so."""


class Sampling(Settings):
    """Who is asked a question: left out, everybody."""

    share: float = Field(default=1.0, gt=0, le=1)
    """The part of the sessions that get it, drawn by lot."""
    per_hour: int | None = Field(default=None, ge=1, le=3600)
    """No more than so many answers an hour."""


class Question(Settings):
    """What every question has."""

    id: Name
    """Its name in events."""
    when: Condition | None = None
    """Asked only where this holds; always when absent."""
    next: Name | None = None
    """The question behind it, or `end`; the next in the list when absent."""
    driver: Driver | None = None
    """Which driver of satisfaction it speaks of: goal reached, effort spent, emotion felt."""
    sampling: Sampling | None = None
    """Who is asked it; everybody when absent."""


class Option(Settings):
    """One thing that can be chosen."""

    id: Name
    """Its name in events."""
    label: dict[Language, Label]
    """The words on its key, by language."""
    icon: Icon | None = None
    """Which of the built-in drawings stands above them."""
    next: Name | None = None
    """The question behind this choice, or `end`."""


class FacesQuestion(Question):
    """A satisfaction scale of faces."""

    kind: Literal["faces"]
    scale: Literal[3, 4, 5] = 5
    """Number of faces; the worst first."""
    text: dict[Language, Line]
    """The question, by language."""


def _locked(kind: str) -> dict[str, str]:
    """Say what to write instead of words of one's own."""
    what = "" if kind == "fcr" else ": `subject` says what it is about"
    own = "words of your own need another kind: faces, single, multiple or text"
    told = f"the wording of {kind} is locked, so that figures compare{what}; {own}"
    return dict.fromkeys(("text", "question", "label", "wording", "scale", "options"), told)


class NpsQuestion(Question):
    """How likely to recommend, 0 to 10: the Net Promoter Score."""

    instead = _locked("nps")
    kind: Literal["nps"]
    subject: dict[Language, Subject]
    """What would be recommended, by language, as the sentence needs it: "our shop"."""


class CesQuestion(Question):
    """Customer Effort Score: variant 1 (2010, 1-5, low is good), 2 (2013, 1-7, high is good)."""

    instead = _locked("ces")
    kind: Literal["ces"]
    variant: Literal[1, 2] = 2
    """Which of the two; their figures cannot be compared."""
    subject: dict[Language, Subject]
    """Who was to make it easy, by language: "our shop"."""


class CsatQuestion(Question):
    """Satisfaction, 1 to 5."""

    instead = _locked("csat")
    kind: Literal["csat"]
    subject: dict[Language, Subject]
    """What one is satisfied with, by language, as the sentence needs it: "our shop"."""


class WomiQuestion(Question):
    """A pair: how likely to recommend, how likely to discourage others; both 1 to 10."""

    instead = _locked("womi")
    kind: Literal["womi"]
    subject: dict[Language, Subject]
    """What would be recommended, by language, as the sentence needs it: "our shop"."""


class ServperfQuestion(Question):
    """One or two of the 22 items of SERVPERF, drawn so that every dimension gets as many."""

    instead = _locked("servperf")
    kind: Literal["servperf"]
    subject: dict[Language, Subject]
    """Whose service it is, by language; it stands in front of every statement: "Our shop"."""
    items: Literal[1, 2] = 1
    """How many items a customer gets."""
    dimensions: tuple[Dimension, ...] = Field(
        default=("tangibles", "reliability", "responsiveness", "assurance", "empathy"),
        min_length=1,
    )
    """Which dimensions are measured."""


class FcrQuestion(Question):
    """First contact resolution: was it settled at the first time? Yes or no."""

    instead = _locked("fcr")
    kind: Literal["fcr"]


class SingleQuestion(Question):
    """One of several options."""

    kind: Literal["single"]
    text: dict[Language, Line]
    """The question, by language."""
    options: tuple[Option, ...] = Field(default=(), max_length=6)
    """What can be chosen."""
    factors: tuple[Name, ...] = Field(default=(), max_length=6)
    """Instead of options: names from the factor catalogue."""


class MultipleQuestion(Question):
    """Several of several options."""

    kind: Literal["multiple"]
    text: dict[Language, Line]
    """The question, by language."""
    options: tuple[Option, ...] = Field(default=(), max_length=6)
    """What can be chosen."""
    factors: tuple[Name, ...] = Field(default=(), max_length=6)
    """Instead of options: names from the factor catalogue."""
    most: int | None = Field(default=None, ge=1, le=6)
    """How many may be chosen; all when absent."""


class TextQuestion(Question):
    """Free text. It is personal: it travels apart from the other answers."""

    kind: Literal["text"]
    text: dict[Language, Line]
    """The question, by language."""
    most_characters: int = Field(default=500, ge=20, le=2000)
    """How much can be written."""


class ContactQuestion(Question):
    """How the customer wants to be answered, with their consent."""

    kind: Literal["contact"]
    text: dict[Language, Line]
    """The question, by language."""
    consent: dict[Language, Annotated[str, StringConstraints(min_length=1, max_length=240)]]
    """What they agree to, by language."""
    by: tuple[Literal["phone", "email"], ...] = Field(default=("phone", "email"), min_length=1)
    """The ways that are offered."""


def _kind_of(question: object) -> object:
    """Tell questions apart; a validator in front of `kind` rules out pydantic's own way."""
    return question.get("kind") if isinstance(question, dict) else getattr(question, "kind", None)


AnyQuestion = Annotated[
    Annotated[FacesQuestion, Tag("faces")]
    | Annotated[NpsQuestion, Tag("nps")]
    | Annotated[CesQuestion, Tag("ces")]
    | Annotated[CsatQuestion, Tag("csat")]
    | Annotated[WomiQuestion, Tag("womi")]
    | Annotated[ServperfQuestion, Tag("servperf")]
    | Annotated[FcrQuestion, Tag("fcr")]
    | Annotated[SingleQuestion, Tag("single")]
    | Annotated[MultipleQuestion, Tag("multiple")]
    | Annotated[TextQuestion, Tag("text")]
    | Annotated[ContactQuestion, Tag("contact")],
    Discriminator(_kind_of),
]
