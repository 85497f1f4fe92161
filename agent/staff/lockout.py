"""The lock-out after wrong PINs: 30 s, 60 s, 120 s ... up to an hour. Pure."""

from __future__ import annotations

from agent.staff.refusals import LockedError

FIRST_MS = 30_000
LONGEST_MS = 3_600_000
_DOUBLINGS = 7  # by then it is longer than the longest


class Lockout:
    """Wrong PINs of one door: the buttons have one, the page another. Monotonic milliseconds."""

    def __init__(self) -> None:
        self.failures = 0
        """Wrong PINs since the last right one."""
        self._until_ms: int | None = None

    def remaining_ms(self, now_ms: int) -> int:
        """Return how long no PIN is looked at; 0 when one is."""
        return 0 if self._until_ms is None else max(0, self._until_ms - now_ms)

    def attempt(self, now_ms: int) -> None:
        """Begin to look at a PIN: it is a wrong one until `succeed` says otherwise.

        So whoever sends many at once has sent one. Raises LockedError while the door is shut.
        """
        left_ms = self.remaining_ms(now_ms)
        if left_ms:
            raise LockedError(wrong=self.failures, left_ms=left_ms)
        self._until_ms = now_ms + min(LONGEST_MS, FIRST_MS << min(self.failures, _DOUBLINGS))
        self.failures += 1

    def succeed(self) -> None:
        """Note that the PIN was right, and forget the wrong ones."""
        self.failures = 0
        self._until_ms = None
