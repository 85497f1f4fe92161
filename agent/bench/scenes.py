"""The frames of `bench vision`: a face in view, and an empty scene, as a camera would see them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from agent.bench.looking import FPS
from agent.vision.clips import Clip, sampled
from agent.vision.detector import Pixels

WIDTH, HEIGHT = 640, 480
FACE = (("WolfgangLanger_Pexels.mp4", 0.0, 10.0),)
EMPTY = (("no_face.mp4", 0.0, 3.8), ("noface_face.mov", 0.0, 3.4))
"""(clip, from, up to) in seconds: one man before a camera; rooms with nobody in them."""


def write_scene(
    clips: dict[str, Path], scene: tuple[tuple[str, float, float], ...], *, to: Path
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
