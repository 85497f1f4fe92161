"""The frames of `bench vision`: a face in view, a still scene, and one that never rests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from agent.bench.looking import FPS
from agent.vision.clips import Clip, sampled
from agent.vision.detector import Pixels

WIDTH, HEIGHT = 640, 480
FACE = (("WolfgangLanger_Pexels.mp4", 0.0, 10.0),)
RESTLESS = (("no_face.mp4", 0.0, 3.8), ("noface_face.mov", 0.0, 3.4))
"""(clip, from, up to) in seconds: one man before a camera; clouds and letters that never rest."""
STILL, STILL_S = "no_face.mp4", 20.0
NOISE_LEVELS = 3.0
"""Standard deviation of what a cheap sensor adds to each value of a pixel."""
DRIFT_LEVELS = 10.0
"""How much brighter the picture gets meanwhile, as the sun comes out."""


def write_still(clips: Mapping[str, Path], *, to: Path) -> int:
    """Write an empty scene, one picture held before a sensor that hisses; return the frames.

    Clouds: nothing in it resembles a face. What moves and does stands in `RESTLESS`.
    """
    (picture,) = islice((framed(p) for p in _stretch(clips[STILL], 0.0, 0.2)), 1)
    rng = np.random.default_rng(1)
    count = round(STILL_S * FPS)
    light = np.linspace(0, DRIFT_LEVELS, count)
    frames = (picture + rng.normal(level, NOISE_LEVELS, picture.shape) for level in light)
    np.save(to, np.stack([np.clip(frame, 0, 255).astype(np.uint8) for frame in frames]))
    return count


def write_scene(
    clips: Mapping[str, Path], scene: tuple[tuple[str, float, float], ...], *, to: Path
) -> int:
    """Write the frames (n, 480, 640, 3), BGR, of some stretches of clips; return how many."""
    frames = [
        framed(picture)
        for name, begins_s, ends_s in scene
        for picture in _stretch(clips[name], begins_s, ends_s)
    ]
    np.save(to, np.stack(frames))
    return len(frames)


def framed(picture: Pixels) -> npt.NDArray[np.uint8]:
    """Cut the middle of a picture out in the shape of a camera's, and scale it to its size."""
    height, width = picture.shape[:2]
    wide, high = min(width, height * WIDTH // HEIGHT), min(height, width * HEIGHT // WIDTH)
    left, top = (width - wide) // 2, (height - high) // 2
    middle = picture[top : top + high, left : left + wide]
    scaled = cv2.resize(middle, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(scaled, np.uint8)


def _stretch(path: Path, begins_s: float, ends_s: float) -> Iterator[Pixels]:
    clip = Clip(path)
    for at_s, picture in sampled(clip, fps=FPS):
        if at_s >= ends_s:
            break
        if at_s >= begins_s:
            yield picture
    clip.close()
