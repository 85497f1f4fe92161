"""Whether a face is seen well enough to read its expression. Pure, but for one small filter.

A face that is too small, blurred or turned away is counted like any other, and not read: a guess
would go into the sums as if somebody had looked. The limits were measured on 80 faces of five
recordings, made smaller and blurred on purpose: how often the reading stayed the same.
"""

from __future__ import annotations

from math import atan, degrees, hypot
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from agent.vision.faces import Face

LEAST_EYES_APART = 10.0
"""Pixels of the picture. Eyes 10 pixels apart: 96 in 100 readings stay, 6 pixels: 92."""
LEAST_SHARPNESS = 0.02
"""Blurred by 1.5 pixels of the crop 95 in 100 readings stay, by 2 pixels 88: this lies between."""
MOST_YAW = 40.0
"""Degrees. Farther round half of the mouth is hidden."""
NOSE_DEPTH = 0.45
"""How far the tip of a nose stands before the eyes, in distances between the pupils (about 28 of
63 mm: Farkas, Anthropometry of the Head and Face, 1994)."""


def is_readable(face: Face) -> bool:
    """Tell whether a face is large enough, and turned to the camera."""
    (x, y), (other_x, other_y) = face.eyes
    return hypot(other_x - x, other_y - y) >= LEAST_EYES_APART and abs(yaw(face)) <= MOST_YAW


def yaw(face: Face) -> float:
    """Return by how many degrees a head is turned, from where its nose lies between the eyes.

    The tip of the nose moves by depth * sin(yaw) while the eyes close up by cos(yaw), so that
    offset / distance = depth * tan(yaw). 0 where no nose is known.
    """
    if face.nose is None:
        return 0.0
    eye, other = (complex(*point) for point in face.eyes)
    between = other - eye
    if not between:
        return 90.0
    along = (complex(*face.nose) - (eye + other) / 2) / between
    return degrees(atan(along.real / NOSE_DEPTH))


def is_sharp(crop: npt.NDArray[np.uint8]) -> bool:
    """Tell whether a grey crop of a face has fine structure; one even grey has none."""
    return sharpness(crop) >= LEAST_SHARPNESS


def sharpness(crop: npt.NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian over that of the crop itself, which light cancels from.

    Source of the measure: Pertuz et al., "Analysis of focus measure operators", 2013 (LAP4).
    """
    spread = _deviation(crop)
    return (_deviation(cv2.Laplacian(crop, cv2.CV_32F)) / spread) ** 2 if spread > 0 else 0.0


def _deviation(values: npt.NDArray[Any]) -> float:
    _, deviation = cv2.meanStdDev(values)
    return float(deviation[0, 0])
