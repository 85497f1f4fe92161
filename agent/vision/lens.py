"""Whether the lens can see at all: open, covered, or in the dark. Pure.

A covered lens is no empty shop. It shows nothing but one even grey, and while it does nobody can
be counted: neither as there nor as silent. Judged on the tiny picture of the motion gate.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from agent.vision.detector import Pixels
from agent.vision.motion import Tiny, tiny

Blind = Literal["covered", "dark"]
View = Literal["clear"] | Blind

EVEN_LEVELS = 6.0
"""Grey levels between the 5th and the 95th percentile of cells. A sensor's noise alone leaves 3; of
seven real videos the plainest, a bare wall, never had less than 29 (at one frame a second)."""
DARK_LEVEL = 10.0
"""Of 255. Below it a cheap sensor gives noise: the lights are out, or a cap is on the lens."""
BLIND_AFTER_S = 5.0
"""Somebody who leans into the camera, or a lamp that flickers, is no cover."""
LOOK_EVERY_S = 0.5
AWAY_S = 2.0
"""Nobody has looked for so long: what is seen then has not lasted, for the camera was closed."""
CLEAR_AFTER_S = 1.0
"""Seeing again is believed sooner than being blind."""


def view_of(scene: Tiny) -> View:
    """Say what a tiny grey picture (24, 32) shows: a scene, one even grey, or darkness."""
    if float(np.percentile(scene, 95)) < DARK_LEVEL:
        return "dark"
    low, high = np.percentile(_level(scene), (5, 95))
    return "covered" if float(high - low) < EVEN_LEVELS else "clear"


class LensWatch:
    """Believes a view once it has lasted. Times in seconds that never go back."""

    def __init__(self) -> None:
        self._believed: View = "clear"
        self._seen: View = "clear"
        self._since_s = float("-inf")
        self._looked_s = float("-inf")
        self._updated_s = float("-inf")

    @property
    def view(self) -> View:
        """What is believed now."""
        return self._believed

    def look(self, picture: Pixels, *, at_s: float) -> View:
        """Look at a BGR picture, twice a second at most; return what is believed."""
        if at_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = at_s
            self.update(tiny(picture), at_s=at_s)
        return self._believed

    def update(self, scene: Tiny, *, at_s: float) -> View:
        """Take one tiny picture; return what is believed from here on."""
        seen = view_of(scene)
        if seen != self._seen or at_s - self._updated_s > AWAY_S:
            self._seen, self._since_s = seen, at_s
        self._updated_s = at_s
        wait_s = CLEAR_AFTER_S if seen == "clear" else BLIND_AFTER_S
        if at_s - self._since_s >= wait_s:
            self._believed = seen
        return self._believed


def _level(scene: Tiny) -> Tiny:
    """Take out the slope that a lamp beside the lens, or its vignetting, lays over a picture."""
    lines, columns = scene.shape
    line, column = np.mgrid[0:lines, 0:columns]
    x, y = column.ravel() / columns - 0.5, line.ravel() / lines - 0.5
    slopes = np.stack([np.ones_like(x), x, y, x * x, y * y], axis=1).astype(np.float32)
    weights, *_ = np.linalg.lstsq(slopes, scene.ravel(), rcond=None)
    flat: Tiny = (scene.ravel() - slopes @ weights).reshape(scene.shape)
    return flat
