"""A camera that is opened again when it fails, ever more patiently."""

from __future__ import annotations

import time
from collections.abc import Callable

from agent.errors import CameraError, VisionError
from agent.vision.cameras import Camera, OpenSource, Picture

FIRST_RETRY_S = 1.0
LAST_RETRY_S = 30.0


class Eye:
    """Keeps a camera open for as long as somebody looks through it.

    `live` is false for a recording that plays the camera; for that and `still_s` see `Camera`.
    `remote`: no read of this source blocks for longer than a while, and none holds a device, so one
    that blocks is left to its end.
    """

    def __init__(
        self,
        open_source: OpenSource,
        *,
        timeout_s: float,
        live: bool = True,
        still_s: float = 0.0,
        remote: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._open = open_source
        self._timeout_s = timeout_s
        self._live = live
        self._still_s = still_s
        self._remote = remote
        self._clock = clock
        self._sleep = sleep
        self._camera: Camera | None = None
        self._retry_s = FIRST_RETRY_S
        self._not_before_s = float("-inf")

    def look(self, *, wait_s: float) -> Picture | None:
        """Return the freshest picture, `None` when there is none within `wait_s`.

        Raises `CameraError` once for every failure; the camera is opened again after a while.
        Raises `VisionError` when its driver hangs: only the process's end frees the device then.
        """
        if self._camera is None:
            if self._clock() < self._not_before_s:
                self._sleep(wait_s)
                return None
            self._camera = Camera(self._open, live=self._live, still_s=self._still_s)
        try:
            picture = self._picture(self._camera, wait_s)
        except CameraError:
            self._give_up()
            raise
        if picture is not None:
            self._retry_s = FIRST_RETRY_S
        return picture

    def skipped(self) -> int:
        """Return how many pictures came too fast to be looked at, since the last call."""
        return self._camera.skipped() if self._camera is not None else 0

    def close(self) -> None:
        """Close the camera; the next look opens it at once."""
        self._not_before_s = float("-inf")
        self._retry_s = FIRST_RETRY_S
        self._let_go()

    def _picture(self, camera: Camera, wait_s: float) -> Picture | None:
        picture = camera.take(wait_s=wait_s)
        if picture is None and camera.silent_s > self._timeout_s:
            raise CameraError(
                f"the camera has shown nothing new for {self._timeout_s:g} s: check its cable, and"
                " that no other program uses it"
            )
        return picture

    def _give_up(self) -> None:
        self._not_before_s = self._clock() + self._retry_s
        self._retry_s = min(self._retry_s * 2, LAST_RETRY_S)
        self._let_go()

    def _let_go(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None and not camera.close() and not self._remote:
            raise VisionError(
                "the camera's driver hangs, and this process ends to free it: if that does not"
                " help, unplug the camera and plug it in again"
            )
