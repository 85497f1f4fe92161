"""The `visit` section: the scale, the reasons, the timing of one customer's visit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from agent.config.base import Name, Settings
from agent.config.problem import clash_error, doubles
from agent.screen.settings import LanguageCode

Label = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]


class ReasonSettings(Settings):
    """One reason a customer can tap after an answer."""

    id: Name
    """The reason's name in events."""
    icon: Literal[
        "person", "clock", "box", "tag", "sparkle", "price", "list", "heart", "chat", "door"
    ] = "chat"
    """Which of the built-in drawings stands above the label."""
    label: dict[LanguageCode, Label]
    """The words on the key, by language."""


class VisitSettings(Settings):
    """What a press means and what the customer is asked."""

    scale: Literal[2, 3, 4, 5] = 5
    """Number of faces; the worst first."""
    question: dict[LanguageCode, Label] = Field(default_factory=dict)
    """The question by language; the built-in wording when absent."""
    reasons: tuple[ReasonSettings, ...] = Field(default=(), max_length=6)
    """Asked after every answer, in one layout; none: straight to the thanks."""
    repeat_window_s: float = Field(default=5.0, ge=0.5, le=60)
    """Presses this close belong to one answer (VISIT: W)."""
    repeat_window_crowd_s: float = Field(default=2.0, ge=0.5, le=60)
    """The same with several contacts present."""
    join_after_leaving_s: float = Field(default=10.0, ge=0, le=60)
    """A press this long after leaving joins the last unanswered contact."""
    armed_by: Literal["none", "till"] = "none"
    """`till`: an answer is asked for only when the till says so; presses before do not count."""
    reasons_s: float = Field(default=12.0, ge=3, le=120)
    """The reasons screen closes by itself after this long."""
    thanks_s: float = Field(default=2.0, ge=0.5, le=30)
    """How long the thanks stand after a press."""
    thanks_survey_s: float = Field(default=5.0, ge=0.5, le=60)
    """How long the thanks stand after a reason was chosen."""

    @model_validator(mode="after")
    def _reasons_are_distinct(self) -> VisitSettings:
        ids = [(r.id, ("reasons", place, "id")) for place, r in enumerate(self.reasons)]
        if doubled := list(doubles(ids, "an id")):
            raise clash_error(doubled)
        return self
