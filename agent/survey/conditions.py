"""When a question is asked: structured conditions on earlier answers. No string is evaluated."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from agent.config.base import Name, Settings

RATING = "rating"
"""How conditions name the rating in front of the questionnaire."""


class OfAnswer(Settings):
    """About one earlier answer; every given part must hold. Unanswered: only `answered: false`."""

    question: Name
    """The question's id; `rating` for the press in front of the questionnaire."""
    answered: bool | None = None
    """Whether it was answered at all."""
    at_least: int | None = Field(default=None, ge=0, le=10)
    """Of a scale: the value is this or more."""
    at_most: int | None = Field(default=None, ge=0, le=10)
    """Of a scale: the value is this or less."""
    has: tuple[Name, ...] = Field(default=(), max_length=6)
    """Of a choice: at least one of these options was chosen."""
    sentiment: Literal["dissatisfied", "neutral", "satisfied"] | None = None
    """Of the rating or of faces: the class of the answer."""


class AllOf(Settings):
    """Holds where each of its parts does."""

    all: tuple[Condition, ...] = Field(min_length=1, max_length=10)
    """The parts."""


class AnyOf(Settings):
    """Holds where one of its parts does."""

    any: tuple[Condition, ...] = Field(min_length=1, max_length=10)
    """The parts."""


class NoneOf(Settings):
    """Holds where none of its parts does."""

    none: tuple[Condition, ...] = Field(min_length=1, max_length=10)
    """The parts."""


_FORMS = ("all", "any", "none")


def _form_of(condition: object) -> str:
    """Tell the four forms apart by their key; what is none of them is read as `question`."""
    if isinstance(condition, AllOf | AnyOf | NoneOf):
        return next(iter(type(condition).model_fields))
    keys = list(condition) if isinstance(condition, dict) else []
    named = [key for key in keys if key in _FORMS]
    if named or any(key in OfAnswer.model_fields for key in keys):
        return named[0] if named else "question"
    close = (near for key in keys for near in get_close_matches(str(key), _FORMS, n=1))
    return next(close, "question")


Condition = Annotated[
    Annotated[OfAnswer, Tag("question")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NoneOf, Tag("none")],
    Discriminator(_form_of),
]
for _class in (AllOf, AnyOf, NoneOf):
    _class.model_rebuild()
