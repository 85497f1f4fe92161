"""What the customer is facing: the state the screen renders, without words or pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.screen.asked import Asked, Buttons

StageName = Literal["attract", "question", "survey", "thanks", "still_there", "out_of_order"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the visit."""

    name: StageName
    revision: int
    """Grows with every change; a choice must echo it."""
    language: str
    closes_s: float | None = None
    """The stage ends by itself after this long."""
    asked: Asked | None = None
    """What the survey asks, of a stage of it."""
    buttons: Buttons | None = None
    """What the physical buttons do, where there is no touch and they do not rate."""
    invites: bool = False
    """The kiosk invites to a survey now: attract and question ask for no rating."""
