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
from agent.uplink.connection import Callbacks, Connection, Will
from agent.uplink.settings import UplinkSettings
from agent.uplink.topics import Topics
from agent.uplink.window import Window, reconnect_delay_s

log = logging.getLogger(__name__)

REFUSED = 0x80  # MQTT 5: reason codes from here on are failures
PRESENCE_EXPIRY_S = 30
PRESENCE_REFRESH_S = 10.0
TURN_S = 0.5


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
        self._first_session = True
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
        self._present, self._presence_due_s = present, 0.0
        self.wake()

    def stop(self, *, drain_s: float = 2.0) -> None:
        """Publish what is pending for at most `drain_s`, say goodbye and end the thread."""
        deadline_s = time.monotonic() + drain_s
        while self.state.online and self._outbox.pending and time.monotonic() < deadline_s:
            time.sleep(0.02)
        self._stopping.set()
        self.wake()
        self.join()
        with self._pipe_lock:
            self._pipe_open = False
            os.close(self._wake_read)
            os.close(self._wake_write)

    # -- the thread ---------------------------------------------------------------------------

    def run(self) -> None:
        """Connect, publish, reconnect, until stopped."""
        attempt = 0
        lost_s: float | None = None
        while not self._stopping.is_set():
            try:
                connection = self._connect()
            except UplinkError as error:
                self._become(UplinkState(online=False, reason=str(error)))
                attempt += 1
                self._pause(attempt)
                continue
            attempt = 0
            self._report_back(lost_s)
            self._serve(connection)
            lost_s = time.monotonic()
            if not self._stopping.is_set():
                self._become(UplinkState(online=False, reason="connection lost"))
                self._pause(attempt)

    def _connect(self) -> Connection:
        self._session = secrets.token_hex(8)
        will = Will(self._topics.status, self._status("offline"))
        client_id = "smilepost" + self._topics.source.replace("/", ".")
        callbacks = Callbacks(answered=self._answered)
        connection = Connection(self._settings, client_id=client_id, will=will, callbacks=callbacks)
        connection.open()
        return connection

    def _report_back(self, lost_s: float | None) -> None:
        if lost_s is not None:
            log.warning("broker back after %.0f s", time.monotonic() - lost_s)
        self._become(UplinkState(online=True))

    def _serve(self, connection: Connection) -> None:
        """Publish until the connection is lost or the thread is to stop."""
        now_s = time.monotonic()
        self._window = Window(
            size=min(self._settings.window, connection.receive_maximum),
            boundary=self._outbox.high,
            backlog_cursor=self._outbox.watermark,
            backlog_rate=self._settings.backlog_rate,
            now_s=now_s,
        )
        connection.publish(self._topics.status, self._status("online"), retain=True)
        self._presence_due_s = now_s
        alive = True
        while alive and not self._stopping.is_set():
            self._publish_live(connection)
            throttled = self._publish_backlog(connection)
            self._publish_presence(connection)
            self._record()
            alive = connection.turn(timeout_s=min(TURN_S, throttled), wake=self._wake_read)
            self._drain_wakes()
        self._record()
        if alive:
            self._part(connection)

    def _part(self, connection: Connection) -> None:
        """Leave in order: the retained status says offline, the broker drops the will."""
        connection.publish(self._topics.status, self._status("offline"), retain=True)
        connection.turn(timeout_s=0.0, wake=None)
        connection.close()
        self._become(UplinkState(online=False, reason="stopped"))

    def _publish_live(self, connection: Connection) -> None:
        window = self._window
        if window.live_cursor >= self._outbox.high or window.live_room <= 0:
            return
        rows = self._outbox.take(
            window.live_cursor, up_to=self._outbox.high, limit=window.live_room
        )
        for row in rows:
            window.send_live(self._send(connection, row, replayed=False), row)

    def _publish_backlog(self, connection: Connection) -> float:
        """Publish a little of the backlog; returns seconds until more may go."""
        window = self._window
        room = window.backlog_room(time.monotonic())
        if room <= 0:
            return TURN_S if window.backlog_done else 1.0 / self._settings.backlog_rate
        rows = self._outbox.take(window.backlog_cursor, up_to=window.boundary, limit=room)
        for row in rows:
            replayed = not (self._first_session and self._fresh(row))
            window.send_backlog(self._send(connection, row, replayed=replayed), row)
        if not rows and self._outbox.readable:
            window.backlog_done = True
            self._first_session = False
        return TURN_S

    def _fresh(self, row: Row) -> bool:
        """Tell whether a row belongs to the epoch in force, which has just begun."""
        return row.epoch.number == self._outbox.high >> 40

    def _send(self, connection: Connection, row: Row, *, replayed: bool) -> int:
        return connection.publish(self._topics.event(row.kind), to_message(row, replayed=replayed))

    def _publish_presence(self, connection: Connection) -> None:
        now_s = time.monotonic()
        if self._present is None or now_s < self._presence_due_s:
            return
        self._presence_due_s = now_s + PRESENCE_REFRESH_S
        state = PresenceState(present=self._present, session=self._session)
        connection.publish(
            self._topics.presence,
            state.model_dump_json().encode(),
            retain=True,
            expiry_s=PRESENCE_EXPIRY_S,
        )

    def _answered(self, message_id: int, reason: int) -> None:
        row = self._window.land(message_id)
        if row is None:
            return
        if reason >= REFUSED:
            log.error("broker refuses %s (reason 0x%02x): kept as rejected", row.kind, reason)
            self._settled.append(Settlement(row.position, State.REJECTED, reason))
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
                "session": self._session,
                "source": self._topics.source,
                "software": __version__,
            }
        )
        return status.model_dump_json().encode()

    def _become(self, state: UplinkState) -> None:
        if state != self.state:
            if not state.online and state.reason != "stopped":
                log.warning("broker not available: %s", state.reason)
            self.state = state
            self._on_change(state)

    def _pause(self, attempt: int) -> None:
        longest_s = self._settings.reconnect_max_s
        self._stopping.wait(reconnect_delay_s(attempt, longest_s=longest_s, rng=self._rng))

    def _drain_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 65_536)
