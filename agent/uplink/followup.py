"""What must be looked after for longer than one connection.

Dead letters whose reason may pass are tried again; what the centre does not confirm is sent
again; what the broker denies is told while it lasts.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping

from agent.outbox import Errand, Outbox, Row, State
from agent.uplink.errors import (
    NOBODY_LISTENS,
    NOT_AUTHORISED,
    REASONS,
    REFUSED,
    LastingError,
    TopicDeniedError,
)
from agent.uplink.receipts import ReceiptReader
from agent.uplink.retries import FIRST_RETRY_S, PASSING, ReceiptWait, RefusedRetry, Suspects
from agent.uplink.settings import UplinkSettings
from agent.uplink.topics import Topics

log = logging.getLogger(__name__)

Hears = Mapping[str, Callable[[bytes], None]]
"""Who takes what comes on a topic; called in the uplink's thread, so quick, and never raising."""


class FollowUp:
    """Belongs to the uplink's thread. Times are monotonic seconds."""

    def __init__(
        self,
        settings: UplinkSettings,
        *,
        topics: Topics,
        outbox: Outbox,
        hears: Hears | None = None,
    ) -> None:
        self._topics = topics
        self._hears = hears or {}
        self._outbox = outbox
        self._username = settings.username
        self._retry = RefusedRetry()
        self._wait = ReceiptWait(settings.receipt_wait_s) if settings.receipts else None
        self._refused: set[tuple[str, int]] = set()
        self._denied: dict[str, LastingError] = {}
        wanted = (*self._hears, *((topics.receipt,) if settings.receipts else ()))
        self._ask_s = dict.fromkeys(wanted, 0.0)
        self._confirms = True
        self._going_back: Errand | None = None
        self._unheard: set[str] = set()
        self.receipts = ReceiptReader()
        self.suspects = Suspects()

    @property
    def denied(self) -> LastingError | None:
        """What the broker denies now, the oldest of it; None while it takes everything."""
        return next(iter(self._denied.values()), None)

    def begin(self, *, now_s: float) -> None:
        """At the start of the agent: try every dead letter whose reason may have passed."""
        self._reopen_refused()
        if self._wait is not None:  # what was acknowledged before this start waits as well
            high, watermark = self._outbox.high, self._outbox.watermark
            self._wait.acknowledged(high, watermark=watermark, now_s=now_s)

    def connected(self) -> None:
        """Note that a connection begins: what it may read has to be asked for."""
        self._ask_s = dict.fromkeys(self._ask_s, 0.0)

    def asks(self, *, now_s: float) -> str | None:
        """Return the topic to subscribe to now, told once; a refused one is asked for again."""
        due = (topic for topic, at_s in self._ask_s.items() if now_s >= at_s)
        topic = next(due, None)
        if topic is not None:
            self._ask_s[topic] = math.inf
        return topic

    def refused(self, row: Row, reason: int, *, now_s: float) -> None:
        """Note that the broker refuses a row; each kind of trouble is logged once."""
        topic = self._topics.event(row.kind)
        if reason == NOT_AUTHORISED:
            self._deny(topic, "write", reason, rule=self._topics.write_rule(row.kind))
        elif (row.kind, reason) not in self._refused:
            self._refused.add((row.kind, reason))
            why = REASONS.get(reason, "refused")
            log.error("broker refuses %s: %s (0x%02x): kept as rejected", topic, why, reason)
        self._retry.refused(reason, now_s=now_s)

    def ended(self, first: int | None, *, now_s: float) -> None:
        """Note that a connection ended; `first` waited longest where no row was answered."""
        if self.suspects.ended(first, now_s=now_s):
            what = "the broker ends every connection at the same event"
            log.error("%s: it is passed over for a while, see the broker's log", what)

    def accepted(self, row: Row, *, reason: int, now_s: float) -> None:
        """Note that the broker has taken a row, perhaps for nobody."""
        if self._denied or self._unheard or reason:  # seldom, and this is called for every event
            topic = self._topics.event(row.kind)
            self._permit(topic)
            self._heed_listeners(topic, listened=reason != NOBODY_LISTENS)
        if self._wait is not None:
            watermark = self._outbox.watermark
            self._wait.acknowledged(row.position, watermark=watermark, now_s=now_s)

    def subscribed(self, topic: str, reason: int, *, now_s: float) -> None:
        """Note what the broker said to our wish to read a topic."""
        if reason >= REFUSED:
            self._deny(topic, "read", reason, rule=topic)
            self._ask_s[topic] = now_s + FIRST_RETRY_S
        else:
            self._permit(topic)

    def received(self, topic: str, payload: bytes, *, now_s: float) -> None:
        """Take what came from outside; what nobody waits for is ignored."""
        if topic in self._hears:
            self._hears[topic](payload)
        if self._wait is None or topic != self._topics.receipt:
            return
        receipt = self.receipts.read(payload)
        if receipt is not None:
            self._wait.confirmed(now_s)
            self._confirms = True
            self._outbox.confirm(receipt.epoch, receipt.ranges)

    def look(self, *, now_s: float) -> None:
        """Ask the store to hand out again whatever is due."""
        if self._retry.take_due(now_s):
            self._reopen_refused()
        if self._wait is None:
            return
        self._judge_silence(self._wait)
        mark = self._wait.take_due(self._outbox.watermark, now_s=now_s)
        if mark is not None:
            self._going_back = self._outbox.reopen(State.ACKNOWLEDGED, up_to=mark)

    def _judge_silence(self, wait: ReceiptWait) -> None:
        """Once the store has looked for unconfirmed rows: only where there are some."""
        if self._going_back is None or not self._going_back.over.is_set():
            return
        silent = wait.went_back(self._going_back.changed)
        self._going_back = None
        if silent and self._confirms:
            self._confirms = False
            log.warning(
                "nothing is confirmed, so all is sent again: does the centre send receipts,"
                " may this device read %s?",
                self._topics.receipt,
            )

    def _heed_listeners(self, topic: str, *, listened: bool) -> None:
        if not listened:
            if not self._unheard:
                log.warning("nobody has subscribed to %s: the broker keeps it for no one", topic)
            self._unheard.add(topic)
        elif topic in self._unheard:
            self._unheard.clear()
            log.warning("somebody has subscribed to %s again", topic)

    def _reopen_refused(self) -> None:
        self._outbox.reopen(State.REJECTED, reasons=PASSING, up_to=self._outbox.high)

    def _deny(self, topic: str, verb: str, reason: int, *, rule: str) -> None:
        if topic not in self._denied:
            error = TopicDeniedError(
                topic, verb=verb, rule=rule, code=reason, username=self._username
            )
            self._denied[topic] = error
            log.error("%s", error)

    def _permit(self, topic: str) -> None:
        if self._denied.pop(topic, None) is not None:
            log.warning("the broker permits %s again", topic)
