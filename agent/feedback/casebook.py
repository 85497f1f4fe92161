"""How the cases of this kiosk stand, by what the centre said last."""

from __future__ import annotations

import threading

from agent.feedback.status import CaseStatus, CaseStatusReader, newer

MOST_CASES = 1000


class CaseBook:
    """The newest status of each case, in memory: a restarted kiosk waits to be told again.

    Messages may come from another thread than the questions.
    """

    def __init__(self, *, most: int = MOST_CASES) -> None:
        self._most = most
        self._reader = CaseStatusReader()
        self._lock = threading.Lock()
        self._known: dict[str, CaseStatus] = {}

    @property
    def refused(self) -> int:
        """How many messages were no status."""
        return self._reader.refused.total()

    def take(self, payload: bytes) -> None:
        """Take a message from the topic `cases`; an older or a bad one changes nothing."""
        told = self._reader.read(payload)
        if told is None:
            return
        with self._lock:
            if newer(told, self._known):
                self._known.pop(told.case, None)
                self._known[told.case] = told
            while len(self._known) > self._most:
                del self._known[next(iter(self._known))]

    def status(self, case: str) -> CaseStatus | None:
        """Return how a case stands, by its number as `read_case` gives it; None if not known."""
        with self._lock:
            return self._known.get(case)

    def newest(self, *, most: int = 20) -> tuple[CaseStatus, ...]:
        """Return what was told last of at most so many cases, the latest first."""
        with self._lock:
            return tuple(reversed(self._known.values()))[:most]
