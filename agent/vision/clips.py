"""Video files as pictures: one file frame by frame, and playlists for the camera's place.

A playlist is FILEs joined by commas, with `pause:SECONDS` for an empty scene between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from agent.errors import CameraError
from agent.vision.detector import Pixels
from agent.vision.grabbing import hush
from agent.vision.stages import Stages, unmeasured

LONGEST_PAUSE_S = 3600
USUAL_FPS, HIGHEST_FPS = 25.0, 240.0
BLANK_LEVEL = 110
"""A plain grey wall."""


@dataclass(frozen=True, slots=True)
class Pause:
    """An empty scene."""

    seconds: float


Entry = Path | Pause


def parse_playlist(source: str) -> list[Entry]:
    """Return the files and pauses of a source. Raises `CameraError` for what is neither."""
    entries = [_entry(part.strip()) for part in source.split(",") if part.strip()]
    if not any(isinstance(entry, Path) for entry in entries):
        raise CameraError(
            f"vision.source `{source}` names no video: use a number like 0, picamera2, or a FILE"
        )
    return entries


def _entry(part: str) -> Entry:
    if part.startswith("pause:"):
        return Pause(_seconds(part))
    path = Path(part)
    if not path.is_file():
        raise CameraError(
            f"vision.source: no file `{part}`: use a number like 0, picamera2, a video FILE,"
            " or pause:SECONDS"
        )
    return path


def _seconds(part: str) -> float:
    text = part.removeprefix("pause:")
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= LONGEST_PAUSE_S:
        raise CameraError(f"vision.source: `{part}` needs seconds between 0 and 3600")
    return seconds


class Clip:
    """A video file, frame by frame, in its own time. One decoder thread, no network."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises `CameraError`."""
        if not path.exists():
            raise CameraError(f"there is no file {path}: choose another file")
        hush()
        self.path = path
        self._video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        if not path.is_file() or not self._video.isOpened():
            raise CameraError(f"{path} is not a video that can be read: choose another file")
        rate = float(self._video.get(cv2.CAP_PROP_FPS))
        self.fps = rate if 0 < rate <= HIGHEST_FPS else USUAL_FPS
        self.seconds = 0.0
        """Up to the end of the last frame grabbed."""
        self._index = 0

    def grab(self) -> float | None:
        """Step to the next frame; return its time in seconds, `None` after the last one."""
        if not self._video.grab():
            return None
        counted_s = self._index / self.fps
        told_s = float(self._video.get(cv2.CAP_PROP_POS_MSEC)) / 1000
        at_s = told_s if told_s > 0 else counted_s
        self._index += 1
        at_s = max(at_s, self.seconds - 1 / self.fps)
        self.seconds = at_s + 1 / self.fps
        return at_s

    def picture(self) -> Pixels:
        """Return the frame last grabbed, BGR."""
        taken, picture = self._video.retrieve()
        if not taken:
            raise CameraError(f"{self.path} is damaged after {self.seconds:.1f} s: choose another")
        return np.asarray(picture, np.uint8)

    def close(self) -> None:
        """Close the file."""
        self._video.release()


def sampled(
    clip: Clip, *, fps: float, stages: Stages = unmeasured
) -> Iterator[tuple[float, Pixels]]:
    """Yield (seconds, picture) of a clip, at most `fps` a second of its own time.

    Raises `CameraError` where it holds none.
    """
    due_s = 0.0
    while True:
        with stages("decode"):
            taken = _next(clip, due_s=due_s)
        if taken is None:
            break
        due_s = max(due_s + 1 / fps, taken[0])
        yield taken
    if not clip.seconds:
        raise CameraError(f"{clip.path} holds no picture that can be read: choose another file")


def _next(clip: Clip, *, due_s: float) -> tuple[float, Pixels] | None:
    """Return the first frame that is not too early; None where there is no more."""
    while (at_s := clip.grab()) is not None:
        if at_s + 1e-6 >= due_s:
            return at_s, clip.picture()
    return None


def blank_picture(*, width: int, height: int) -> Pixels:
    """Return the empty scene of a pause."""
    return np.full((height, width, 3), BLANK_LEVEL, np.uint8)
