"""What a till's camera does to a face: tilt, shift, light, blur, a hand in front of it."""

from __future__ import annotations

import cv2
import numpy as np

from model_build.labels import Bytes, Floats

SIDE = 48
MIRRORED, COVERED, BLURRED = 0.5, 0.3, 0.25
"""Shares of the pictures this happens to."""


def augmented(pictures: Bytes, rng: np.random.Generator) -> Floats:
    """Random variants of pictures (n, 48, 48) as floats 0 to 255 (n, 48, 48, 1)."""
    out = np.stack([_moved(picture, rng) for picture in pictures]).astype(np.float32)
    count = (len(out), 1, 1)
    out = (out - 127.5) * rng.uniform(0.7, 1.3, count) + 127.5 + rng.uniform(-25, 25, count)
    for picture in out:
        _covered(picture, rng)
        if rng.random() < BLURRED:
            picture[:] = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.5))
    return np.clip(out, 0, 255).astype(np.float32)[..., None]


def _moved(picture: Bytes, rng: np.random.Generator) -> Bytes:
    """Rotate up to 15 degrees, scale, shift up to 4 pixels, mirror: the errors of eye keypoints."""
    centre = (SIDE - 1) / 2
    matrix = cv2.getRotationMatrix2D((centre, centre), rng.uniform(-15, 15), rng.uniform(0.85, 1.2))
    matrix[:, 2] += rng.uniform(-4, 4, 2)
    moved = cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return moved[:, ::-1] if rng.random() < MIRRORED else moved


def _covered(picture: Floats, rng: np.random.Generator) -> None:
    if rng.random() < COVERED:
        side = int(rng.integers(8, 18))
        top, left = rng.integers(0, SIDE - side, 2)
        picture[top : top + side, left : left + side] = rng.uniform(0, 255)
