"""The counter's own broker: what the counter may know, on the shop's network, internet or not.

One retained message holds the state, so that a display that comes later sees it too. Only its
change is published: alerts of the manager move nothing here. It is no second store: what is lost
with a connection is said again by the next.
"""

from __future__ import annotations

import json
import logging
import os
import random
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from agent.clock import Clock, Moment, iso_utc
from agent.errors import UplinkError
from agent.staff.alert import Alert
from agent.staff.settings import LocalBrokerSettings
from agent.uplink.connection import GOODBYE_S, Callbacks, Connection, Will
from agent.uplink.settings import UplinkSettings
from agent.uplink.topics import Topics
from agent.uplink.window import reconnect_delay_s

log = logging.getLogger(__name__)

TURN_S = 2.0
STOP_S = 6.0
LONGEST_WAIT_S = 30.0
STEADY_S = 60.0  # a connection that held so long ended by an accident of its own
DENIED = 0x80

Open = list[dict[str, Any]]


def describe(alerts: tuple[Alert, ...], *, now: Moment) -> Open:
    """Return what the counter is told of its open alerts: no answer, no contact, no numbers."""
    return [
        {
            "alert": alert.id,
            "what": alert.what,
            "since": _since(alert, now),
            "acknowledged": alert.acknowledged_ms is not None,
            "escalated": alert.escalated,
        }
        for alert in alerts
        if alert.audience == "counter"
    ]


def to_state(alerts: Open | None, *, session: str) -> bytes:
    """Return the message; without alerts it says that the kiosk is not there."""
    state: dict[str, Any] = {"online": alerts is not None, "session": session}
    if alerts is not None:
        state["open"] = alerts
    return json.dumps(state).encode()


class CounterLine(threading.Thread):
    """The connection to the shop's broker.

    `on_change` is called in this thread at every transition: with one line that says why the broker
    is not there, or None when it is.
    """

    def __init__(
        self,
        settings: LocalBrokerSettings,
        *,
        topics: Topics,
        clock: Clock,
        on_change: Callable[[str | None], None],
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        super().__init__(name="counter", daemon=True)
        self._settings = _as_uplink(settings)
        self._topics = topics
        self._clock = clock
        self._on_change = on_change
        self._longest_wait_s = longest_wait_s
        self._rng = random.SystemRandom()
        self._open: Open = []
        self._stopping = threading.Event()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._trouble: str | None = "not connected yet"
        self._denied: int | None = None
        self._answered_id: int | None = None

    def show(self, alerts: tuple[Alert, ...]) -> None:
        """Publish these alerts of the counter's, from any thread; returns at once."""
        self._open = describe(alerts, now=self._clock.moment())
        os.eventfd_write(self._wake, 1)

    def stop(self) -> None:
        """Say goodbye and end the thread; waits for it."""
        self._stopping.set()
        os.eventfd_write(self._wake, 1)
        if self.is_alive():
            self.join(STOP_S)
        if not self.is_alive():
            os.close(self._wake)

    def run(self) -> None:
        """Connect, publish, reconnect, until stopped."""
        attempt = 0
        while not self._stopping.is_set():
            began_s = time.monotonic()
            try:
                self._session()
            except UplinkError as error:
                self._become(str(error))
            except Exception as error:  # this thread must live
                log.exception("the counter's line failed and begins again")
                self._become(f"the line failed: {error!r}")
            attempt = 0 if time.monotonic() - began_s > STEADY_S else attempt + 1
            delay_s = reconnect_delay_s(attempt, longest_s=self._longest_wait_s, rng=self._rng)
            self._stopping.wait(delay_s)

    def _session(self) -> None:
        """Hold one connection until it is lost (UplinkError) or the thread is to stop."""
        session = secrets.token_hex(8)
        self._denied = None
        connection = self._connect(session)
        try:
            connection.open()
            self._serve(connection, session)
            self._part(connection, session)
        finally:
            connection.drop()

    def _connect(self, session: str) -> Connection:
        return Connection(
            self._settings,
            client_id="smilepost" + self._topics.source.replace("/", ".") + ".counter",
            will=Will(self._topics.counter, to_state(None, session=session)),
            callbacks=Callbacks(answered=self._answered),
            clock=self._clock,
        )

    def _serve(self, connection: Connection, session: str) -> None:
        said: bytes | None = None
        while not self._stopping.is_set():
            state = to_state(self._open, session=session)
            if state != said:
                connection.publish(self._topics.counter, state, retain=True)
                said = state
            self._turn(connection)

    def _turn(self, connection: Connection) -> None:
        if not connection.turn(timeout_s=TURN_S, wake=self._wake):
            raise connection.farewell
        if self._denied is not None:
            raise UplinkError(
                f"the counter's broker refuses {self._topics.counter} (0x{self._denied:02x}):"
                " let this kiosk write it"
            )

    def _part(self, connection: Connection, session: str) -> None:
        """Leave in order; the broker then drops the will."""
        offline = to_state(None, session=session)
        goodbye = connection.publish(self._topics.counter, offline, retain=True)
        deadline_s = time.monotonic() + GOODBYE_S
        while self._answered_id != goodbye and time.monotonic() < deadline_s:
            if not connection.turn(timeout_s=0.1, wake=None):
                return
        connection.close()

    def _answered(self, message_id: int, code: int) -> None:
        self._answered_id = message_id
        if code >= DENIED:
            self._denied = code
        else:
            self._become(None)

    def _become(self, trouble: str | None) -> None:
        if trouble == self._trouble:
            return
        self._trouble = trouble
        self._on_change(trouble)


def _since(alert: Alert, now: Moment) -> str | None:
    if now.wall_ms is None:
        return None
    return iso_utc(now.wall_ms - (now.monotonic_ms - alert.raised_ms))


def _as_uplink(settings: LocalBrokerSettings) -> UplinkSettings:
    return UplinkSettings(**dict(settings), session_expiry_s=0)
