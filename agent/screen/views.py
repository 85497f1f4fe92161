"""The words between the kiosk and its page: *views* go out, *choices* come back.

Every view carries a revision and a choice echoes it, so a stale tap or a second page can never
answer the next question. One page owns the visit; others mirror it. What a customer writes goes
one way only: no view carries it, so no mirror can show it.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, model_validator

from agent.language.hidden import hides_characters
from agent.screen.parts import (
    MOST_CHARACTERS,
    MOST_OPTIONS,
    ButtonUse,
    CameraOff,
    ContactForm,
    ContactWay,
    Direction,
    Ends,
    Farewell,
    LanguageName,
    Look,
    Message,
    Option,
    Playlist,
    Progress,
    Writing,
)

__all__ = ["LanguageName", "Option"]

MAX_MESSAGE = 12_288
"""Bytes; a text of 2000 characters of four bytes each, and the braces around it."""

ScreenName = Literal[
    "attract",
    "question",
    "scale",
    "choice",
    "multiple",
    "text",
    "contact",
    "still_there",
    "thanks",
    "out_of_order",
]


class View(Message):
    """What the page shows now. It renders this and knows nothing else."""

    type: Literal["view"] = "view"
    revision: int
    screen: ScreenName
    language: str
    direction: Direction = "ltr"
    """Which way the text runs; scales run from the worst to the best in every language."""
    languages: tuple[LanguageName, ...]
    title: str
    hint: str = ""
    topic: Annotated[str, Field(max_length=80)] = ""
    """Which question this is: what was begun on the page is kept while the visit goes on."""
    options: Annotated[tuple[Option, ...], Field(max_length=MOST_OPTIONS)] = ()
    progress: Progress | None = None
    ends: Ends | None = None
    most: int | None = None
    """Of several options: no more than so many."""
    writing: Writing | None = None
    contact: ContactForm | None = None
    farewell: Farewell | None = None
    playlist: Playlist | None = None
    skip: str | None = None
    """Label of the key that leaves the screen without an answer; choosing it sends `skip`."""
    back: str | None = None
    """Name of the key that returns to the question before."""
    confirm: str | None = None
    """Label of the key that ends a selection, a text, or the warning before the screen closes."""
    buttons: Annotated[tuple[ButtonUse, ...], Field(max_length=5)] = ()
    """Where there is no touch: what lies over each physical button, from left to right."""
    cursor: str | None = None
    """What the cursor of those buttons stands on: an option, `skip` or `back`."""
    settles_ms: int = 0
    """What lies over the buttons is shown so much later: until then they change the rating."""
    help: str | None = None
    """Name of the key that asks for someone of the staff; touching it sends `help`."""
    closes_ms: int | None = None
    """The screen closes by itself after this long."""
    camera: str | None = None
    """While a camera counts: the notice to show, in the visit's language."""
    no_camera: Annotated[str, Field(max_length=60)] | None = None
    """Label of the key with which a customer closes the camera; touching it sends `no_camera`."""
    camera_off: CameraOff | None = None
    """While the camera is closed because a customer asked for it; there is no notice then."""
    preview: str | None = None
    """While an installer sees the camera's picture: the sign that says so, on every screen."""
    px_per_mm: float
    look: Look | None = None
    language_label: str = ""
    """What the language keys are called for people who cannot see them."""
    comfort_label: str = ""
    """The same for the key of large text and strong contrast."""
    waiting: str = ""
    """What the page says while the kiosk is gone."""
    mirror: str = ""
    """What a page that only mirrors says about itself."""
    owner: bool = True
    """False on a page that only mirrors."""


class _FromPage(Message):
    """Strict: a number in quotes is no number. No text of a customer in a message's repr."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


Revision = Annotated[int, Field(ge=0)]
Input = Literal["touch", "keyboard"]
OptionId = Annotated[str, Field(min_length=1, max_length=40)]


def plain_text(text: str) -> str:
    """Return `text` in NFC, without blanks around it; ValueError where it hides characters.

    Refused are control characters, line separators, lone surrogates, and the marks that turn the
    direction of the text around them.
    """
    if hides_characters(text):
        raise ValueError("leave out control characters: one paragraph of plain text is read")
    composed = unicodedata.normalize("NFC", text).strip()
    if not composed:
        raise ValueError("the text is empty: send the choice `skip` instead")
    if len(composed) > MOST_CHARACTERS:
        raise ValueError(f"the text is too long: at most {MOST_CHARACTERS} characters are read")
    return composed


PlainText = Annotated[
    str, Field(min_length=1, max_length=MOST_CHARACTERS), AfterValidator(plain_text)
]


class Hello(_FromPage):
    """The page's first message."""

    type: Literal["hello"] = "hello"
    page: Annotated[str, Field(min_length=1, max_length=64)]


class Choice(_FromPage):
    """Something was chosen on the page."""

    type: Literal["choice"] = "choice"
    revision: Revision
    option: OptionId
    channel: Input = "touch"


class Choices(_FromPage):
    """Several options were chosen, and confirmed."""

    type: Literal["choices"] = "choices"
    revision: Revision
    options: Annotated[
        tuple[OptionId, ...], Field(min_length=1, max_length=MOST_OPTIONS, strict=False)
    ]
    channel: Input = "touch"

    @model_validator(mode="after")
    def _each_once(self) -> Choices:
        if len(set(self.options)) != len(self.options):
            raise ValueError("an option is named twice")
        return self


class Written(_FromPage):
    """A text was written. It is personal: keep it out of logs."""

    type: Literal["written"] = "written"
    revision: Revision
    text: Annotated[PlainText, Field(repr=False)]
    channel: Input = "touch"


class ContactGiven(_FromPage):
    """A customer wants to be answered, and consents. Personal: keep it out of logs."""

    type: Literal["contact"] = "contact"
    revision: Revision
    way: ContactWay
    value: Annotated[PlainText, Field(max_length=254, repr=False)]
    consent: Literal[True]
    channel: Input = "touch"


class Active(_FromPage):
    """Somebody types or touches: the screen stays open. At most one a second comes."""

    type: Literal["active"] = "active"
    revision: Revision


class MoreTime(_FromPage):
    """The warning before the screen closes was answered."""

    type: Literal["more_time"] = "more_time"
    revision: Revision
    channel: Input = "touch"


class Back(_FromPage):
    """Return to the question before."""

    type: Literal["back"] = "back"
    revision: Revision
    channel: Input = "touch"


class Help(_FromPage):
    """The customer asks for someone of the staff."""

    type: Literal["help"] = "help"
    revision: Revision
    channel: Input = "touch"


class LanguageChoice(_FromPage):
    """Another language for the rest of this visit."""

    type: Literal["language"] = "language"
    revision: Revision
    code: Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class NoCamera(_FromPage):
    """A customer wants no camera. It names no revision: the wish holds whatever is shown."""

    type: Literal["no_camera"] = "no_camera"


class Painted(_FromPage):
    """The view of this revision is on the glass (after two animation frames)."""

    type: Literal["painted"] = "painted"
    revision: Revision
    preview: bool = False
    """Whether the sign of a preview stood there."""


class AdReport(_FromPage):
    """An item of the playlist was on the glass. It names no revision: its view may be over."""

    type: Literal["ad_shown"] = "ad_shown"
    item: Annotated[str, Field(min_length=1, max_length=80)]
    shown_s: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
    ended: Literal["presence", "finished"]


Said = Choices | Written | ContactGiven | Active | MoreTime | Back | Help
"""What comes from the screens, beside a choice."""

FromPage = Annotated[
    Hello | Choice | LanguageChoice | NoCamera | Painted | AdReport | Said,
    Field(discriminator="type"),
]
FROM_PAGE: TypeAdapter[FromPage] = TypeAdapter(FromPage)


class Refused(Message):
    """Kiosk to page: the last message was not accepted, and why."""

    type: Literal["refused"] = "refused"
    reason: str
