"""What the demo's terminal shows at one moment. Plain facts, no drawing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of the demo."""

    url: str
    buttons_url: str
    broker: str
    broker_up: bool
    agent: str
    """`listening`, `starting` ..."""
    light: bool
    keys: tuple[str, ...]
    faces: dict[str, int]
    """Ratings that count, by key."""
    score: float | None
    contacts: int
    silent: int
    present: int | None
    camera: str
    """`recorded`, `camera 0`, `none` ..."""
    smile: float | None
    """The live level, for this display alone."""
    smile_index: float | None
    """Over all closed batches."""
    vision_lines: tuple[str, ...]
    """The newest line of each kind that left the camera process, the newest first."""
    pressed: int
    stored: int
    delivered: int
    cut_off: int
    too_fast: int
    kills: int
    pending: int
    notes: tuple[tuple[float, str], ...]
    """(seconds since ready, what happened), the newest last."""
    left_s: float | None
    """Until a timed demo ends."""
