"""No more than so many an hour: the hour slides. Pure."""

from __future__ import annotations

from collections import deque

HOUR_S = 3600.0


class Quota:
    """Counts what happened in the hour before now, in seconds of the monotonic clock."""

    def __init__(self, per_hour: int | None) -> None:
        self._per_hour = per_hour
        self._noted_s: deque[float] = deque(maxlen=per_hour or 0)

    def has_room(self, at_s: float) -> bool:
        """Tell whether one more may happen at `at_s`."""
        if self._per_hour is None or len(self._noted_s) < self._per_hour:
            return True
        return at_s - self._noted_s[0] >= HOUR_S

    def note(self, at_s: float) -> None:
        """Count one that happened at `at_s`; only the newest that matter are remembered."""
        self._noted_s.append(at_s)
