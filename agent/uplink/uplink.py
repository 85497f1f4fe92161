"""The thread that keeps the broker informed.

It connects, tells that the device is there, publishes live rows first and the backlog behind
them, and records what the broker answered. It holds nothing that a crash could lose.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from agent import __version__
from agent.errors import UplinkError
from agent.events.messages import PresenceState, Status
from agent.outbox import Outbox, Row, Settlement, State, to_message
from agent.outbox.rows import SEQUENCE_BITS
from agent.uplink.connection import GOODBYE_S, Callbacks, Connection, Will
from agent.uplink.settings import UplinkSettings
from agent.uplink.topics import Topics
from agent.uplink.window import ANSWER_S, Window, reconnect_delay_s

log = logging.getLogger(__name__)

REFUSED = 0x80  # MQTT 5: reason codes from here on are failures
PRESENCE_EXPIRY_S = 30
PRESENCE_REFRESH_S = 10.0
MOST_PRESENT = 100  # what the message has room for
PACKET_TOO_LARGE = 0x95
PACKET_OVERHEAD_BYTES = 16  # headers of a PUBLISH around topic and payload, rounded up
TURN_S = 0.5
STEADY_S = 10.0  # a connection that held so long ended by an accident of its own
STOP_S = 6.0
STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class UplinkState:
    """Whether the broker is there, and if not, why."""

    online: bool
    reason: str = ""


class Uplink(threading.Thread):
    """Publishes the outbox. `on_change` is called in this thread at every transition."""

    def __init__(
        self,
        settings: UplinkSettings,
        *,
        topics: Topics,
        outbox: Outbox,
        on_change: Callable[[UplinkState], None] = lambda _state: None,
        rng: random.Random | None = None,
    ) -> None:
        super().__init__(name="uplink", daemon=True)
        self._settings = settings
        self._topics = topics
        self._outbox = outbox
        self._on_change = on_change
        self._rng = rng or random.SystemRandom()
        self._stopping = threading.Event()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._pipe_lock = threading.Lock()
        self._pipe_open = True
        self._present: int | None = None
        self._presence_due_s = 0.0
        self._settled: list[Settlement] = []
        self._refused: set[tuple[str, int]] = set()
        self._packet_maximum: int | None = None
        self._first_session = True
        self._lost_s: float | None = None
        self._online_since_s: float | None = None
        self.state = UplinkState(online=False, reason="not connected yet")
        outbox.on_commit(self.wake)

    # -- called from other threads ------------------------------------------------------------

    def wake(self) -> None:
        """End the thread's wait: there is something new."""
        with self._pipe_lock:
            if self._pipe_open:
                with contextlib.suppress(BlockingIOError):  # it is full of wakes already
                    os.write(self._wake_write, b"x")

    def show_presence(self, present: int) -> None:
        """Publish how many contacts are present; repeated while it holds."""
        self._present, self._presence_due_s = min(max(0, present), MOST_PRESENT), 0.0
        self.wake()

    def stop(self, *, drain_s: float = 2.0) -> None:
        """Publish what is pending for at most `drain_s`, say goodbye and end the thread."""
        deadline_s = time.monotonic() + drain_s
        while self.state.online and self._outbox.pending and time.monotonic() < deadline_s:
            time.sleep(0.02)
        self._stopping.set()
        self.wake()
        if self.is_alive():
            self.join(STOP_S)
        if self.is_alive():
            log.warning("the uplink still waits for the network: left to itself, nothing is lost")
            return
        self._close_pipe()

    def _close_pipe(self) -> None:
        with self._pipe_lock:
            if self._pipe_open:
                self._pipe_open = False
                os.close(self._wake_read)
                os.close(self._wake_write)

    # -- the thread ---------------------------------------------------------------------------

    def run(self) -> None:
        """Connect, publish, reconnect, until stopped."""
        attempt = 0
        while not self._stopping.is_set():
            self._online_since_s = None
            reason = self._try_session()
            self._first_session = False
            if self._stopping.is_set():
                break
            self._become(UplinkState(online=False, reason=reason))
            attempt = 0 if self._was_steady() else attempt + 1
            self._pause(attempt)
        self._become(UplinkState(online=False, reason=STOPPED))

    def _was_steady(self) -> bool:
        """Tell whether the last connection held: one that is cut at once must not be hammered."""
        since_s = self._online_since_s
        return since_s is not None and time.monotonic() - since_s >= STEADY_S

    def _try_session(self) -> str:
        """Connect and publish; returns in one line why it ended."""
        try:
            self._session()
        except UplinkError as error:
            return str(error)
        except Exception as error:  # this thread must live: nothing would be published any more
            log.exception("the uplink failed and begins again")
            return f"the uplink failed: {error!r}"
        return STOPPED

    def _session(self) -> None:
        """Hold one connection until it is lost (UplinkError) or the thread is to stop."""
        self._session_id = secrets.token_hex(8)
        will = Will(self._topics.status, self._status("offline"))
        client_id = "smilepost" + self._topics.source.replace("/", ".")
        callbacks = Callbacks(answered=self._answered)
        connection = Connection(self._settings, client_id=client_id, will=will, callbacks=callbacks)
        try:
            connection.open()
            self._window = self._new_window(connection)
            self._packet_maximum = connection.packet_maximum
            self._report_back()
            self._serve(connection)
        finally:
            connection.drop()
            self._record()

    def _new_window(self, connection: Connection) -> Window:
        return Window(
            size=max(1, min(self._settings.window, connection.receive_maximum)),
            boundary=self._outbox.high,
            backlog_cursor=self._outbox.watermark,
            backlog_rate=self._settings.backlog_rate,
            now_s=time.monotonic(),
        )

    def _report_back(self) -> None:
        if self._lost_s is not None:
            log.warning("broker back after %.0f s", time.monotonic() - self._lost_s)
        self._online_since_s = time.monotonic()
        self._become(UplinkState(online=True))

    def _serve(self, connection: Connection) -> None:
        """Publish until the connection is lost or the thread is to stop."""
        self._greet(connection)
        while not self._stopping.is_set():
            self._publish_presence(connection)
            self._publish_live(connection)
            throttled_s = self._publish_backlog(connection)
            self._record()
            if not connection.turn(timeout_s=min(TURN_S, throttled_s), wake=self._wake_read):
                raise UplinkError(connection.farewell)
            self._drain_wakes()
            self._begin_anew_if_needed()
        self._part(connection)

    def _greet(self, connection: Connection) -> None:
        self._publish_status(connection, "online")
        self._presence_due_s = 0.0

    def _begin_anew_if_needed(self) -> None:
        """Give a connection up that would leave rows unsent for ever."""
        if self._window.unanswered(time.monotonic()):
            raise UplinkError(f"the broker has not acknowledged a message for {ANSWER_S:.0f} s")
        if not self._window.sighted and self._outbox.readable:
            raise UplinkError("the store can be read again: everything is looked through anew")

    def _part(self, connection: Connection) -> None:
        """Leave in order: the retained status says offline, the broker drops the will.

        Its answer is waited for: closing with answers unread would reset the connection, and
        what was said last with it.
        """
        message_id = self._publish_status(connection, "offline")
        deadline_s = time.monotonic() + GOODBYE_S
        while message_id in self._window.in_flight and time.monotonic() < deadline_s:
            if not connection.turn(timeout_s=0.1, wake=None):
                return
        connection.close()

    def _publish_status(self, connection: Connection, state: str) -> int:
        message_id = connection.publish(self._topics.status, self._status(state), retain=True)
        self._window.send_state(message_id, now_s=time.monotonic())
        return message_id

    def _publish_live(self, connection: Connection) -> None:
        window = self._window
        if window.live_cursor >= self._outbox.high or window.live_room <= 0:
            return
        rows = self._take(window.live_cursor, up_to=self._outbox.high, limit=window.live_room)
        for row in rows:
            message_id = self._send(connection, row, replayed=False)
            window.send_live(message_id, row, now_s=time.monotonic())

    def _publish_backlog(self, connection: Connection) -> float:
        """Publish a little of the backlog; returns seconds until more may go."""
        window = self._window
        room = window.backlog_room(time.monotonic())
        if room <= 0:
            return TURN_S if window.backlog_done else 1.0 / self._settings.backlog_rate
        rows = self._take(window.backlog_cursor, up_to=window.boundary, limit=room)
        for row in rows:
            replayed = not (self._first_session and self._fresh(row))
            message_id = self._send(connection, row, replayed=replayed)
            window.send_backlog(message_id, row, now_s=time.monotonic())
        if not rows and self._outbox.readable:
            window.backlog_done = True
        return TURN_S

    def _take(self, after: int, *, up_to: int, limit: int) -> list[Row]:
        rows = self._outbox.take(after, up_to=up_to, limit=limit)
        if not self._outbox.readable:
            self._window.lose_sight()
        return rows

    def _fresh(self, row: Row) -> bool:
        """Tell whether a row belongs to the epoch in force, which has just begun."""
        return row.epoch.number == self._outbox.high >> SEQUENCE_BITS

    def _send(self, connection: Connection, row: Row, *, replayed: bool) -> int | None:
        """Publish a row; one that can never go is rejected here, so that the others flow."""
        topic, payload = self._topics.event(row.kind), to_message(row, replayed=replayed)
        size_bytes = len(topic) + len(payload) + PACKET_OVERHEAD_BYTES
        if self._packet_maximum is not None and size_bytes > self._packet_maximum:
            self._reject(row, PACKET_TOO_LARGE)
            return None
        return connection.publish(topic, payload)

    def _reject(self, row: Row, reason: int) -> None:
        if (row.kind, reason) not in self._refused:
            log.error("broker refuses %s (reason 0x%02x): kept as rejected", row.kind, reason)
            self._refused.add((row.kind, reason))
        self._settled.append(Settlement(row.position, State.REJECTED, reason))

    def _publish_presence(self, connection: Connection) -> None:
        now_s = time.monotonic()
        due = self._present is not None and now_s >= self._presence_due_s
        if not due or self._window.live_room <= 0:
            return
        self._presence_due_s = now_s + PRESENCE_REFRESH_S
        state = PresenceState(present=self._present or 0, session=self._session_id)
        message_id = connection.publish(
            self._topics.presence,
            state.model_dump_json().encode(),
            retain=True,
            expiry_s=PRESENCE_EXPIRY_S,
        )
        self._window.send_state(message_id, now_s=now_s)

    def _answered(self, message_id: int, reason: int) -> None:
        row = self._window.land(message_id)
        if row is None:
            return
        if reason >= REFUSED:
            self._reject(row, reason)
        else:
            self._settled.append(Settlement(row.position, State.ACKNOWLEDGED))

    def _record(self) -> None:
        if self._settled:
            self._outbox.settle(self._settled, watermark=self._window.watermark)
            self._settled = []

    def _status(self, state: str) -> bytes:
        status = Status.model_validate(
            {
                "state": state,
                "session": self._session_id,
                "source": self._topics.source,
                "software": __version__,
            }
        )
        return status.model_dump_json().encode()

    def _become(self, state: UplinkState) -> None:
        if state == self.state:
            return
        if self.state.online:
            self._lost_s = time.monotonic()
        if not state.online and state.reason != STOPPED:
            log.warning("broker not available: %s", state.reason)
        self.state = state
        try:
            self._on_change(state)
        except Exception:  # whoever listens must not end the thread that publishes
            log.exception("a change of the uplink could not be told")

    def _pause(self, attempt: int) -> None:
        longest_s = self._settings.reconnect_max_s
        self._stopping.wait(reconnect_delay_s(attempt, longest_s=longest_s, rng=self._rng))

    def _drain_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 65_536)
