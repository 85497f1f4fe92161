"""Pictures by OpenCV's capture, at the pace and in the size they are looked at."""

from __future__ import annotations

import logging
import os
import time
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.errors import CameraError
from agent.vision.detector import Pixels

log = logging.getLogger(__name__)

LEAST = (160, 120)
"""In a smaller picture no face is found."""


_QUIET = "-8"


def hush() -> None:
    """Keep what FFmpeg and OpenCV say of a source to themselves: our errors say what to mend.

    FFmpeg would also quote what it opens. It reads this once a process, with its first capture.
    """
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = _QUIET
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)


class Source(Protocol):
    """Something that gives pictures. Every call may block."""

    def read(self) -> Pixels:
        """Return the next BGR picture. Raises `CameraError` when there will be none."""

    def close(self) -> None:
        """Let the device go."""


class Grabber:
    """Takes what is due out of an open capture; a camera's other pictures are not even decoded."""

    def __init__(self, video: cv2.VideoCapture, *, fps: float, name: str, mend: str) -> None:
        self._video = video
        self._every_s = 1 / fps
        self._due_s = 0.0
        self._name = name
        self._mend = mend

    def take(self) -> NDArray[np.uint8]:
        """Return the next one that is due. Raises `CameraError`."""
        while True:
            if not self._video.grab():
                raise CameraError(f"camera {self._name} gives no pictures: {self._mend}")
            now_s = time.monotonic()
            if now_s >= self._due_s:
                self._due_s = max(self._due_s + self._every_s, now_s)
                break
        return self._decoded()

    def _decoded(self) -> NDArray[np.uint8]:
        try:
            taken, picture = self._video.retrieve()
        except (cv2.error, MemoryError):  # of a size that this process may not hold
            taken, picture = False, None
        if not taken:
            raise CameraError(f"camera {self._name} gave a broken picture: {self._mend}")
        return np.asarray(picture, np.uint8)

    def close(self) -> None:
        """Let the device or the connection go."""
        self._video.release()


class Framed:
    """A camera's pictures, none larger than was asked for, and all of one size.

    A camera that changes its size is another one by then: what was tracked in the picture before
    is nowhere in this one.
    """

    def __init__(self, source: Source, *, name: str, width: int, height: int) -> None:
        self.source = source
        self._name = name
        self._asked = width, height
        self._size: tuple[int, int] | None = None
        self._looked_at = self._asked

    def read(self) -> Pixels:
        """Return the next picture. Raises `CameraError`, also at a size that cannot be used."""
        picture = self.source.read()
        size = picture.shape[1], picture.shape[0]
        if size != self._size:
            self._learn(size)
        if size == self._looked_at:
            return picture
        shrunk: Any = cv2.resize(picture, self._looked_at, interpolation=cv2.INTER_AREA)
        return np.asarray(shrunk, np.uint8)

    def close(self) -> None:
        """Let the device go."""
        self.source.close()

    def _learn(self, size: tuple[int, int]) -> None:
        told = f"camera {self._name} gives pictures of {size[0]}x{size[1]}"
        if size < LEAST or size[1] < LEAST[1]:
            raise CameraError(f"{told}: set it to 640x480, less than 160x120 shows no face")
        if self._size is not None:
            width, height = self._size
            raise CameraError(f"{told} after {width}x{height}: set it to one size that stays")
        self._size = size
        self._looked_at = fitted(size, self._asked)
        if size != self._asked:
            asked, used = "{}x{}".format(*self._asked), "{}x{}".format(*self._looked_at)
            log.warning("%s, looked at in %s, where %s is asked for", told, used, asked)


def fitted(size: tuple[int, int], most: tuple[int, int]) -> tuple[int, int]:
    """Return a size of the same shape that is no wider and no higher than `most`."""
    share = min(1.0, most[0] / size[0], most[1] / size[1])
    return round(size[0] * share), round(size[1] * share)
