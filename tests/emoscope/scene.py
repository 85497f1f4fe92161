"""A drawn scene, and what looks at it in the tests: a white square is a face, its height the smile.

Nobody's picture is needed, and every test knows what is to be seen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from agent.emoscope.cards import ModelNote
from agent.emoscope.scope import Scope, Tools
from agent.vision.detector import Pixels
from agent.vision.expression import Expression
from agent.vision.faces import Box, Face
from agent.vision.pipeline import Looked
from agent.vision.settings import VisionSettings

HALF = 40
WIDTH, HEIGHT, FPS = 320, 240, 10
SMILING_Y = 100
"""Faces above this line smile."""
HAPPY = Expression(positive=0.8, neutral=0.15, negative=0.05)
PLAIN = Expression(positive=0.1, neutral=0.7, negative=0.2)
MODELS = (
    ModelNote("drawn-1", "ab" * 32, "finds squares", "Apache-2.0", "Squares only."),
    ModelNote("read-1", "cd" * 32, "reads squares", "Apache-2.0", ""),
)


def find(picture: Pixels) -> list[Face]:
    """See one face, where the picture is white."""
    lines, columns = np.nonzero(picture[..., 0] > 230)
    if len(lines) < HALF * HALF:
        return []
    x, y = float(columns.mean()), float(lines.mean())
    box = Box(x - HALF, y - HALF, x + HALF, y + HALF)
    return [Face(box, 0.9, ((x - 16, y - 10), (x + 16, y - 10)))]


def read(_: Pixels, face: Face) -> Expression:
    """Tell a smile by how high the face is."""
    return HAPPY if face.box.centre[1] < SMILING_Y else PLAIN


def tools(*, reads: bool = True) -> Tools:
    return Tools(detect=find, threshold=0.75, read=read if reads else None, models=MODELS)


def scene(x: int | None = 160, y: int = 140) -> Pixels:
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    picture[:, ::16] = 110
    if x is not None:
        picture[y - HALF : y + HALF, x - HALF : x + HALF] = 255
    return picture


def look(scope: Scope, *, seconds: float, start_s: float = 0, **where: Any) -> list[Looked]:
    frames = range(round(seconds * FPS))
    return [scope.look(scene(**where), at_s=start_s + frame / FPS) for frame in frames]


def visited(mode: str = "smile") -> Scope:
    """A contact that looked plain for three seconds, smiled for two, and left."""
    settings = VisionSettings().model_copy(update={"mode": mode})
    scope = Scope(settings, tools(reads=mode != "presence"))
    look(scope, seconds=3)
    look(scope, seconds=2, start_s=3, y=90)
    look(scope, seconds=4, start_s=5, x=None)
    return scope


def film(folder: Path, *, seconds: float = 6, name: str = "drawn.avi") -> Path:
    """Write a video: nobody for a second, then one face, which smiles in the second half."""
    path = folder / name
    fourcc: Any = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), fourcc, FPS, (WIDTH, HEIGHT))
    for frame in range(round(seconds * FPS)):
        at_s = frame / FPS
        writer.write(scene(None if at_s < 1 else 160, 90 if at_s > seconds / 2 else 140))
    writer.release()
    return path
