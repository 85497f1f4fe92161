"""Perceived expression of one face: an aligned grey crop through a small net of our own.

The crop puts the eyes where they lie on average in the FER+ pictures the net was trained on
(median over 985 faces of its validation fold): the margin matters as much as the net.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import cv2
import numpy as np
import numpy.typing as npt

from agent.errors import ModelError
from agent.vision.detector import Pixels, shrunk
from agent.vision.faces import Face, Point
from agent.vision.interpreter import Floats, Net
from agent.vision.models import Model
from agent.vision.quality import is_readable, is_sharp
from agent.vision.stages import Stages, unmeasured

Grey = npt.NDArray[np.uint8]

SIDE = 48
LEFT_EYE: Point = (15.5, 19.1)
RIGHT_EYE: Point = (32.6, 19.1)
"""Where the eyes go in the crop, in its pixels."""
CLASSES = 8
"""FER+: neutral, happiness, surprise, sadness, anger, disgust, fear, contempt."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What an observer would say of one picture of a face; the three add up to 1."""

    positive: float
    """Happiness. Its level is the smile."""
    neutral: float
    """Neutral, and surprise, which has no valence of its own."""
    negative: float
    """Sadness, anger, disgust, fear, contempt."""


class ExpressionReader:
    """Reads the expression of faces the detector found."""

    def __init__(self, model: Model, *, stages: Stages = unmeasured) -> None:
        self._net = Net(model)
        self._stages = stages
        if self._net.input_shape != (1, SIDE, SIDE, 1):
            raise ModelError(
                f"model {model.ref.id} wants {self._net.input_shape}, not 1x48x48x1:"
                " it is not the expression net; run scripts/build_models"
            )

    def __call__(self, picture: Pixels, face: Face) -> Expression | None:
        """Return the expression of `face` in a BGR picture; None where it is not seen well."""
        if not is_readable(face):
            return None
        with self._stages("align"):
            crop = aligned(picture, face.eyes)
            sharp = is_sharp(crop)
        if not sharp:
            return None
        with self._stages("expression"):
            return three_classes(self._net(crop.astype(np.float32)[None, :, :, None])[0][0])


def three_classes(shares: Floats) -> Expression:
    """Fold the probabilities (8,) of the net into three."""
    if shares.shape != (CLASSES,):
        raise ModelError(f"the expression net has {shares.shape} outputs, not {CLASSES}")
    neutral, happiness, surprise, *negative = (float(share) for share in shares)
    total = neutral + happiness + surprise + sum(negative) or 1.0
    return Expression(happiness / total, (neutral + surprise) / total, sum(negative) / total)


def aligned(picture: Pixels, eyes: tuple[Point, Point]) -> Grey:
    """Cut a face out as grey (48, 48), turned and scaled so that its eyes lie in their places."""
    patch, moved = _patch(picture, eyes)
    crop = cv2.warpAffine(
        patch,
        alignment(moved),
        (SIDE, SIDE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)


def _patch(picture: Pixels, eyes: tuple[Point, Point]) -> tuple[Grey, tuple[Point, Point]]:
    """Cut the surroundings of the eyes out as grey, shrunk first where a crop would alias."""
    (x, y), (other_x, other_y) = eyes
    apart = max(1.0, hypot(other_x - x, other_y - y))
    reach = 3 * apart
    height, width = picture.shape[:2]
    left, right = _span((x + other_x) / 2, reach, width)
    top, bottom = _span((y + other_y) / 2, reach, height)
    patch = picture[top:bottom, left:right]
    shrink = int(apart / (RIGHT_EYE[0] - LEFT_EYE[0]))
    if shrink > 1:
        patch = shrunk(patch, (max(1, patch.shape[1] // shrink), max(1, patch.shape[0] // shrink)))
    grey = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    scale_x, scale_y = grey.shape[1] / (right - left), grey.shape[0] / (bottom - top)
    moved = [((px - left) * scale_x, (py - top) * scale_y) for px, py in eyes]
    return np.asarray(grey, np.uint8), (moved[0], moved[1])


def _span(middle: float, reach: float, size: int) -> tuple[int, int]:
    """Return the pixels from `middle - reach` to `middle + reach`, at least one, inside `size`."""
    start = min(max(0, int(middle - reach)), size - 1)
    return start, max(start + 1, min(size, int(middle + reach) + 1))


def alignment(eyes: tuple[Point, Point]) -> npt.NDArray[np.float64]:
    """Return the similarity (2, 3) that moves the two eyes to their places in the crop."""
    source, target = (complex(*eye) for eye in eyes), (complex(*LEFT_EYE), complex(*RIGHT_EYE))
    first, second = source
    between = second - first or 1
    turn = (target[1] - target[0]) / between
    move = target[0] - turn * first
    return np.array([[turn.real, -turn.imag, move.real], [turn.imag, turn.real, move.imag]])
