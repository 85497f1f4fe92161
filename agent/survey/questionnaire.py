"""A questionnaire as its YAML file says it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agent.config.base import Name, Settings
from agent.survey.questions import AnyQuestion, Language

Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Schedule(Settings):
    """When a questionnaire is in force, in the site's local time."""

    first_day: date | None = None
    """Not before this day."""
    last_day: date | None = None
    """Not after this day."""
    days: tuple[Day, ...] = ()
    """On these days of the week; every day when empty."""
    begins: Clock = "00:00"
    """From this time of the day on."""
    ends: Clock | None = None
    """Up to this time of the day; to its end when absent."""


class Questionnaire(Settings):
    """What is asked, of whom, and when."""

    id: Name
    """Its name in events."""
    languages: tuple[Language, ...] = Field(min_length=1, max_length=8)
    """Every text must exist in each of them."""
    entry: Literal["rating", "start"] = "rating"
    """What it follows: a rating, or (`start`) the invitation to take part."""
    place: Literal["till", "lounge"] = "till"
    """Where people stand: a customer at a till sees three screens at most, in a lounge ten."""
    discreet: bool = True
    """What is asked must not tell bystanders how the customer rated: no condition on the rating."""
    schedule: Schedule | None = None
    """When it is asked; always when absent."""
    per_hour: int | None = Field(default=None, ge=1, le=3600)
    """No more than so many sessions an hour."""
    weight: float = Field(default=1.0, gt=0, le=100)
    """Its share where several questionnaires are in force."""
    while_waiting: Literal["first", "all"] = "first"
    """What is asked while somebody waits behind the customer: the first question only, or all."""
    questions: tuple[AnyQuestion, ...] = Field(min_length=1, max_length=40)
    """In the order of asking."""
