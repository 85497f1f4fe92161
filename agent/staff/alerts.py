"""Alerts: who is told what, and when. Pure.

* `help_wanted`, the customer asks for someone: everywhere at once.
* `threshold`, many unhappy answers in a short time: the counter. It ends by itself when the share
  falls, and after its end the next one waits for a while.
* `case`, one unhappy answer, and `complaint`: the manager, and never anybody at the till.

Only counting answers alert, and only settled ones (agent/staff/heard.py). An answer is told once,
whatever is amended afterwards. The counter's light never changes by one answer alone: who watches
when it does would know whose it was. All is rebuilt from stored events (agent/staff/recall.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from agent.staff.alert import Acknowledge, Action, Alert, Escalate, Light, Raise, Relay, Resolve
from agent.staff.heard import Answer, Complaint, Heard, Pace
from agent.staff.refusals import RefusedError
from agent.staff.settings import AlertSettings
from agent.staff.threshold import Threshold, mood_of

TOGETHER = (
    2  # so many answers must have come or gone before the counter's threshold is weighed again
)
HELP_AGAIN_MS = 120_000  # somebody is on the way; who still waits then may ask again


@dataclass(frozen=True, slots=True)
class Rules:
    """What alerts, and how patiently."""

    threshold: Threshold = field(default_factory=Threshold)
    pace: Pace = field(default_factory=Pace)
    escalate_ms: int = 10 * 60_000
    """Not acknowledged for so long, an alert is escalated; 0: never."""
    actions: frozenset[str] = frozenset({"talked", "nothing"})
    """What can be said to have been done."""

    @classmethod
    def of(cls, settings: AlertSettings, *, repeat_window_s: float) -> Rules:
        """Read them from the configuration."""
        return cls(
            threshold=Threshold.of(settings),
            pace=Pace(window_ms=round(repeat_window_s * 1000)),
            escalate_ms=round(settings.escalate_minutes * 60_000),
            actions=frozenset(settings.actions),
        )


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a former run of the agent stored; times are on this boot's monotonic clock."""

    open: tuple[Alert, ...] = ()
    """Raised and not resolved, in the order of raising."""
    told: dict[str, int] = field(default_factory=dict)
    """Ratings and complaints that were told, and when."""
    answers: tuple[Answer, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    ended: dict[str, int] = field(default_factory=dict)
    """Contacts that have gone, and when."""
    quiet_since_ms: int | None = None
    """When the last threshold ended."""


def random_id() -> str:
    """Return a new id of 48 random bits."""
    return secrets.token_hex(6)


class Alerts:
    """The alerts of one kiosk. Times are monotonic milliseconds and may not run backwards.

    Every method returns what is to be done, in order. Call `tick` whenever `next_due_ms` has come,
    and after every fact.
    """

    def __init__(self, rules: Rules, *, new_id: Callable[[], str] = random_id) -> None:
        self._rules = rules
        self._new_id = new_id
        self._heard = Heard(rules.pace)
        self._open: dict[str, Alert] = {}
        self._quiet_since_ms: int | None = None
        self._weighed: frozenset[str] = frozenset()
        self._light = self._relay = False

    @property
    def open(self) -> tuple[Alert, ...]:
        """The alerts that are not resolved, in the order of raising."""
        return tuple(self._open.values())

    # -- what customers do ------------------------------------------------------------------

    def answer(self, answer: Answer) -> None:
        """Take a rating that has its event id."""
        self._heard.add(answer)

    def amend(self, rating: str, *, counts: bool, contact: str | None, now_ms: int) -> list[Action]:
        """Take an amendment: a case that is taken back before it was told is never told."""
        self._heard.amend(rating, counts=counts, contact=contact)
        taken_back = [
            a for a in self.open if a.what == "case" and a.rating == rating and not counts
        ]
        return self._switched([self._end(a, "amended", now_ms=now_ms) for a in taken_back])

    def complain(self, complaint: Complaint) -> None:
        """Take a complaint; it takes the place of the case of its answer."""
        self._heard.complain(complaint)

    def end_contact(self, contact: str, *, at_ms: int) -> None:
        """Take the end of a contact's presence."""
        self._heard.end(contact, at_ms=at_ms)

    def ask_for_help(self, *, now_ms: int, contact: str | None = None) -> list[Action]:
        """Tell everybody at once that a customer asks for someone.

        While that is not acknowledged, and for two minutes afterwards, asking again adds nothing.
        """
        asked = [a for a in self.open if a.what == "help_wanted" and a.contact == contact]
        if any(_help_is_coming(alert, now_ms) for alert in asked):
            return []
        alert = Alert(self._new_id(), "help_wanted", now_ms, contact=contact)
        return self._switched([self._begin(alert)])

    # -- what people behind the counter do --------------------------------------------------

    def acknowledge(self, alert: str, *, by: str, now_ms: int) -> list[Action]:
        """Note that somebody takes it on; a second time changes nothing. Raises StaffError."""
        known = self._known(alert)
        if known.acknowledged_ms is not None:
            return []
        self._open[alert] = replace(known, acknowledged_ms=now_ms)
        return self._switched([Acknowledge(self._open[alert], by, known.after_s(now_ms))])

    def resolve(self, alert: str, *, by: str, how: str, now_ms: int) -> list[Action]:
        """Note what was done. Raises StaffError for an id that is not configured."""
        known = self._known(alert)
        if how not in self._rules.actions:
            choices = ", ".join(sorted(self._rules.actions))
            text = f"{how} is none of alerts.actions: choose one of {choices}"
            raise RefusedError("no_such_action", text)
        return self._switched([self._end(known, how, by=by, now_ms=now_ms)])

    # -- time -------------------------------------------------------------------------------

    def tick(self, now_ms: int) -> list[Action]:
        """Do what has become due."""
        actions = [
            *self._tell_complaints(now_ms),
            *self._tell_cases(now_ms),
            *self._weigh(now_ms),
            *self._escalate(now_ms),
        ]
        self._heard.forget(now_ms, window_ms=self._rules.threshold.window_ms)
        return self._switched(actions)

    def next_due_ms(self, now_ms: int) -> int | None:
        """Return when `tick` may have something to do after `now_ms`."""
        window_ms = self._rules.threshold.window_ms
        due = [
            self._heard.next_due_ms(now_ms, window_ms=window_ms),
            self._quiet_until_ms,
            *(self._escalation_ms(a) for a in self.open),
        ]
        return min((t for t in due if t is not None and t > now_ms), default=None)

    def restore(self, remembered: Remembered, *, now_ms: int) -> list[Action]:
        """Take over from a former run; whoever was present then has gone. Switches the light."""
        self._open = {alert.id: alert for alert in remembered.open}
        self._quiet_since_ms = remembered.quiet_since_ms
        for event, at_ms in remembered.told.items():
            self._heard.note_told(event, at_ms=at_ms)
        for answer in remembered.answers:
            self._heard.add(answer)
        for complaint in remembered.complaints:
            self._heard.complain(complaint)
        for contact, at_ms in remembered.ended.items():
            self._heard.end(contact, at_ms=at_ms)
        self._heard.end_all(at_ms=now_ms)
        return self._switched([])

    # -- inside -----------------------------------------------------------------------------

    @property
    def _quiet_until_ms(self) -> int | None:
        since_ms = self._quiet_since_ms
        return None if since_ms is None else since_ms + self._rules.threshold.quiet_ms

    def _tell_complaints(self, now_ms: int) -> Iterator[Action]:
        for told in self._heard.complaints(now_ms):
            self._heard.note_told(told.feedback, at_ms=now_ms)
            yield self._begin(
                Alert(
                    self._new_id(),
                    "complaint",
                    now_ms,
                    rating=told.rating,
                    feedback=told.feedback,
                    contact=told.contact,
                )
            )

    def _tell_cases(self, now_ms: int) -> Iterator[Action]:
        for told in self._heard.cases(now_ms):
            self._heard.note_told(told.rating, at_ms=now_ms)
            yield self._begin(
                Alert(self._new_id(), "case", now_ms, rating=told.rating, contact=told.contact)
            )

    def _weigh(self, now_ms: int) -> Iterator[Action]:
        """Raise the threshold's alert or let it subside."""
        rule = self._rules.threshold
        recent = self._heard.recent(now_ms, window_ms=rule.window_ms)
        mood = mood_of(a.sentiment for a in recent)
        raised = next((a for a in self.open if a.what == "threshold"), None)
        if (raised is None and self._is_quiet(now_ms)) or not self._may_weigh(recent):
            return
        if raised is not None and not mood.alarms(rule):
            yield self._end(raised, "subsided", now_ms=now_ms)
        elif raised is None and mood.alarms(rule):
            yield self._begin(
                Alert(
                    self._new_id(),
                    "threshold",
                    now_ms,
                    share=mood.share,
                    n=mood.n,
                    window_s=rule.window_ms / 1000,
                )
            )

    def _may_weigh(self, recent: Sequence[Answer]) -> bool:
        """Tell whether what is found now can say nothing about a single answer.

        Below the least number there is never an alert, whatever the answers are.
        """
        if len(recent) < self._rules.threshold.least:
            return True
        answers = frozenset(a.rating for a in recent)
        if len(answers ^ self._weighed) < TOGETHER:
            return False
        self._weighed = answers
        return True

    def _is_quiet(self, now_ms: int) -> bool:
        until_ms = self._quiet_until_ms
        return until_ms is not None and now_ms < until_ms

    def _escalate(self, now_ms: int) -> Iterator[Action]:
        for alert in self.open:
            due_ms = self._escalation_ms(alert)
            if due_ms is not None and due_ms <= now_ms:
                self._open[alert.id] = replace(alert, escalated=True)
                yield Escalate(self._open[alert.id], alert.after_s(now_ms))

    def _escalation_ms(self, alert: Alert) -> int | None:
        """Return when an alert is escalated; None if never, or not any more."""
        done = alert.escalated or alert.acknowledged_ms is not None
        patience_ms = self._rules.escalate_ms
        return None if done or not patience_ms else alert.raised_ms + patience_ms

    def _begin(self, alert: Alert) -> Raise:
        self._open[alert.id] = alert
        return Raise(alert)

    def _end(self, alert: Alert, how: str, *, now_ms: int, by: str | None = None) -> Resolve:
        del self._open[alert.id]
        if alert.what == "threshold":
            self._quiet_since_ms = now_ms
        return Resolve(alert, how, by, alert.after_s(now_ms))

    def _known(self, alert: str) -> Alert:
        if alert not in self._open:
            text = f"alert {alert} is not open any more: load the page again"
            raise RefusedError("not_open", text)
        return self._open[alert]

    def _switched(self, actions: Sequence[Action]) -> list[Action]:
        """Add what the light and the relay have to do about it."""
        waiting = [a for a in self.open if a.audience == "counter" and a.acknowledged_ms is None]
        light = bool(waiting)
        relay = any(a.what == "help_wanted" or a.escalated for a in waiting)
        switches: list[Action] = []
        if light != self._light:
            switches.append(Light(on=light))
        if relay != self._relay:
            switches.append(Relay(on=relay))
        self._light, self._relay = light, relay
        return [*actions, *switches]


def _help_is_coming(alert: Alert, now_ms: int) -> bool:
    seen_ms = alert.acknowledged_ms
    return seen_ms is None or now_ms - seen_ms < HELP_AGAIN_MS
