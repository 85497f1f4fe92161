"""A recording in the camera's place: in real time, round and round, and it can be held."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from agent.errors import CameraError
from agent.vision.cameras import Picture, VideoSource
from agent.vision.clips import Clip, Entry, Pause, parse_playlist
from agent.vision.detector import Pixels
from agent.vision.settings import VisionSettings

BETWEEN_ROUNDS_S = 4.0
"""An empty scene, longer than a contact may be out of view: nobody stays from round to round."""


class Film:
    """Plays videos at their own pace; what comes too late to be looked at is counted.

    Times are those of the film, which stand still while it is held.
    """

    def __init__(
        self,
        settings: VisionSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open nothing yet. Raises `CameraError` when the source is no video that can be read."""
        playlist: list[Entry] = parse_playlist(settings.source)
        width, height = _size(playlist)
        blank = settings.model_copy(update={"width": width, "height": height})
        self._film_s = 0.0
        self._source = VideoSource(
            [*playlist, Pause(BETWEEN_ROUNDS_S)],
            settings=blank,
            sleep=self._wind,
            clock=lambda: self._film_s,
        )
        self._step_s = 1 / settings.fps
        self._clock = clock
        self._sleep = sleep
        self._lag_s: float | None = None
        self._skipped = 0
        self._damaged = False

    def look(self, *, wait_s: float) -> Picture | None:
        """Return the next picture when its time has come, however long `wait_s` is.

        Raises `CameraError` once when the video is damaged; after that there are none.
        """
        if self._damaged:
            self._sleep(wait_s)
            return None
        pixels = self._next()
        if self._lag_s is None:
            self._lag_s = self._clock() - self._film_s
        while self._late_s() > self._step_s:
            pixels = self._next()
            self._skipped += 1
        self._sleep(max(0.0, -self._late_s()))
        return Picture(pixels, self._film_s)

    def skipped(self) -> int:
        """Return how many pictures came too late to be looked at, since the last call."""
        count, self._skipped = self._skipped, 0
        return count

    def close(self) -> None:
        """Hold the film; the next look goes on from here."""
        self._lag_s = None

    def _next(self) -> Pixels:
        try:
            return self._source.read()
        except CameraError:
            self._damaged = True
            raise

    def _late_s(self) -> float:
        return self._clock() - (self._lag_s or 0.0) - self._film_s

    def _wind(self, seconds: float) -> None:
        self._film_s += seconds


def _size(playlist: list[Entry]) -> tuple[int, int]:
    """Return width and height of the first video."""
    first = next(entry for entry in playlist if isinstance(entry, Path))
    clip = Clip(first)
    height, width = clip.picture().shape[:2] if clip.grab() is not None else (480, 640)
    clip.close()
    return width, height
