"""Whether anything moved where nobody is: decides on a tiny picture, so that it costs little."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from agent.vision.detector import Pixels, shrunk
from agent.vision.faces import Box

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
LOOK_ANYWAY_S = 2.0
"""Somebody may stand so still, or come so slowly, that nothing moves."""
RESTING_EVERY_S = 0.19
"""A scene that rests is compared this often: who comes is there for longer."""
AROUND = 1.0
"""What moves within so many face widths beside a face, or below it, is that person."""


def tiny(picture: Pixels) -> Tiny:
    """Average a BGR picture down to (24, 32) grey cells."""
    small = shrunk(picture, (COLUMNS, LINES), samples=4)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)


def moved(before: Tiny, now: Tiny, *, watched: npt.NDArray[np.bool_] | None = None) -> bool:
    """Whether some cells changed by more than the whole scene did (a lamp, the exposure).

    `watched` (24, 32) tells which cells matter; all without it.
    """
    change = now - before
    changed = np.abs(change - _middle(change)) > CELL_LEVELS
    return int((changed if watched is None else changed & watched).sum()) >= MOVED_CELLS


def _middle(change: Tiny) -> float:
    """Return the median, the upper one of two: NumPy's own takes seven times as long."""
    half = change.size // 2
    return float(np.partition(change, half, axis=None)[half])


class Surroundings:
    """Whether anything moves beside those who are there: a newcomer does."""

    def __init__(self) -> None:
        self._reference: Tiny | None = None

    def stir(self, picture: Pixels, *, known: Sequence[Box]) -> bool:
        """Tell whether something moved outside the people at `known` since it last did."""
        now = tiny(picture)
        height, width = picture.shape[:2]
        watched = outside(known, width=width, height=height)
        if self._reference is not None and not moved(self._reference, now, watched=watched):
            return False
        self._reference = now
        return True


def outside(known: Sequence[Box], *, width: int, height: int) -> npt.NDArray[np.bool_]:
    """Return the cells (24, 32) of a picture that none of the people with these faces fill."""
    cells = np.ones((LINES, COLUMNS), bool)
    for box in known:
        reach = AROUND * box.width
        left = max(0, int((box.left - reach) * COLUMNS / width))
        right = max(0, int((box.right + reach) * COLUMNS / width) + 1)
        top = max(0, int((box.top - box.height / 2) * LINES / height))
        cells[top:, left:right] = False
    return cells


class MotionGate:
    """Opens when the scene differs from how it last looked empty, and every `LOOK_ANYWAY_S`."""

    def __init__(self) -> None:
        self._reference: Tiny | None = None
        self._looked_s = float("-inf")
        self._moved_s = float("-inf")
        self._opened_s = float("-inf")
        self._compared_s = float("-inf")

    def opens(self, picture: Pixels, *, at_s: float) -> bool:
        """Whether this frame of a scene without faces is worth a look."""
        if at_s - self._moved_s > STAYS_OPEN_S and at_s - self._compared_s < RESTING_EVERY_S:
            return False
        self._compared_s = at_s
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
