"""The built-in wording of the customer's page, one YAML file a language."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agent.errors import ScreenError
from agent.screen.parts import Direction, KeyboardLabels

FOLDER = Path(__file__).parent / "texts"

Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class CameraNotices(BaseModel):
    """What is said about the camera, by its mode. No notice names a thing that is not done."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    presence: Line
    smile: Line
    emotion: Line
    preview: Line
    """While an installer sees the camera's picture."""
    traits: Line
    """What follows the notice of any mode where age bands and sex are estimated."""
    decline: Annotated[Line, StringConstraints(max_length=60)]
    """The key with which a customer closes the camera for a while."""
    declined: Line
    """With `{seconds}`, for how long; always the same number."""


class FarewellHeadings(BaseModel):
    """What stands above the parts of the last page, and its sentences."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: Line
    code: Line
    channels: Line
    hours: Line
    done: Line
    questions: Line
    promise: Line
    """With `{when}`, by when there will be a reply."""
    closed: Line
    """With `{when}`, from when on somebody reads what was left."""


class Dates(BaseModel):
    """How a time of a day is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weekdays: tuple[Line, Line, Line, Line, Line, Line, Line]
    """From Monday on."""
    months: Annotated[tuple[Line, ...], Field(min_length=12, max_length=12)]
    """As they stand behind the number of a day."""
    moment: Line
    """With `{weekday}`, `{day}`, `{month}` and `{time}`."""

    def write(self, at: datetime) -> str:
        """Return a local time in words, to the minute."""
        return self.moment.format(
            weekday=self.weekdays[at.weekday()],
            day=at.day,
            month=self.months[at.month - 1],
            time=f"{at:%H:%M}",
        )


class InvitationWords(BaseModel):
    """What invites to a survey without a rating."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line
    hint: Line
    begin: Line


class ButtonWords(BaseModel):
    """What a display without touch says of the physical buttons below it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    direct: Line
    cursor: Line
    any: Line
    left: Line
    right: Line
    choose: Line


class HelpWords(BaseModel):
    """What is said about asking for someone of the staff."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Line
    called: Line
    called_hint: Line


class Words(BaseModel):
    """Every text of the page in one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line
    question: Line
    hint: Line
    faces: tuple[Line, Line, Line, Line, Line]
    reasons: Line
    skip: Line
    thanks: Line
    thanks_hint: Line
    out_of_order: Line
    out_of_order_hint: Line
    waiting: Line
    mirror: Line
    language: Line
    camera: CameraNotices
    direction: Direction
    comfort: Line
    back: Line
    confirm: Line
    send: Line
    scale_hint: Line
    choice_hint: Line
    multiple_hint: Line
    most_hint: Line
    """With `{most}`, a number."""
    text_hint: Line
    text_label: Line
    contact_hint: Line
    phone: Line
    phone_mistaken: Line
    email: Line
    email_mistaken: Line
    consent_missing: Line
    still_there: Line
    still_there_hint: Line
    go_on: Line
    finish: Line
    step: Line
    """With `{step}` and `{steps}`, numbers."""
    touch: Line
    help: HelpWords
    keyboard: KeyboardLabels
    farewell: FarewellHeadings
    invitation: InvitationWords
    buttons: ButtonWords
    dates: Dates


@cache
def words(language: str) -> Words:
    """Return the built-in texts of `language` (two letters); ScreenError when there are none."""
    path = FOLDER / f"{language}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.yaml")))
        raise ScreenError(f"no built-in texts for language `{language}`: choose among {known}")
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Words.model_validate(content)
