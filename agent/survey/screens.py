"""What one step of a session asks: a question, or one item of it, and what may answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.survey.questions import (
    AnyQuestion,
    CesQuestion,
    ContactQuestion,
    CsatQuestion,
    Driver,
    FacesQuestion,
    FcrQuestion,
    MultipleQuestion,
    NpsQuestion,
    ServperfQuestion,
    SingleQuestion,
    TextQuestion,
    WomiQuestion,
)

Kind = Literal[
    "faces",
    "nps",
    "ces",
    "csat",
    "womi",
    "servperf",
    "fcr",
    "single",
    "multiple",
    "text",
    "contact",
]
Needs = Literal["one", "several", "text", "contact"]
Buttons = Literal["direct", "cursor", "none"]

RECOMMEND = "recommend"
DISCOURAGE = "discourage"

SCALES: frozenset[Kind] = frozenset({"faces", "nps", "ces", "csat", "womi", "servperf"})
"""Kinds whose options are numbers."""
ENDS = {"nps": (0, 10), "csat": (1, 5), "womi": (1, 10), "servperf": (1, 7)}
"""First and last number of the scales that have no choice."""
CES_ENDS = {1: 5, 2: 7}
"""The last number of the Customer Effort Score, by variant."""
CURSOR_BUTTONS = 3
"""Left, confirm, right."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One step to be answered, without words."""

    question: str
    """The question's id."""
    kind: Kind
    item: str | None
    """`recommend` or `discourage` of WoMI, the item's number of SERVPERF."""
    position: int
    """Which screen of the session it is; 1 is the first."""
    options: tuple[str, ...]
    """What can be chosen, in order; of a scale its numbers. Empty for text and contact."""
    needs: Needs
    """What answers it: one option, several, a text, a way to reach the customer."""
    most: int
    """How many options may be chosen; 0 where there are none."""
    driver: Driver | None = None
    """Which driver of satisfaction it speaks of."""

    def buttons(self, count: int) -> Buttons:
        """Say how `count` buttons in a row can answer it.

        `direct`: the options lie over the buttons in order, the first over the first. `cursor`,
        where there are more: left, confirm, right. `none`: it needs touch or a keyboard.
        """
        if self.needs != "one":
            return "none"
        if len(self.options) <= count:
            return "direct"
        return "cursor" if count >= CURSOR_BUTTONS else "none"

    def under(self, button: int, *, count: int) -> str | None:
        """Return the option over button number `button` (0 is the first) of `count`, if any."""
        lies_over = self.buttons(count) == "direct" and 0 <= button < len(self.options)
        return self.options[button] if lies_over else None

    def value(self, chosen: tuple[str, ...]) -> int | None:
        """Return the number that was chosen on a scale; None of anything else."""
        return int(chosen[0]) if chosen and self.kind in SCALES else None


def screen(question: AnyQuestion, *, item: str | None, position: int) -> Screen:
    """Return the step that asks `item` of `question`."""
    options = offered(question)
    return Screen(
        question=question.id,
        kind=question.kind,
        item=item,
        position=position,
        options=options,
        needs=_needs(question),
        most=_most(question, options),
        driver=question.driver,
    )


def offered(question: AnyQuestion) -> tuple[str, ...]:
    """Return the ids of what can be chosen, in order; the numbers of a scale, the lowest first."""
    match question:
        case TextQuestion() | ContactQuestion():
            return ()
        case SingleQuestion() | MultipleQuestion():
            return tuple(option.id for option in question.options) or question.factors
        case FcrQuestion():
            return ("yes", "no")
        case _:
            first, last = _ends(question)
            return tuple(str(number) for number in range(first, last + 1))


def _ends(
    question: FacesQuestion
    | NpsQuestion
    | CesQuestion
    | CsatQuestion
    | WomiQuestion
    | ServperfQuestion,
) -> tuple[int, int]:
    match question:
        case FacesQuestion():
            return 1, question.scale
        case CesQuestion():
            return 1, CES_ENDS[question.variant]
        case _:
            return ENDS[question.kind]


def _needs(question: AnyQuestion) -> Needs:
    match question:
        case TextQuestion():
            return "text"
        case ContactQuestion():
            return "contact"
        case MultipleQuestion():
            return "several"
        case _:
            return "one"


def _most(question: AnyQuestion, options: tuple[str, ...]) -> int:
    if isinstance(question, MultipleQuestion):
        return min(question.most or len(options), len(options))
    return min(1, len(options))
