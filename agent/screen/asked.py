"""What a survey asks the page to show: plain descriptions, in the language of the visit.

The rules of a survey fill these; `agent.screen.compose` makes a view of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a question stands in its survey, and how it can be left."""

    topic: str
    """The question's own name; what was begun is kept on the page while it stays the same."""
    step: int | None = None
    steps: int | None = None
    """Both or neither; the page then says "2 of 3"."""
    back: bool = False
    skip: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOption:
    """One thing that can be chosen."""

    id: str
    label: str
    icon: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacesAsked:
    """A satisfaction scale; the chosen option's id is the number of the face, 1 the worst."""

    title: str
    place: Place
    scale: Literal[2, 3, 4, 5]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleAsked:
    """A number from `first` to `last`; the chosen option's id is the number itself."""

    title: str
    place: Place
    first: int
    last: int
    low: str
    high: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceAsked:
    """One of up to six options."""

    title: str
    place: Place
    options: tuple[AskedOption, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleAsked:
    """Several of up to six options, confirmed with one key."""

    title: str
    place: Place
    options: tuple[AskedOption, ...]
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAsked:
    """A free text."""

    title: str
    place: Place
    most_characters: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAsked:
    """How the customer wants to be answered, and what they consent to."""

    title: str
    place: Place
    consent: str
    by: tuple[Literal["phone", "email"], ...] = ("phone", "email")


@dataclass(frozen=True, slots=True, kw_only=True)
class StillThereAsked:
    """The warning before a screen closes; answered with `more_time`."""

    topic: str = ""
    """Of the question it interrupts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """No question: the staff have been asked to come."""


Does = Literal["choose", "left", "right", "confirm", "skip", "back", "go_on", "begin", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one physical button does on the screen shown now, where there is no touch."""

    does: Does
    option: str | None = None
    """What it chooses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons:
    """The physical buttons below a display without touch, from left to right."""

    uses: tuple[Use, ...]
    cursor: str | None = None
    """What the cursor stands on: an option, `skip` or `back`; None: nowhere yet."""
    after_s: float = 0.0
    """So long after the screen appeared; until then a press changes the rating before it."""

    @property
    def direct(self) -> bool:
        """Whether options lie over the buttons."""
        return any(use.does == "choose" for use in self.uses)


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCode:
    """A QR code as one SVG path on a grid of `modules` by `modules` units, quiet zone included."""

    path: str
    modules: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """The thanks after a survey. Cards are many, room is little: the first two are shown."""

    note: str = ""
    """What stands under the thanks; the built-in words when empty."""
    case: str = ""
    promise: str = ""
    """When there will be a reply, in words."""
    code: QrCode | None = None
    done: tuple[str, ...] = ()
    """"You said, we did"."""
    channels: tuple[str, ...] = ()
    """Where else the company can be reached."""
    hours: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    """Lines of frequent questions and their answers."""


Asked = (
    FacesAsked
    | ScaleAsked
    | ChoiceAsked
    | MultipleAsked
    | TextAsked
    | ContactAsked
    | StillThereAsked
    | Parting
    | Called
)
