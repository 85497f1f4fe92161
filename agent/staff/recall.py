"""What a former run of the agent knew about alerts, read back from the store. Pure.

Give `recall` the stored events of the kinds in `KINDS`, oldest first: of alerts all there are, of
the others at least an hour's before the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from agent.clock import Moment
from agent.outbox.rows import Row
from agent.staff.alert import Alert
from agent.staff.alerts import Remembered
from agent.staff.heard import MEMORY_MS, Answer, Complaint

KINDS = (
    "alert.raised",
    "alert.acknowledged",
    "alert.escalated",
    "alert.resolved",
    "rating.given",
    "rating.amended",
    "contact.ended",
    "feedback.left",
)

Facts = dict[str, Any]


def recall(rows: Iterable[tuple[Row, Facts]], *, now: Moment) -> Remembered:
    """Fold stored events to what `Alerts.restore` takes; kinds of no concern are passed over."""
    memory = _Memory()
    for row, facts in rows:
        memory.take(row, facts, at_ms=monotonic_of(row, now=now))
    return memory.as_remembered()


def monotonic_of(row: Row, *, now: Moment) -> int:
    """Return when a row was written, on this boot's monotonic clock.

    Of another boot it is what the labels say, and not after this boot began: zero or less.
    """
    if row.epoch.boot == now.boot:
        return row.monotonic_ms
    if row.wall_ms is None or now.wall_ms is None:
        return 0
    return min(0, now.monotonic_ms - (now.wall_ms - row.wall_ms))


class _Memory:
    """One pass over the rows."""

    def __init__(self) -> None:
        self._alerts: dict[str, Facts] = {}
        self._told: dict[str, int] = {}
        self._answers: dict[str, Facts] = {}
        self._complaints: dict[str, Complaint] = {}
        self._ended: dict[str, int] = {}
        self._quiet_since_ms: int | None = None
        self._last_ms: int | None = None
        self._take: dict[str, Callable[[str, Facts, int], None]] = {
            "alert.raised": self._raised,
            "alert.acknowledged": self._acknowledged,
            "alert.escalated": self._escalated,
            "alert.resolved": self._resolved,
            "rating.given": self._given,
            "rating.amended": self._amended,
            "contact.ended": self._gone,
            "feedback.left": self._left,
        }

    def take(self, row: Row, facts: Facts, *, at_ms: int) -> None:
        """Fold one row."""
        if row.kind in self._take:
            self._last_ms = at_ms if self._last_ms is None else max(at_ms, self._last_ms)
            self._take[row.kind](row.event_id, facts, at_ms)

    def as_remembered(self) -> Remembered:
        """Return what all rows come to."""
        answers = (Answer(**facts) for facts in self._answers.values())
        complaints = [c for c in self._complaints.values() if c.feedback not in self._told]
        return Remembered(
            open=tuple(Alert(**facts) for facts in self._alerts.values()),
            told=self._told,
            answers=tuple(a for a in answers if self._may_wait(a)),
            complaints=tuple(complaints),
            ended=self._ended,
            quiet_since_ms=self._quiet_since_ms,
        )

    def _may_wait(self, answer: Answer) -> bool:
        """Tell whether an answer can have waited to be told when the former run ended.

        Older ones were told, or alerts were off then: nobody wants a day's cases at once.
        """
        if self._last_ms is None:
            return False
        if answer.contact is None:
            return self._last_ms - answer.at_ms < MEMORY_MS
        left_ms = self._ended.get(answer.contact, self._last_ms)
        came_back = left_ms < answer.at_ms
        return came_back or self._last_ms - left_ms < MEMORY_MS

    def _raised(self, _id: str, facts: Facts, at_ms: int) -> None:
        told = {k: facts.get(k) for k in ("rating", "feedback", "contact", "share", "n")}
        alert = {"id": facts["alert"], "what": facts["what"], "raised_ms": at_ms}
        self._alerts[facts["alert"]] = alert | told | {"window_s": facts.get("window_s")}
        for event in (facts.get("rating"), facts.get("feedback")):
            if event is not None:
                self._told[event] = at_ms

    def _acknowledged(self, _id: str, facts: Facts, at_ms: int) -> None:
        if facts["alert"] in self._alerts:
            self._alerts[facts["alert"]]["acknowledged_ms"] = at_ms

    def _escalated(self, _id: str, facts: Facts, _at_ms: int) -> None:
        if facts["alert"] in self._alerts:
            self._alerts[facts["alert"]]["escalated"] = True

    def _resolved(self, _id: str, facts: Facts, at_ms: int) -> None:
        alert = self._alerts.pop(facts["alert"], None)
        if alert is not None and alert["what"] == "threshold":
            self._quiet_since_ms = at_ms

    def _given(self, event_id: str, facts: Facts, at_ms: int) -> None:
        self._answers[event_id] = {
            "rating": event_id,
            "at_ms": at_ms,
            "sentiment": facts["sentiment"],
            "counts": facts["counts"],
            "contact": facts.get("contact"),
        }

    def _amended(self, _id: str, facts: Facts, _at_ms: int) -> None:
        if facts["rating"] in self._answers:
            news = {"counts": facts["counts"], "contact": facts.get("contact")}
            self._answers[facts["rating"]] |= news

    def _gone(self, _id: str, facts: Facts, at_ms: int) -> None:
        self._ended[facts["contact"]] = at_ms

    def _left(self, event_id: str, facts: Facts, at_ms: int) -> None:
        if facts["about"] == "complaint":
            rating = facts.get("rating")
            self._complaints[event_id] = Complaint(event_id, at_ms, rating=rating)
