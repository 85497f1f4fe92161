"""When a question is asked: structured conditions on earlier answers. No string is evaluated."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

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


Condition = Annotated[OfAnswer | AllOf | AnyOf | NoneOf, Field(union_mode="left_to_right")]
