"""Pictures and videos drawn by the tests themselves."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from agent.testing.pictures import draw_picture as picture

__all__ = ["picture", "video"]


def video(path: Path, *, frames: int = 5) -> Path:
    """Write a short WebM (VP8)."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), 10.0, (64, 36))
    for n in range(frames):
        writer.write(np.full((36, 64, 3), 40 * n % 256, dtype=np.uint8))
    writer.release()
    return path
