"""Looking, in a thread of its own, only while a page is open and not paused."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from agent.emoscope.glance import glance, message
from agent.emoscope.scope import Scope
from agent.errors import CameraError, VisionError
from agent.vision.cameras import Picture

log = logging.getLogger(__name__)

STEP_S = 0.2
"""Longest wait in one step: how soon a pause or the end is attended to."""
PICTURE_EVERY_S = 0.1
EARLY_S = 0.02
"""A picture may be this much early: ten a second of a camera are never exactly 0.1 s apart."""
STOP_S = 5.0

How = Literal["waiting", "looking", "lost"]


@dataclass(frozen=True, slots=True)
class State:
    """What the thread is doing."""

    how: How
    """`waiting`: nothing is looked at and the camera is closed."""
    reason: str = ""
    """Of `lost`: what is wrong, and what to mend."""


class Eyes(Protocol):
    """A camera or a film; `agent.vision.eye.Eye` is one."""

    def look(self, *, wait_s: float) -> Picture | None:
        """Return the freshest picture, if there is one. Raises `CameraError`, `VisionError`."""
        ...

    def skipped(self) -> int:
        """Return how many pictures nobody looked at, since the last call."""
        ...

    def close(self) -> None:
        """Look no more; the next look opens it again."""
        ...


class Watch:
    """The thread that looks. `on_frame` and `on_state` are called in it."""

    def __init__(
        self,
        scope: Scope,
        eyes: Eyes,
        *,
        on_frame: Callable[[bytes], object],
        on_state: Callable[[State], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scope = scope
        self._eyes = eyes
        self._on_frame = on_frame
        self._on_state = on_state
        self._clock = clock
        self._wanted = threading.Event()
        self._asked = threading.Event()
        self._ending = threading.Event()
        self._state = State("waiting")
        self._shown_s = float("-inf")
        self._thread = threading.Thread(target=self._run, name="emoscope", daemon=True)

    def start(self) -> None:
        """Begin; nothing is looked at yet."""
        self._thread.start()

    def stop(self) -> None:
        """Let the camera go and end the thread."""
        self._ending.set()
        self._thread.join(STOP_S)

    def want(self, *, looking: bool) -> None:
        """Look from now on, or close the camera."""
        if looking:
            self._wanted.set()
        else:
            self._wanted.clear()

    def ask(self) -> None:
        """Make a picture of the next frame for a page that has shown the one before."""
        self._asked.set()

    def _run(self) -> None:
        while not self._ending.is_set():
            if self._wanted.wait(STEP_S):
                self._try()
            else:
                self._rest()
        if self._state.how == "looking":
            self._eyes.close()
            self._scope.close()

    def _try(self) -> None:
        try:
            self._step()
        except CameraError as error:
            self._lose(error)
        except VisionError as error:  # its driver hangs for good
            self._lose(error)
            self._ending.set()

    def _step(self) -> None:
        taken = self._eyes.look(wait_s=STEP_S)
        if taken is None:
            return
        skipped = self._eyes.skipped()
        looked = self._scope.look(taken.pixels, at_s=taken.at_s, skipped=skipped)
        self._tell(State("looking"))
        if self._due():
            height, width = taken.pixels.shape[:2]
            told = glance(self._scope, looked, width=width, height=height)
            self._on_frame(message(told, taken.pixels))

    def _due(self) -> bool:
        """Whether a page waits for a picture, and the one before is old enough."""
        now_s = self._clock()
        if now_s - self._shown_s < PICTURE_EVERY_S - EARLY_S or not self._asked.is_set():
            return False
        self._asked.clear()
        self._shown_s = now_s
        return True

    def _rest(self) -> None:
        if self._state.how != "waiting":
            self._eyes.close()
            self._scope.close()
            self._tell(State("waiting"))

    def _lose(self, error: VisionError) -> None:
        self._scope.close()
        if self._state.reason != str(error):
            log.warning("%s", error)
        self._tell(State("lost", str(error)))

    def _tell(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self._on_state(state)
