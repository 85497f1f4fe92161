"""Whether anything moved in an empty scene: decides on a tiny picture, so that it costs little."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from agent.vision.detector import Pixels, shrunk

Tiny = npt.NDArray[np.float32]

COLUMNS, LINES = 32, 24
CELL_LEVELS = 6.0
"""Grey levels a cell must change: six times the noise of a cheap sensor's averaged cell."""
MOVED_CELLS = 2
"""A face near enough to count covers more cells than this."""
STAYS_OPEN_S = 2.0
"""After a movement: long enough to search the whole picture several times."""
BURST_S = 2.0
"""So long every frame is looked at behind the first movement: somebody comes."""
MOVING_EVERY_S = 0.19
"""Where it goes on moving, and nobody came, five looks a second are enough."""
LOOK_ANYWAY_S = 1.0
"""Somebody may stand so still, or come so slowly, that nothing moves."""


def tiny(picture: Pixels) -> Tiny:
    """Average a BGR picture down to (24, 32) grey cells."""
    small = shrunk(picture, (COLUMNS, LINES), samples=4)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)


def moved(before: Tiny, now: Tiny) -> bool:
    """Whether some cells changed by more than the whole scene did (a lamp, the exposure)."""
    change = now - before
    change -= np.median(change)
    return int((np.abs(change) > CELL_LEVELS).sum()) >= MOVED_CELLS


class MotionGate:
    """Opens when the scene differs from how it last looked empty, and once a second."""

    def __init__(self) -> None:
        self._reference: Tiny | None = None
        self._looked_s = float("-inf")
        self._moved_s = float("-inf")
        self._opened_s = float("-inf")

    def opens(self, picture: Pixels, *, at_s: float) -> bool:
        """Whether this frame of a scene without faces is worth a look."""
        now = tiny(picture)
        if self._reference is None or moved(self._reference, now):
            if at_s - self._moved_s > STAYS_OPEN_S:
                self._opened_s = at_s
            self._reference, self._moved_s = now, at_s
        if at_s - self._looked_s < self._wait_s(at_s):
            return False
        self._looked_s = at_s
        return True

    def _wait_s(self, at_s: float) -> float:
        if at_s - self._moved_s > STAYS_OPEN_S:
            return LOOK_ANYWAY_S
        return 0.0 if at_s - self._opened_s <= BURST_S else MOVING_EVERY_S
