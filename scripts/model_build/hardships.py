"""Pictures as a till's camera spoils them, one thing at a time, always the same way. Pure.

What is random in training is fixed here, so that two nets can be compared.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from model_build.augment import SIDE
from model_build.labels import Bytes


def turned(picture: Bytes) -> Bytes:
    """Tilt a face (48, 48) by 15 degrees."""
    centre = (SIDE - 1) / 2
    matrix = cv2.getRotationMatrix2D((centre, centre), 15, 1.0)
    moved = cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def shifted(picture: Bytes) -> Bytes:
    """Move a face by 3 pixels each way: eyes that were found beside where they are."""
    matrix = np.array([[1, 0, 3], [0, 1, 3]], np.float64)
    moved = cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def darkened(picture: Bytes) -> Bytes:
    """Leave a quarter of the light, and the sensor's noise with it."""
    noise = np.random.default_rng(int(picture.sum())).normal(0, 4, picture.shape)
    return np.clip(picture * 0.25 + noise, 0, 255).astype(np.uint8)


def blurred(picture: Bytes) -> Bytes:
    """Blur by 1.5 pixels."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.uint8)


def far(picture: Bytes) -> Bytes:
    """Leave what a face 24 pixels wide has: eyes 8 pixels apart, less than the gate lets pass."""
    small = cv2.resize(picture, (24, 24), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)


HARDSHIPS: dict[str, Callable[[Bytes], Bytes]] = {
    "tilted by 15 degrees": turned,
    "eyes found 3 pixels off each way": shifted,
    "a quarter of the light": darkened,
    "blurred by 1.5 pixels": blurred,
    "24 pixels wide": far,
}


def spoilt(pictures: Bytes, hardship: str) -> Bytes:
    """Return pictures (n, 48, 48) with one of `HARDSHIPS` done to each."""
    return np.stack([HARDSHIPS[hardship](picture) for picture in pictures])
