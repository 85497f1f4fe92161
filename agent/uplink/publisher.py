"""What is said over one connection: live rows first, the backlog behind them, and two states."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from agent import __version__
from agent.events.messages import PresenceState, SeenBy, Status
from agent.outbox import Outbox, Row, Settlement, State, to_message
from agent.outbox.rows import SEQUENCE_BITS
from agent.uplink.connection import Connection
from agent.uplink.errors import PACKET_TOO_LARGE, REFUSED
from agent.uplink.followup import FollowUp
from agent.uplink.topics import Topics
from agent.uplink.window import Window

PRESENCE_EXPIRY_S = 30
PRESENCE_REFRESH_S = 10.0
PRESENCE_MOST = 4  # messages in a second: signage does not read faster
PACKET_OVERHEAD_BYTES = 16  # headers of a PUBLISH around topic and payload, rounded up
AHEAD_ROWS = 200  # of the backlog, read at once
UNWRITTEN_MOST = 100  # a kill doubles no more than these and the window
WRITING_S = 0.002
TURN_S = 0.5  # the longest wait for something new


@dataclass(frozen=True, slots=True)
class Shown:
    """How many contacts are present, and who sees them; a new one at every change."""

    present: int | None
    """None: nobody can know."""
    seen_by: SeenBy | None


def status_payload(topics: Topics, *, state: str, session: str) -> bytes:
    """Return the bytes of a birth or a will."""
    source = topics.source
    status = Status.model_validate(
        {"state": state, "session": session, "source": source, "software": __version__}
    )
    return status.model_dump_json().encode()


class Publisher:
    """Publishes over one connection and records what the broker answers.

    `first`: nothing was sent before, so a fresh row has not been on its way yet.
    """

    def __init__(
        self,
        connection: Connection,
        window: Window,
        *,
        topics: Topics,
        outbox: Outbox,
        followup: FollowUp,
        session: str,
        first: bool,
    ) -> None:
        self._connection = connection
        self._window = window
        self._topics = topics
        self._outbox = outbox
        self._followup = followup
        self._session = session
        self._first = first
        self._rewinds = outbox.rewinds
        self._ahead: deque[Row] = deque()
        self._answered_since: set[int] = set()  # it was read ahead, after going back
        self._settled: list[Settlement] = []
        self._answers = 0
        self._shown: Shown | None = None
        self._presence_sent_s: deque[float] = deque(maxlen=PRESENCE_MOST)

    def publish_status(self, state: str) -> int:
        """Say `online` or `offline`, retained; returns the message id."""
        payload = status_payload(self._topics, state=state, session=self._session)
        message_id = self._connection.publish(self._topics.status, payload, retain=True)
        self._window.send_state(message_id, now_s=time.monotonic())
        return message_id

    def publish_presence(self, shown: Shown | None) -> None:
        """Say how many contacts are present, at every change and now and then.

        That nobody can know is said once: the message expires, and none is the same.
        """
        now_s = time.monotonic()
        if shown is None or not self._presence_due(shown, now_s) or self._window.live_room <= 0:
            return
        self._shown = shown
        self._presence_sent_s.append(now_s)
        state = PresenceState(present=shown.present, seen_by=shown.seen_by, session=self._session)
        message_id = self._connection.publish(
            self._topics.presence,
            state.model_dump_json().encode(),
            retain=True,
            expiry_s=PRESENCE_EXPIRY_S,
        )
        self._window.send_state(message_id, now_s=now_s)

    def _presence_due(self, shown: Shown, now_s: float) -> bool:
        sent_s = self._presence_sent_s
        if shown is not self._shown:
            return len(sent_s) < PRESENCE_MOST or now_s - sent_s[0] >= 1
        return shown.present is not None and now_s - sent_s[-1] >= PRESENCE_REFRESH_S

    def publish_live(self) -> None:
        """Send what is newer than the connection."""
        window = self._window
        if window.live_cursor >= self._outbox.high or window.live_room <= 0:
            return
        outbox = self._outbox
        rows = outbox.take_fresh(window.live_cursor, up_to=outbox.high, limit=window.live_room)
        self._heed_blindness()
        for row in rows:
            message_id = self._send(row, replayed=False)
            window.send_live(message_id, row, now_s=time.monotonic())

    def publish_backlog(self, *, rate: float) -> float:
        """Send a little of the backlog; returns seconds until more may go."""
        window = self._window
        room = window.backlog_room(time.monotonic())
        if self._outbox.unwritten >= UNWRITTEN_MOST:
            return WRITING_S
        if room <= 0:
            return TURN_S if window.backlog_done else 1.0 / rate
        while room > 0 and (row := self._next_of_backlog()) is not None:
            if window.pass_over(row):
                continue
            if self._followup.suspects.holds(row.position) or row.position in self._answered_since:
                window.skip(row)
            else:
                room -= 1
                message_id = self._send(row, replayed=self._may_be_known(row))
                window.send_backlog(message_id, row, now_s=time.monotonic())
        return TURN_S

    def _next_of_backlog(self) -> Row | None:
        """Return the next row of the backlog, read many at a time; None where there is none."""
        window, ahead = self._window, self._ahead
        if not ahead:
            self._answered_since.clear()
            ahead.extend(self._take(window.backlog_cursor, up_to=window.boundary, limit=AHEAD_ROWS))
        if ahead:
            return ahead.popleft()
        window.backlog_done = self._outbox.readable
        return None

    def look_back(self) -> None:
        """Go through the backlog anew where rows became pending again, or were not seen."""
        rewinds = self._outbox.rewinds  # before the watermark: a later one is then seen next time
        released = self._followup.suspects.take_due(time.monotonic())
        seen_anew = self._window.blind and self._outbox.readable
        if rewinds != self._rewinds or released or seen_anew:
            self._rewinds = rewinds
            self._ahead.clear()
            self._window.rewind(self._outbox.watermark)

    def answered(self, message_id: int, reason: int) -> None:
        """Note what the broker said to a message."""
        row = self._window.land(message_id)
        if row is None:
            return
        self._answers += 1
        if self._window.rewound and self._ahead:
            self._answered_since.add(row.position)
        self._followup.suspects.answered(row.position)
        if reason >= REFUSED:
            self._reject(row, reason)
        else:
            self._settled.append(Settlement(row.position, State.ACKNOWLEDGED))
            self._followup.accepted(row, reason=reason, now_s=time.monotonic())

    def record(self) -> None:
        """Hand what was answered to the store. Before rows are taken again, never after."""
        if self._settled:
            self._outbox.settle(self._settled)
            self._settled = []

    def end(self) -> None:
        """Note the end of the connection, and what the broker has not answered."""
        self.record()
        first = None if self._answers else self._window.first_in_flight
        self._followup.ended(first, now_s=time.monotonic())

    def _take(self, after: int, *, up_to: int, limit: int) -> list[Row]:
        rows = self._outbox.take(after, up_to=up_to, limit=limit)
        self._heed_blindness()
        return rows

    def _heed_blindness(self) -> None:
        if not self._outbox.readable:
            self._window.blind = True
            self._window.backlog_done = False

    def _may_be_known(self, row: Row) -> bool:
        """Tell whether a row of the backlog may have been sent before, or has waited long."""
        fresh = row.epoch.number == self._outbox.high >> SEQUENCE_BITS
        return not (fresh and self._first) or self._window.rewound

    def _send(self, row: Row, *, replayed: bool) -> int | None:
        """Publish a row; one that can never go is rejected here, so that the others flow."""
        topic, payload = self._topics.event(row.kind), to_message(row, replayed=replayed)
        size_bytes = len(topic) + len(payload) + PACKET_OVERHEAD_BYTES
        most_bytes = self._connection.packet_maximum
        if most_bytes is not None and size_bytes > most_bytes:
            self._reject(row, PACKET_TOO_LARGE)
            return None
        return self._connection.publish(topic, payload)

    def _reject(self, row: Row, reason: int) -> None:
        self._followup.refused(row, reason, now_s=time.monotonic())
        self._settled.append(Settlement(row.position, State.REJECTED, reason))
