"""How fast something may happen, and how often it is told. Pure: the clock is given."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

Seconds = Callable[[], float]

SOME = 1.0 - 1e-9
"""One, but for what adding up shares of a second loses."""


class Pace:
    """Grants `per_s` things a second on average, and `burst` of them at once after a rest.

    It holds `burst` tokens at most and is full at first (a token bucket).
    """

    def __init__(self, *, per_s: float, burst: int, clock: Seconds = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._at_s = clock()

    def take(self) -> bool:
        """Take one, if there is one."""
        self._refill()
        if self._tokens < SOME:
            return False
        self._tokens -= 1
        return True

    def wait_s(self) -> float:
        """Return how long it takes until there is one; 0 when there is."""
        self._refill()
        return 0.0 if self._tokens >= SOME else (1 - self._tokens) / self._per_s

    async def wait(self) -> None:
        """Take one as soon as there is one, in the order of coming."""
        self._refill()
        self._tokens -= 1
        if self._tokens < 0:
            await asyncio.sleep(-self._tokens / self._per_s)

    def _refill(self) -> None:
        now_s = self._clock()
        gained = (now_s - self._at_s) * self._per_s
        self._tokens = min(float(self._burst), self._tokens + max(0.0, gained))
        self._at_s = now_s


class Seldom:
    """Lets one line into the log in `every_s`, and counts those between."""

    def __init__(self, *, every_s: float = 60.0, clock: Seconds = time.monotonic) -> None:
        self._every_s = every_s
        self._clock = clock
        self._next_s: float | None = None
        self._kept_back = 0

    def ask(self) -> int | None:
        """Return how many were kept back since the last line; None: keep this one back, too."""
        now_s = self._clock()
        if self._next_s is not None and now_s < self._next_s:
            self._kept_back += 1
            return None
        self._next_s = now_s + self._every_s
        kept_back, self._kept_back = self._kept_back, 0
        return kept_back
