"""What the page is told of one frame: the picture, and everything that is drawn on and beside it.

One message: four bytes with the length of the JSON, the JSON, the picture as JPEG. So boxes and
picture cannot come apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import cv2

from agent.emoscope.cost import Cost
from agent.emoscope.scope import Scope
from agent.emoscope.series import STEP_S, Bin
from agent.emoscope.stays import Stay
from agent.memory import resident_mb
from agent.vision.detector import Pixels
from agent.vision.pipeline import Looked, Seen

WINDOW_S = 60.0
STEPS = round(WINDOW_S / STEP_S)
SHOWN_STAYS = 6
WIDEST = 960
"""A larger picture is made smaller for the page: it is for aiming, not for keeping."""
QUALITY = 80

Standing = Literal["contact", "arriving", "far"]


@dataclass(frozen=True, slots=True)
class FaceShown:
    """One face. Places in shares of the picture's width and height."""

    x: float
    y: float
    width: float
    height: float
    standing: Standing
    """`arriving`: not there long enough to count; `far`: too small, or outside the zone."""
    number: int | None
    dwell_s: float | None
    smile: float | None
    expression: tuple[float, float, float] | None
    """Positive, neutral, negative; in mode `emotion` only."""


@dataclass(frozen=True, slots=True)
class StayShown:
    """One contact of the list."""

    number: int
    dwell_s: float
    smile_share: float | None
    here: bool


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of the chart."""

    ago_s: float
    """From the step's middle to now."""
    present: int
    smile: float | None
    expression: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Glance:
    """Everything the page shows of one moment."""

    passed_s: float
    faces: tuple[FaceShown, ...]
    present: int
    contacts: int
    dwell_median_s: float | None
    smiling_share: float | None
    stays: tuple[StayShown, ...]
    steps: tuple[StepShown, ...]
    cost: Cost
    resident_mb: float


def glance(scope: Scope, looked: Looked, *, width: int, height: int) -> Glance:
    """Return what is known after one frame of that size."""
    stays = scope.stays
    emotion = scope.settings.mode == "emotion"
    return Glance(
        passed_s=round(stays.now_s, 2),
        faces=tuple(_face(seen, scope, width, height) for seen in looked.seen),
        present=looked.present,
        contacts=stays.count,
        dwell_median_s=_rounded(stays.dwell_median_s, 1),
        smiling_share=_rounded(stays.series.total.smiling_share, 3),
        stays=_newest(stays.here, stays.gone),
        steps=tuple(_step(each, stays.now_s, emotion=emotion) for each in _recent(scope)),
        cost=scope.cost.cost,
        resident_mb=resident_mb(),
    )


def message(told: Glance, picture: Pixels) -> bytes:
    """Return the message for the page; the picture is in memory only, here and there."""
    text = json.dumps(asdict(told)).encode()
    return len(text).to_bytes(4, "big") + text + jpeg(picture)


def jpeg(picture: Pixels) -> bytes:
    """Return a BGR picture as JPEG, not wider than `WIDEST`."""
    height, width = picture.shape[:2]
    if width > WIDEST:
        size = WIDEST, max(1, round(height * WIDEST / width))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(encoded)


def _face(seen: Seen, scope: Scope, width: int, height: int) -> FaceShown:
    box, contact = seen.face.box, seen.contact
    confirmed = contact is not None and contact.confirmed
    emotion = scope.settings.mode == "emotion"
    return FaceShown(
        x=round(box.left / width, 4),
        y=round(box.top / height, 4),
        width=round(box.width / width, 4),
        height=round(box.height / height, 4),
        standing="far" if contact is None else "contact" if confirmed else "arriving",
        number=scope.stays.number(contact) if contact else None,
        dwell_s=round(contact.dwell_s, 1) if contact else None,
        smile=None if seen.level is None else round(seen.smile, 3),
        expression=_classes(seen) if emotion else None,
    )


def _classes(seen: Seen) -> tuple[float, float, float] | None:
    level = seen.level
    if level is None:
        return None
    return round(level.positive, 3), round(level.neutral, 3), round(level.negative, 3)


def _newest(here: Sequence[Stay], gone: Sequence[Stay]) -> tuple[StayShown, ...]:
    """Return who is there, and who left last, the newest first."""
    left = gone[-max(0, SHOWN_STAYS - len(here)) :] if len(here) < SHOWN_STAYS else ()
    rows = [*((stay, True) for stay in here[-SHOWN_STAYS:]), *((stay, False) for stay in left)]
    rows.sort(key=lambda row: -row[0].number)
    return tuple(_stay(stay, here=there) for stay, there in rows)


def _stay(stay: Stay, *, here: bool) -> StayShown:
    read = stay.measured.face_s > 0
    return StayShown(
        number=stay.number,
        dwell_s=round(stay.dwell_s, 1),
        smile_share=round(stay.measured.smile_share, 3) if read else None,
        here=here,
    )


def _recent(scope: Scope) -> tuple[Bin, ...]:
    now_s = scope.stays.now_s
    return tuple(each for each in scope.stays.series.bins if each.end_s > now_s - WINDOW_S)


def _step(each: Bin, now_s: float, *, emotion: bool) -> StepShown:
    level = each.expression if emotion else None
    middle_s = min(now_s, (each.start_s + each.end_s) / 2)
    return StepShown(
        ago_s=round(now_s - middle_s, 2),
        present=each.present,
        smile=_rounded(each.smile_level, 3),
        expression=(
            (round(level.positive, 3), round(level.neutral, 3), round(level.negative, 3))
            if level
            else None
        ),
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
