"""Whose turn it is among several with weights. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping

EQUAL = 1e-9  # weights such as 0.1 do not add up exactly


class Rotation:
    """Smooth weighted round-robin: shares follow the weights closely at every moment.

    Everyone in the running earns their weight at every turn; who has earned most has the turn and
    pays what all earned. Who was not in the running earns nothing, so nobody has to catch up.
    """

    def __init__(self, *, rng: random.Random) -> None:
        self._earned: dict[str, float] = {}
        self._rng = rng

    def turn(self, weights: Mapping[str, float]) -> str:
        """Return whose turn it is among those named; the first turns of equals go by lot."""
        for name, weight in weights.items():
            self._earned[name] = self._earned.get(name, 0.0) + weight
        most = max(self._earned[name] for name in weights)
        name = self._rng.choice([n for n in weights if self._earned[n] >= most - EQUAL])
        self._earned[name] -= sum(weights.values())
        return name
