"""The words between the kiosk and its page: *views* go out, *choices* come back.

Every view carries a revision and a choice echoes it, so a stale tap or a second page can never
answer the next question. One page owns the visit; others mirror it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

MAX_MESSAGE = 4096

ScreenName = Literal["attract", "question", "reasons", "thanks", "out_of_order"]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Option(_Message):
    """One thing that can be chosen."""

    id: str
    label: str
    face: int | None = None
    """1 (worst) to 5 (best): which mouth is drawn; 3 is neutral on every scale."""
    icon: str | None = None
    """Of a reason: the name of its drawing."""


class LanguageName(_Message):
    """A language by its own name."""

    code: str
    name: str


class View(_Message):
    """What the page shows now. It renders this and knows nothing else."""

    type: Literal["view"] = "view"
    revision: int
    screen: ScreenName
    language: str
    languages: tuple[LanguageName, ...]
    title: str
    hint: str = ""
    options: tuple[Option, ...] = ()
    skip: str | None = None
    """Label of the key that leaves the screen without an answer; choosing it sends `skip`."""
    closes_ms: int | None = None
    """The screen closes by itself after this long."""
    camera: str | None = None
    """While a camera counts: the notice to show, in the visit's language."""
    px_per_mm: float
    language_label: str = ""
    """What the language keys are called for people who cannot see them."""
    waiting: str = ""
    """What the page says while the kiosk is gone."""
    mirror: str = ""
    """What a page that only mirrors says about itself."""
    owner: bool = True
    """False on a page that only mirrors."""


class _FromPage(_Message):
    """Strict: a number in quotes is no number."""

    model_config = ConfigDict(strict=True)


class Hello(_FromPage):
    """The page's first message."""

    type: Literal["hello"] = "hello"
    page: Annotated[str, Field(min_length=1, max_length=64)]


class Choice(_FromPage):
    """Something was chosen on the page."""

    type: Literal["choice"] = "choice"
    revision: Annotated[int, Field(ge=0)]
    option: Annotated[str, Field(min_length=1, max_length=40)]
    channel: Literal["touch", "keyboard"] = "touch"


class LanguageChoice(_FromPage):
    """Another language for the rest of this visit."""

    type: Literal["language"] = "language"
    revision: Annotated[int, Field(ge=0)]
    code: Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class Painted(_FromPage):
    """The view of this revision is on the glass (after two animation frames)."""

    type: Literal["painted"] = "painted"
    revision: Annotated[int, Field(ge=0)]


FromPage = Annotated[Hello | Choice | LanguageChoice | Painted, Field(discriminator="type")]
FROM_PAGE: TypeAdapter[FromPage] = TypeAdapter(FromPage)


class Refused(_Message):
    """Kiosk to page: the last message was not accepted, and why."""

    type: Literal["refused"] = "refused"
    reason: str
