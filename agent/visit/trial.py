"""The installer's button test: for a while presses are tried, not counted. Pure."""

from __future__ import annotations

from collections import Counter

LONGEST_S = 900.0


class Trial:
    """One kiosk's button test. It ends by itself, so that no customer presses in vain for long."""

    def __init__(self) -> None:
        self._from_s = self._until_s = 0.0
        self.presses: Counter[str] = Counter()
        """How often each key was pressed in the present or last test."""

    def begin(self, now_s: float, *, for_s: float) -> None:
        """Try the buttons for that long, at most a quarter of an hour, counting from nought."""
        self._from_s, self._until_s = now_s, now_s + min(for_s, LONGEST_S)
        self.presses.clear()

    def end(self, now_s: float) -> None:
        """End it now, if it has not ended."""
        self._until_s = min(self._until_s, now_s)

    def covers(self, at_s: float) -> bool:
        """Tell whether a press at that time is part of the test."""
        return self._from_s <= at_s < self._until_s

    def remaining_s(self, now_s: float) -> float:
        """Return how long it still lasts; 0 when none is under way."""
        return max(0.0, self._until_s - now_s)
