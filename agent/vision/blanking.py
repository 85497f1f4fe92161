"""A minute without a camera, for a customer who wants none. Pure: the clock comes in.

Whoever asks again gets the minute anew. However long that goes on, what was closed is told in
spans that never overlap, so they add up.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.events.catalogue import CameraDeclined

BLANK_S = 60.0
"""For how long the camera stays closed."""
SAME_TOUCH_S = 2.0
"""A second touch this soon is the same customer's: nobody else is taken out of the count."""
TELL_S = 900.0
"""A time without camera that never ends is told in pieces of this length."""


@dataclass(slots=True)
class Blanking:
    """For how long the camera is closed, and has been. Times in seconds that never go back."""

    total_s: float = 0.0
    """How long it was closed in all, up to the last span that was told."""
    _since_s: float | None = None
    _until_s: float = 0.0
    _asked_s: float = float("-inf")
    _times: int = 0

    @property
    def on(self) -> bool:
        """Whether the camera is closed now."""
        return self._since_s is not None

    @property
    def due_s(self) -> float | None:
        """When `tick` has something to do; None while the camera is not closed."""
        if self._since_s is None:
            return None
        return min(self._until_s, self._since_s + TELL_S)

    def ask(self, now_s: float) -> bool:
        """Close the camera, or keep it closed; tells whether somebody else may have asked."""
        if self._since_s is None:
            self._since_s = now_s
        fresh = now_s - self._asked_s > SAME_TOUCH_S
        self._until_s, self._asked_s = now_s + BLANK_S, now_s
        self._times += 1
        return fresh

    def left_s(self, now_s: float) -> float | None:
        """Return for how much longer; None while the camera is not closed."""
        return max(0.0, self._until_s - now_s) if self.on else None

    def closed_s(self, now_s: float) -> float:
        """Return how long the camera was closed in all, until now."""
        return self.total_s + (now_s - self._since_s if self._since_s is not None else 0.0)

    def tick(self, now_s: float) -> CameraDeclined | None:
        """End what is over; return the span to be told, if one is complete."""
        due_s = self.due_s
        if due_s is None or now_s < due_s:
            return None
        told = self._tell(now_s)
        self._since_s = None if now_s >= self._until_s else now_s
        return told

    def close(self, now_s: float) -> CameraDeclined | None:
        """End it now, whatever is left of it."""
        told = None if self._since_s is None else self._tell(now_s)
        self._since_s = None
        return told

    def _tell(self, now_s: float) -> CameraDeclined:
        span_s = now_s - self._since_s if self._since_s is not None else 0.0
        self.total_s += span_s
        told = CameraDeclined(span_s=round(span_s, 3), times=self._times)
        self._times = 0
        return told
