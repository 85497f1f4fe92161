"""Which row goes next: live before backlog, never more than the window in flight. Pure.

Rows written before the connection came up are backlog; they flow at a limited rate behind the
live ones, and a part of the window is kept free for the living.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import NamedTuple

from agent.outbox.rows import Row

LIVE_SHARE = 8  # one slot in eight, and one at least where there are two, is never given to backlog
FIRST_WAIT_S = 3.0
ANSWER_S = 60.0  # a broker that has not answered a publish for so long never will


class Flight(NamedTuple):
    """One message on its way; a state (birth, presence) has no row, but takes its slot too."""

    row: Row | None
    sent_s: float


@dataclass(slots=True)
class Window:
    """The publishing window of one connection. Positions as in the outbox, monotonic seconds.

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
    rewound: bool = field(init=False, default=False)
    """Whether rows were gone back to: what comes from the backlog may have been sent before."""
    _flying: set[int] = field(init=False, default_factory=set)
    _tokens: float = field(init=False)
    _refilled_s: float = field(init=False)
    blind: bool = field(init=False, default=False)
    """Whether rows may have been missed: the backlog must be gone through anew."""

    def __post_init__(self) -> None:
        self.live_cursor = self.boundary
        self._tokens, self._refilled_s = float(self.size), self.now_s

    @property
    def live_room(self) -> int:
        """Live rows or states that may go now."""
        return max(0, self.size - len(self.in_flight))

    def backlog_room(self, now_s: float) -> int:
        """Backlog rows that may go now, by window and by rate."""
        earned = (now_s - self._refilled_s) * self.backlog_rate
        self._tokens = min(float(self.size), self._tokens + earned)
        self._refilled_s = now_s
        reserve = max(self.size // LIVE_SHARE, min(1, self.size - 1))
        return 0 if self.backlog_done else max(0, min(self.live_room - reserve, int(self._tokens)))

    def send_state(self, message_id: int, *, now_s: float) -> None:
        """Note that a state went out."""
        self.in_flight[message_id] = Flight(None, now_s)

    def send_live(self, message_id: int | None, row: Row, *, now_s: float) -> None:
        """Note that a live row went out; without an id it was settled here and never flew."""
        self.live_cursor = row.position
        self._fly(message_id, row, now_s)

    def send_backlog(self, message_id: int | None, row: Row, *, now_s: float) -> None:
        """Note that a row of the backlog went out, or was settled here."""
        self.backlog_cursor = row.position
        self._tokens -= 1
        self._fly(message_id, row, now_s)

    def pass_over(self, row: Row) -> bool:
        """Go past a row of the backlog that is in flight already; tell whether it is."""
        flying = row.position in self._flying
        if flying:
            self.skip(row)
        return flying

    def skip(self, row: Row) -> None:
        """Go past a row of the backlog without sending it."""
        self.backlog_cursor = row.position

    @property
    def first_in_flight(self) -> int | None:
        """The row that has waited longest for its answer."""
        rows = (flight.row for flight in self.in_flight.values() if flight.row is not None)
        first = next(rows, None)
        return None if first is None else first.position

    def _fly(self, message_id: int | None, row: Row, now_s: float) -> None:
        if message_id is not None:
            self.in_flight[message_id] = Flight(row, now_s)
            self._flying.add(row.position)

    def land(self, message_id: int) -> Row | None:
        """Take an answered message out of flight; None for a state, or one not of ours."""
        flight = self.in_flight.pop(message_id, None)
        row = None if flight is None else flight.row
        if row is not None:
            self._flying.discard(row.position)
        return row

    def unanswered(self, now_s: float) -> bool:
        """Tell whether a message has waited too long for its answer."""
        oldest = next(iter(self.in_flight.values()), None)
        return oldest is not None and now_s - oldest.sent_s > ANSWER_S

    def rewind(self, watermark: int) -> None:
        """Begin the backlog anew from `watermark`: rows up to here became pending again.

        What is in flight stays there, and is passed over.
        """
        back = watermark if self.backlog_done else min(watermark, self.backlog_cursor)
        self.backlog_cursor, self.boundary = back, self.live_cursor
        self.backlog_done, self.blind, self.rewound = False, False, True


def first_delay_s(*, longest_s: float, rng: random.Random) -> float:
    """Return the wait before the first attempt after a start, uniform up to three seconds.

    When the power comes back, a whole street's kiosks start within the same second or two, and
    none of them has failed yet: without a wait of its own each would be at the broker's door
    at once, all with a TLS handshake. Presses are on the card meanwhile, so the wait costs nothing
    but freshness; three seconds on top of the spread of booting keep 3,000 devices below 1,000
    handshakes a second, and a person who watches a kiosk start hardly notices.
    """
    return rng.uniform(0.0, min(longest_s, FIRST_WAIT_S))


def reconnect_delay_s(attempt: int, *, longest_s: float, rng: random.Random) -> float:
    """Return the wait before attempt number `attempt` (from 0): full jitter.

    Uniform between 0 and an exponentially growing bound, so that a fleet that lost its broker
    does not come back as one. Source: Brooker, "Exponential Backoff And Jitter", 2015.
    """
    bound = min(longest_s, 0.5 * 2.0 ** min(attempt, 30))
    return rng.uniform(0.0, bound)
