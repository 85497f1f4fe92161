"""Faces, settings and clips the vision tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from agent.demo.media import clips
from agent.errors import DemoError
from agent.vision.faces import Box, Face
from agent.vision.settings import VisionSettings

ROOT = Path(__file__).parents[2]
FaceAt = Callable[..., Face]
VideoOf = Callable[..., Path]


@pytest.fixture(scope="session")
def face_at() -> FaceAt:
    """Make a face from its middle and height."""

    def make(x: float, y: float = 100, *, height: float = 60, score: float = 0.9) -> Face:
        half = height / 2
        eyes = ((x - height / 5, y - height / 8), (x + height / 5, y - height / 8))
        return Face(Box(x - half, y - half, x + half, y + half), score, eyes)

    return make


@pytest.fixture
def settings() -> VisionSettings:
    """The defaults."""
    return VisionSettings()


@pytest.fixture(scope="session")
def real_clips() -> dict[str, Path]:
    """Clips of real faces, fetched once into the checkout's cache."""
    try:
        return clips(ROOT / ".cache" / "media")
    except DemoError as error:
        pytest.skip(f"needs clips of real faces: {error}")


@pytest.fixture
def video_of(tmp_path: Path) -> VideoOf:
    """Write a small video of plain frames, one grey level each."""

    def make(levels: list[int], *, fps: float = 10, name: str = "plain.avi") -> Path:
        path = tmp_path / name
        fourcc: Any = cv2.VideoWriter.fourcc(*"MJPG")
        writer = cv2.VideoWriter(str(path), fourcc, fps, (160, 120))
        for level in levels:
            writer.write(np.full((120, 160, 3), level, np.uint8))
        writer.release()
        return path

    return make
