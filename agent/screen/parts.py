"""The pieces that a view is made of, beside its title: what each kind of screen needs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agent.screen.asked import Does

MOST_OPTIONS = 12
MOST_CHARACTERS = 2000
"""The longest text that a page can send."""

ShortLine = Annotated[str, StringConstraints(min_length=1, max_length=60)]
LongLine = Annotated[str, StringConstraints(min_length=1, max_length=160)]
ContactWay = Literal["phone", "email"]
Direction = Literal["ltr", "rtl"]


class Message(BaseModel):
    """The base of everything that goes between the kiosk and its page."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Option(Message):
    """One thing that can be chosen."""

    id: str
    label: str
    face: int | None = None
    """1 (worst) to 5 (best): which mouth is drawn; 3 is neutral on every scale."""
    icon: str | None = None
    """Of a reason: the name of its drawing."""


class ButtonUse(Message):
    """What one physical button below a display without touch does."""

    does: Does
    option: str | None = None
    """What it chooses."""
    label: str = ""
    """The same in words."""
    face: int
    """Which face is printed on it; as of an option."""


class LanguageName(Message):
    """A language by its own name."""

    code: str
    name: str


class Progress(Message):
    """Where this question stands."""

    step: Annotated[int, Field(ge=1, le=40)]
    steps: Annotated[int, Field(ge=1, le=40)]
    label: ShortLine
    """Both numbers in words."""


class Ends(Message):
    """What the first and the last number of a scale mean."""

    low: ShortLine
    high: ShortLine


class KeyboardLabels(Message):
    """What the keys without a letter are called for people who cannot see them."""

    shift: ShortLine
    delete: ShortLine
    space: ShortLine
    digits: ShortLine
    letters: ShortLine
    language: ShortLine


class Writing(Message):
    """A field to write in."""

    label: ShortLine
    """What the empty field says."""
    most_characters: Annotated[int, Field(ge=1, le=MOST_CHARACTERS)]
    keyboards: tuple[str, ...]
    """Languages of the on-screen keyboard; the visit's own first."""
    keys: KeyboardLabels


class ContactField(Message):
    """One way to be reached."""

    way: ContactWay
    label: ShortLine
    mistaken: LongLine
    """Said where what was written cannot be one."""


class ContactForm(Message):
    """A wish to be answered. Nothing is sent without the consent's tick."""

    fields: tuple[ContactField, ...] = Field(min_length=1, max_length=2)
    consent: Annotated[str, StringConstraints(min_length=1, max_length=240)]
    consent_missing: LongLine
    """Said where the tick is missing."""
    writing: Writing


class Code(Message):
    """A QR code, drawn as one SVG path on a grid of `modules` by `modules` units."""

    path: Annotated[str, StringConstraints(max_length=40_000, pattern=r"^[MmHhVvLlZz0-9 .,-]+$")]
    modules: Annotated[int, Field(ge=21, le=177)]
    label: ShortLine


class Card(Message):
    """A heading and a few lines beside the thanks."""

    title: ShortLine
    lines: tuple[LongLine, ...] = Field(min_length=1, max_length=3)


class Farewell(Message):
    """What may stand beside the thanks."""

    case: Annotated[str, StringConstraints(max_length=24)] = ""
    """The case number."""
    case_label: str = ""
    promise: Annotated[str, StringConstraints(max_length=160)] = ""
    """When there will be a reply."""
    code: Code | None = None
    cards: tuple[Card, ...] = Field(default=(), max_length=2)


class PlaylistItem(Message):
    """One picture or video of the playlist."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    """The file's name; its address is `/attract/` and the name."""
    kind: Literal["picture", "video"]
    seconds: Annotated[float, Field(gt=0, le=3600)]
    """How long a picture stands; the most that a video may take."""


class Playlist(Message):
    """What is shown while nobody is there; a touch or a new view ends it."""

    items: tuple[PlaylistItem, ...] = Field(min_length=1, max_length=50)
    touch: ShortLine
    """The invitation at its foot."""
    again_s: Annotated[float, Field(gt=0, le=3600)]
    """After a touch it stays away so long."""


class CameraOff(Message):
    """The camera is closed for a while."""

    text: LongLine
    left_ms: Annotated[int, Field(ge=0)]
    """How much of that time is left."""
    span_ms: Annotated[int, Field(ge=1)]
    """How long it is in all."""


class Look(Message):
    """The company's theme: colours as `#rrggbb`, the radius of the keys, the logo, the text."""

    paper: str
    card: str
    ink: str
    accent: str
    radius_mm: float
    font_scale: float
    logo: bool
    large_text: bool
    high_contrast: bool
