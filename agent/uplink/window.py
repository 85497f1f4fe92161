"""Which row goes next: live before backlog, never more than the window in flight. Pure.

Rows written before the connection came up are backlog; they flow at a limited rate behind the
live ones, and a part of the window is kept free for the living.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from agent.outbox.rows import Row

LIVE_SHARE = 4  # one slot in four is never given to the backlog


@dataclass(slots=True)
class Flight:
    """One message on its way."""

    row: Row
    backlog: bool


@dataclass(slots=True)
class Window:
    """The publishing window of one connection. Positions as in the outbox.

    `boundary` is the newest position at the moment of connecting: up to it everything pending is
    backlog. `size` is the smaller of our window and the broker's Receive Maximum.
    """

    size: int
    boundary: int
    backlog_cursor: int
    backlog_rate: float
    now_s: float
    live_cursor: int = field(init=False)
    backlog_done: bool = field(init=False, default=False)
    in_flight: dict[int, Flight] = field(init=False, default_factory=dict)
    _tokens: float = field(init=False)
    _refilled_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.live_cursor = self.boundary
        self._tokens, self._refilled_s = float(self.size), self.now_s

    @property
    def live_room(self) -> int:
        """Live rows that may go now."""
        return self.size - len(self.in_flight)

    def backlog_room(self, now_s: float) -> int:
        """Backlog rows that may go now, by window and by rate."""
        earned = (now_s - self._refilled_s) * self.backlog_rate
        self._tokens = min(float(self.size), self._tokens + earned)
        self._refilled_s = now_s
        reserve = self.size // LIVE_SHARE
        return 0 if self.backlog_done else max(0, min(self.live_room - reserve, int(self._tokens)))

    def send_live(self, message_id: int, row: Row) -> None:
        """Note that a live row went out."""
        self.in_flight[message_id] = Flight(row, backlog=False)
        self.live_cursor = row.position

    def send_backlog(self, message_id: int, row: Row) -> None:
        """Note that a row of the backlog went out."""
        self.in_flight[message_id] = Flight(row, backlog=True)
        self.backlog_cursor = row.position
        self._tokens -= 1

    def land(self, message_id: int) -> Row | None:
        """Take an answered message out of flight; None if it is not of this connection."""
        flight = self.in_flight.pop(message_id, None)
        return None if flight is None else flight.row

    @property
    def watermark(self) -> int:
        """Return the position up to which every row is settled."""
        sent = self.live_cursor if self.backlog_done else self.backlog_cursor
        flying = (f.row.position - 1 for f in self.in_flight.values())
        return min(sent, *flying) if self.in_flight else sent


def reconnect_delay_s(attempt: int, *, longest_s: float, rng: random.Random) -> float:
    """Return the wait before attempt number `attempt` (from 0): full jitter.

    Uniform between 0 and an exponentially growing bound, so that a fleet that lost its broker
    does not come back as one. Source: Brooker, "Exponential Backoff And Jitter", 2015.
    """
    bound = min(longest_s, 0.5 * 2.0 ** min(attempt, 30))
    return rng.uniform(0.0, bound)
