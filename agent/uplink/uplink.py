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

from agent.clock import Clock, SystemClock
from agent.errors import UplinkError
from agent.events.messages import SeenBy
from agent.outbox import Outbox
from agent.uplink.connection import GOODBYE_S, Callbacks, Connection, Will
from agent.uplink.diagnosis import RETAIN_UNSUPPORTED
from agent.uplink.errors import LastingError, TroubleError, UnsuitableBrokerError
from agent.uplink.followup import FollowUp, Hears
from agent.uplink.publisher import Publisher, Shown, status_payload
from agent.uplink.settings import UplinkSettings
from agent.uplink.topics import Topics
from agent.uplink.window import ANSWER_S, Window, first_delay_s, reconnect_delay_s

log = logging.getLogger(__name__)

MOST_PRESENT = 100  # what the message has room for
TURN_S = 0.5
STEADY_S = 10.0  # a connection that held so long ended by an accident of its own
TRUST_S = 60.0  # how often the broker's certificate is judged again by what the time is now
STOP_S = 6.0
STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class UplinkState:
    """Whether the broker is there, and what is wrong.

    `reason` while online: the broker is there and denies something. `lasting`: only a person can
    mend it, and `remedy` says how.
    """

    online: bool
    reason: str = ""
    remedy: str = ""
    lasting: bool = False


def state_of(error: UplinkError | None, *, online: bool) -> UplinkState:
    """Return the state that an error puts the uplink in; none is no trouble."""
    if isinstance(error, TroubleError):
        lasting = isinstance(error, LastingError)
        return UplinkState(online, error.fact, error.remedy, lasting)
    return UplinkState(online, "" if error is None else str(error))


class Uplink(threading.Thread):
    """Publishes the outbox. `on_change` is called in this thread at every transition.

    `clock` says whether certificates may be judged by the time of day; `hears` takes, in this
    thread, what comes on the topics that it names.
    """

    def __init__(
        self,
        settings: UplinkSettings,
        *,
        topics: Topics,
        outbox: Outbox,
        clock: Clock | None = None,
        on_change: Callable[[UplinkState], None] = lambda _state: None,
        rng: random.Random | None = None,
        hears: Hears | None = None,
    ) -> None:
        super().__init__(name="uplink", daemon=True)
        self._settings = settings
        self._topics = topics
        self._outbox = outbox
        self._clock = clock or SystemClock()
        self._on_change = on_change
        self._rng = rng or random.SystemRandom()
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._pipe_lock = threading.Lock()
        self._pipe_open = True
        self._shown: Shown | None = None
        self._followup = FollowUp(settings, topics=topics, outbox=outbox, hears=hears)
        self._asked: dict[int, str] = {}
        self._retain = True
        self._first_session = True
        self._lost_s: float | None = None
        self._online_since_s: float | None = None
        self.state = UplinkState(online=False, reason="not connected yet")
        outbox.on_commit(self.wake)

    @property
    def refused_receipts(self) -> int:
        """How many receipts were none."""
        return self._followup.receipts.refused.total()

    # -- called from other threads ------------------------------------------------------------

    def wake(self) -> None:
        """End the thread's wait: there is something new."""
        with self._pipe_lock:
            if self._pipe_open:
                with contextlib.suppress(BlockingIOError):  # it is full of wakes already
                    os.write(self._wake_write, b"x")

    def show_presence(self, present: int | None, *, seen_by: SeenBy | None) -> None:
        """Publish how many contacts are present and who sees them; repeated while it holds.

        None: nobody can know any more.
        """
        within = None if present is None else min(max(0, present), MOST_PRESENT)
        self._shown = Shown(within, seen_by)
        self.wake()

    def stop(self, *, drain_s: float = 2.0) -> None:
        """Publish what is pending for at most `drain_s`, say goodbye and end the thread."""
        deadline_s = time.monotonic() + drain_s
        self._hurry.set()
        while self._may_drain and self._outbox.pending and time.monotonic() < deadline_s:
            time.sleep(0.02)
        self._stopping.set()
        self.wake()
        if self.is_alive():
            self.join(STOP_S)
        if self.is_alive():
            log.warning("the uplink still waits for the network: left to itself, nothing is lost")
            return
        self._close_pipe()

    @property
    def _may_drain(self) -> bool:
        """Whether what is pending may still go: the broker is there, or was never asked yet."""
        return self.is_alive() and (self.state.online or self._first_session)

    def _close_pipe(self) -> None:
        with self._pipe_lock:
            if self._pipe_open:
                self._pipe_open = False
                os.close(self._wake_read)
                os.close(self._wake_write)

    # -- the thread ---------------------------------------------------------------------------

    def run(self) -> None:
        """Connect, publish, reconnect, until stopped."""
        self._followup.begin(now_s=time.monotonic())
        longest_s = self._settings.reconnect_max_s
        self._hurry.wait(first_delay_s(longest_s=longest_s, rng=self._rng))
        attempt = 0
        while not self._stopping.is_set():
            self._online_since_s = None
            state = self._try_session()
            self._first_session = False
            if self._stopping.is_set():
                break
            self._become(state)
            attempt = 0 if self._was_steady() else attempt + 1
            self._stopping.wait(reconnect_delay_s(attempt, longest_s=longest_s, rng=self._rng))
        self._become(UplinkState(online=False, reason=STOPPED))

    def _was_steady(self) -> bool:
        """Tell whether the last connection held: one that is cut at once must not be hammered."""
        since_s = self._online_since_s
        return since_s is not None and time.monotonic() - since_s >= STEADY_S

    def _try_session(self) -> UplinkState:
        """Connect and publish; returns in one line why it ended."""
        try:
            self._session()
        except UplinkError as error:
            self._do_without(error)
            return state_of(error, online=False)
        except Exception as error:  # this thread must live: nothing would be published any more
            log.exception("the uplink failed and begins again")
            return UplinkState(online=False, reason=f"the uplink failed: {error!r}")
        return UplinkState(online=False, reason=STOPPED)

    def _do_without(self, error: UplinkError) -> None:
        """Give up what a broker does not have and answers do not need."""
        if isinstance(error, UnsuitableBrokerError) and error.code == RETAIN_UNSUPPORTED:
            log.warning("%s: the status is sent without, late subscribers will not see it", error)
            self._retain = False

    def _session(self) -> None:
        """Hold one connection until it is lost (UplinkError) or the thread is to stop."""
        session = secrets.token_hex(8)
        connection = self._make_connection(session)
        try:
            connection.open()
            self._window = self._new_window(connection)
            self._publisher = Publisher(
                connection,
                self._window,
                topics=self._topics,
                outbox=self._outbox,
                followup=self._followup,
                session=session,
                first=self._first_session,
            )
            self._report_back()
            try:
                self._serve(connection)
            finally:
                self._publisher.end()
        finally:
            connection.drop()

    def _make_connection(self, session: str) -> Connection:
        will = status_payload(self._topics, state="offline", session=session)
        return Connection(
            self._settings,
            client_id="smilepost" + self._topics.source.replace("/", "."),
            will=Will(self._topics.status, will, retain=self._retain),
            clock=self._clock,
            callbacks=Callbacks(self._answered, self._subscribed, self._received),
        )

    def _answered(self, message_id: int, code: int) -> None:
        self._publisher.answered(message_id, code)

    def _subscribed(self, message_id: int, code: int) -> None:
        topic = self._asked.pop(message_id, None)
        if topic is not None:
            self._followup.subscribed(topic, code, now_s=time.monotonic())

    def _received(self, topic: str, payload: bytes) -> None:
        self._followup.received(topic, payload, now_s=time.monotonic())

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
        self._online_since_s = self._trusted_s = time.monotonic()
        self._asked.clear()
        self._followup.connected()
        self._become(state_of(self._followup.denied, online=True))

    def _serve(self, connection: Connection) -> None:
        """Publish until the connection is lost or the thread is to stop."""
        publisher = self._publisher
        publisher.publish_status("online")
        while not self._stopping.is_set():
            publisher.look_back()
            publisher.publish_presence(self._shown)
            publisher.publish_live()
            throttled_s = publisher.publish_backlog(rate=self._settings.backlog_rate)
            self._turn(connection, timeout_s=min(TURN_S, throttled_s))
            publisher.record()
            self._look_after(connection)
        self._part(connection)

    def _turn(self, connection: Connection, *, timeout_s: float) -> None:
        if not connection.turn(timeout_s=timeout_s, wake=self._wake_read):
            raise connection.farewell
        if self._window.unanswered(time.monotonic()):
            # Without its answer a row would stay unsettled for ever.
            raise UplinkError(f"the broker has not acknowledged a message for {ANSWER_S:.0f} s")

    def _look_after(self, connection: Connection) -> None:
        """Do what is due beside publishing."""
        now_s = time.monotonic()
        self._followup.look(now_s=now_s)
        topic = self._followup.asks(now_s=now_s)
        if topic is not None:
            self._asked[connection.subscribe(topic)] = topic
        if now_s - self._trusted_s >= TRUST_S:
            self._trusted_s = now_s
            connection.check_trust()
        self._become(state_of(self._followup.denied, online=True))

    def _part(self, connection: Connection) -> None:
        """Leave in order: the retained status says offline, the broker drops the will.

        Its answer is waited for: closing with answers unread would reset the connection, and
        what was said last with it.
        """
        message_id = self._publisher.publish_status("offline")
        deadline_s = time.monotonic() + GOODBYE_S
        while message_id in self._window.in_flight and time.monotonic() < deadline_s:
            if not connection.turn(timeout_s=0.1, wake=None):
                return
        connection.close()

    def _become(self, state: UplinkState) -> None:
        if state == self.state:
            return
        if self.state.online and not state.online:
            self._lost_s = time.monotonic()
        if not state.online and state.reason != STOPPED:
            what = f"{state.reason}: {state.remedy}" if state.remedy else state.reason
            log.warning("broker not available: %s", what)
        self.state = state
        try:
            self._on_change(state)
        except Exception:  # whoever listens must not end the thread that publishes
            log.exception("a change of the uplink could not be told")
