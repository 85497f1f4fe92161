"""What may be believed of the camera process. Pure: the agent's own monotonic clock comes in.

The process shares that clock, so what it says can be held against it. A contact is worth an
answer in the figures: one that was there before anybody looked, that came and went in no time, or
that comes with a hundred others in a second is an error of the process, and is not counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from agent.http.pace import Pace
from agent.vision.observations import (
    CameraState,
    ContactBegan,
    ContactLeft,
    Hello,
    Observation,
)

AHEAD_MS = 1_000
BEHIND_MS = 10_000
"""How far a time may lie before the newest one told, or before the connection: a slow frame is
told after a heartbeat, and a process may wait for an agent that is busy."""
ROUNDING_MS = 2
CONTACTS_PER_S, CONTACTS_AT_ONCE = 2.0, 20
"""A touchpoint sees some hundred contacts an hour; a whole class may come at once."""
MESSAGES_PER_S, MESSAGES_AT_ONCE = 60.0, 300
REASONS_PER_S, REASONS_AT_ONCE = 1 / 600, 32
"""Of texts that are new: they go on to the log and to the centre, and a camera has few."""
MOST_REASONS = 64
MOST_OPEN = 100
FIRST_DISTRUST_S = 30.0
LONGEST_DISTRUST_S = 3600.0


class Belief:
    """Holds against each other what one camera process says after the other.

    How often something may be said is measured in the times the messages tell, which are bounded
    by ours: after an agent that was busy for a while, all that waited is still believed.
    """

    def __init__(self, *, min_dwell_s: float, now_ms: int) -> None:
        self._least_ms = round(min_dwell_s * 1000) - ROUNDING_MS
        self._since_ms = self._newest_ms = now_ms
        self._open: dict[str, int] = {}
        self._reasons: dict[str, None] = {}
        self._new_reasons = Pace(per_s=REASONS_PER_S, burst=REASONS_AT_ONCE, clock=self._told_s)
        self._messages = Pace(per_s=MESSAGES_PER_S, burst=MESSAGES_AT_ONCE, clock=self._told_s)
        self._contacts = Pace(per_s=CONTACTS_PER_S, burst=CONTACTS_AT_ONCE, clock=self._told_s)

    def begin(self, *, now_ms: int) -> None:
        """Note a new connection: whoever it tells of has come since."""
        self._since_ms = now_ms
        self._newest_ms = max(self._newest_ms, now_ms)
        self._open.clear()

    def doubt(self, said: Observation, *, now_ms: int) -> str | None:
        """Say why an observation cannot be true; None where it can."""
        if not isinstance(said, Hello):
            if wrong := self._wrong_time(said.at_ms, now_ms):
                return wrong
            self._newest_ms = max(self._newest_ms, said.at_ms)
        if not self._messages.take():
            return f"it says more than {MESSAGES_PER_S:.0f} things a second"
        if isinstance(said, CameraState):
            return self._wrong_reason(said.reason)
        if isinstance(said, ContactBegan):
            return self._wrong_arrival(said)
        if isinstance(said, ContactLeft):
            return self._wrong_departure(said)
        return None

    def _told_s(self) -> float:
        return self._newest_ms / 1000

    def _wrong_time(self, at_ms: int, now_ms: int) -> str | None:
        if at_ms > now_ms + AHEAD_MS:
            return "it tells of a time that is still to come"
        if at_ms < self._newest_ms - BEHIND_MS:
            return "it tells of a time that is long over"
        return None

    def _wrong_reason(self, reason: str) -> str | None:
        """Bound what is told in words: enough of them could be anything, a picture too."""
        if not reason or reason in self._reasons:
            return None
        if not self._new_reasons.take():
            return "it tells ever new reasons why its camera does not work"
        self._reasons[reason] = None
        if len(self._reasons) > MOST_REASONS:
            del self._reasons[next(iter(self._reasons))]
        return None

    def _wrong_arrival(self, came: ContactBegan) -> str | None:
        if came.contact in self._open:
            return "it tells of a contact twice"
        if came.arrived_ms < self._since_ms - BEHIND_MS:
            return "it tells of a contact from before it looked"
        if came.at_ms - came.arrived_ms < self._least_ms:
            return "it tells of a contact before vision.min_dwell_s is over"
        if len(self._open) == MOST_OPEN:
            return f"it tells of more than {MOST_OPEN} contacts at a time"
        if not self._contacts.take():
            return f"it tells of more than {CONTACTS_PER_S:.0f} contacts a second"
        self._open[came.contact] = came.arrived_ms
        return None

    def _wrong_departure(self, left: ContactLeft) -> str | None:
        if self._open.pop(left.contact, None) != left.arrived_ms:
            return "it tells that a contact left that never came"
        if left.left_ms - left.arrived_ms < self._least_ms:
            return "it tells of a contact that stayed shorter than vision.min_dwell_s"
        return None


@dataclass(slots=True)
class Distrust:
    """For how long nothing is believed of a process that was caught: longer from time to time."""

    _wait_s: float = 0.0
    _until_s: float = -math.inf

    def catch(self, *, now_s: float) -> None:
        """Note that something was said that cannot be true."""
        lately = now_s - self._until_s < LONGEST_DISTRUST_S
        doubled_s = min(LONGEST_DISTRUST_S, 2.0 * self._wait_s)
        self._wait_s = max(FIRST_DISTRUST_S, doubled_s if lately else 0.0)
        self._until_s = now_s + self._wait_s

    def left_s(self, *, now_s: float) -> float:
        """Return how long that lasts from now; 0 while the process is believed."""
        return max(0.0, self._until_s - now_s)
