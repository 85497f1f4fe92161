"""What the customer is facing: the state the screen renders, without words or pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StageName = Literal["attract", "question", "reasons", "thanks", "out_of_order"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the visit."""

    name: StageName
    revision: int
    """Grows with every change; a choice must echo it."""
    language: str
    closes_s: float | None = None
    """The stage ends by itself after this long."""
