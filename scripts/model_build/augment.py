"""What a till's camera does to a face: tilt, shift, light, noise, blur, distance, a hand."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from model_build.labels import Bytes, Floats

Exact = npt.NDArray[np.float64]

SIDE = 48
MIRRORED, COVERED = 0.5, 0.3
BLURRED, FAR, DARK, NOISY = 0.12, 0.12, 0.12, 0.12
"""Shares of the pictures this happens to."""


def augmented(pictures: Bytes, rng: np.random.Generator) -> Floats:
    """Random variants of pictures (n, 48, 48) as floats 0 to 255 (n, 48, 48)."""
    moved = np.stack([_moved(picture, rng) for picture in pictures]).astype(np.float32)
    count = (len(moved), 1, 1)
    out = (moved - 127.5) * rng.uniform(0.7, 1.3, count) + 127.5 + rng.uniform(-25, 25, count)
    for picture in out:
        _spoilt(picture, rng)
    return np.clip(out, 0, 255).astype(np.float32)


def _moved(picture: Bytes, rng: np.random.Generator) -> Bytes:
    """Rotate up to 15 degrees, scale, shift up to 4 pixels, mirror: the errors of eye keypoints."""
    centre = (SIDE - 1) / 2
    turned = cv2.getRotationMatrix2D((centre, centre), rng.uniform(-15, 15), rng.uniform(0.88, 1.2))
    matrix = np.asarray(turned, np.float64)
    matrix[:, 2] += rng.uniform(-4, 4, 2)
    moved = cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved[:, ::-1] if rng.random() < MIRRORED else moved, np.uint8)


def _spoilt(picture: Exact, rng: np.random.Generator) -> None:
    """Do to one picture (48, 48), in place, what happens to few."""
    dark, far, blurred, noisy, covered = rng.random(5)
    if dark < DARK:
        picture[:] = 255 * (np.clip(picture, 0, 255) / 255) ** rng.uniform(0.5, 2.5)
    if far < FAR:
        _shrunk(picture, int(rng.integers(16, 36)))
    if blurred < BLURRED:
        picture[:] = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 1.5))
    if noisy < NOISY:
        picture[:] = picture + rng.normal(0, rng.uniform(2, 12), picture.shape)
    if covered < COVERED:
        _covered(picture, rng)


def _shrunk(picture: Exact, side: int) -> None:
    """Leave no more of a picture than a face `side` pixels wide has."""
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    picture[:] = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)


def _covered(picture: Exact, rng: np.random.Generator) -> None:
    side = int(rng.integers(8, 18))
    top, left = rng.integers(0, SIDE - side, 2)
    picture[top : top + side, left : left + side] = rng.uniform(0, 255)
