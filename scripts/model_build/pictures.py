"""Pictures from packages: random crops to calibrate on, other ones to measure agreement on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

MIRRORED = 0.5
Pixels = npt.NDArray[np.uint8]


def read_pictures(paths: list[Path]) -> list[Pixels]:
    """Read pictures as BGR."""
    return [_read(path) for path in paths]


def frames(path: Path, *, every: int) -> Iterator[Pixels]:
    """Every n-th frame of a video, BGR."""
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    index = 0
    while video.grab():
        if index % every == 0:
            yield np.asarray(video.retrieve()[1], np.uint8)
        index += 1
    video.release()


def varied(pictures: list[Pixels], *, count: int, seed: int) -> Iterator[Pixels]:
    """Random crops, mirrored and lit differently, `count` in all."""
    rng = np.random.default_rng(seed)
    for index in range(count):
        picture = pictures[index % len(pictures)]
        height, width = picture.shape[:2]
        share = rng.uniform(0.5, 1)
        tall, wide = int(height * share), int(width * share)
        top, left = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
        crop = picture[top : top + tall, left : left + wide]
        crop = crop[:, ::-1] if rng.random() < MIRRORED else crop
        light = crop.astype(np.float32) * rng.uniform(0.5, 1.3)
        yield np.ascontiguousarray(np.clip(light, 0, 255).astype(np.uint8))


def _read(path: Path) -> Pixels:
    picture = cv2.imread(str(path))
    if picture is None:
        raise SystemExit(f"build_models: {path} is not a picture: fetch its package again")
    return np.asarray(picture, np.uint8)
