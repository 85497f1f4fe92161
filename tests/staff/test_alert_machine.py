"""Alerts under any order of events, kills included: none twice, none lost, none at the till."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.clock import Moment
from agent.events.scale import Sentiment
from agent.outbox.rows import Epoch, Row
from agent.staff.alert import Acknowledge, Action, Escalate, Light, Raise, Relay, Resolve, as_event
from agent.staff.alerts import Alerts, Rules
from agent.staff.heard import Answer, Complaint
from agent.staff.recall import recall

BOOT = "0b4e6f0e-3f0c-4d62-9d0b-1f4c8ed1a111"
EPOCH = Epoch(1, "0123456789abcdef", "/a/b/c", BOOT)
CONTACTS = st.sampled_from([None, "ann", "bob", "cleo"])
EVER_MS = 30 * 24 * 3_600_000


class Shop(RuleBasedStateMachine):
    """A kiosk with its store, and a model of what must have been told."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 0
        self.numbers = itertools.count(1)
        self.rows: list[tuple[Row, dict[str, Any]]] = []
        self.answers: dict[str, Answer] = {}
        self.complaints: dict[str, str | None] = {}
        self.actions: list[Action] = []
        self.lit = self.rings = False
        self.begin()

    def begin(self) -> None:
        self.alerts = Alerts(Rules(), new_id=lambda: f"a{next(self.numbers)}")
        self.lit = self.rings = False

    def keep(self, kind: str, facts: dict[str, Any]) -> str:
        position = EPOCH.position(len(self.rows) + 1)
        row = Row(position, EPOCH, kind, 1, self.now_ms, None, "unknown", None, "")
        self.rows.append((row, facts))
        return row.event_id

    def do(self, actions: list[Action]) -> None:
        self.actions += actions
        for action in actions:
            event = as_event(action)
            if event is not None:
                self.keep(event.kind, event.model_dump(mode="json", exclude_none=True))
            elif isinstance(action, Light):
                assert action.on != self.lit
                self.lit = action.on
            elif isinstance(action, Relay):
                assert action.on != self.rings
                self.rings = action.on

    @rule(sentiment=st.sampled_from([-1, -1, 0, 1]), contact=CONTACTS, counts=st.booleans())
    def press(self, sentiment: Sentiment, contact: str | None, *, counts: bool) -> None:
        facts = {"sentiment": sentiment, "counts": counts, "contact": contact}
        rating = self.keep("rating.given", facts)
        answer = Answer(rating, self.now_ms, sentiment, counts=counts, contact=contact)
        self.answers[rating] = answer
        self.alerts.answer(answer)

    @precondition(lambda self: self.answers)
    @rule(data=st.data(), counts=st.booleans(), contact=CONTACTS)
    def amend(self, data: st.DataObject, contact: str | None, *, counts: bool) -> None:
        rating = data.draw(st.sampled_from(sorted(self.answers)))
        old = self.answers[rating]
        if self.now_ms - old.at_ms > 600_000:
            return  # no rule of a visit looks so far back
        who = old.contact or contact
        self.answers[rating] = Answer(rating, old.at_ms, old.sentiment, counts=counts, contact=who)
        self.keep("rating.amended", {"rating": rating, "counts": counts, "contact": who})
        self.do(self.alerts.amend(rating, counts=counts, contact=who, now_ms=self.now_ms))

    @rule(data=st.data(), of_an_answer=st.booleans())
    def complain(self, data: st.DataObject, *, of_an_answer: bool) -> None:
        fresh = sorted(r for r, a in self.answers.items() if self.now_ms - a.at_ms < 60_000)
        rating = data.draw(st.sampled_from(fresh)) if of_an_answer and fresh else None
        feedback = self.keep("feedback.left", {"about": "complaint", "rating": rating})
        self.complaints[feedback] = rating
        self.alerts.complain(Complaint(feedback, self.now_ms, rating=rating))

    @rule(contact=st.sampled_from(["ann", "bob", "cleo"]))
    def leave(self, contact: str) -> None:
        self.keep("contact.ended", {"contact": contact})
        self.alerts.end_contact(contact, at_ms=self.now_ms)

    @rule(contact=CONTACTS)
    def ask_for_help(self, contact: str | None) -> None:
        self.do(self.alerts.ask_for_help(now_ms=self.now_ms, contact=contact))
        assert self.lit or any(a.what == "help_wanted" for a in self.alerts.open)

    @precondition(lambda self: self.alerts.open)
    @rule(data=st.data(), over=st.booleans())
    def react(self, data: st.DataObject, *, over: bool) -> None:
        alert = data.draw(st.sampled_from([a.id for a in self.alerts.open]))
        if over:
            self.do(self.alerts.resolve(alert, by="wren", how="talked", now_ms=self.now_ms))
        else:
            self.do(self.alerts.acknowledge(alert, by="wren", now_ms=self.now_ms))

    @rule(ms=st.integers(0, 60_000) | st.integers(0, 3_600_000) | st.just(2 * 3_600_000))
    def wait(self, ms: int) -> None:
        until_ms = self.now_ms + ms
        while (due_ms := self.alerts.next_due_ms(self.now_ms)) is not None and due_ms <= until_ms:
            self.now_ms = due_ms
            self.do(self.alerts.tick(self.now_ms))
        self.now_ms = until_ms
        self.do(self.alerts.tick(self.now_ms))

    @rule()
    def get_killed(self) -> None:
        before = self.alerts.open
        self.begin()
        now = Moment(BOOT, self.now_ms, None, "unknown")
        self.do(self.alerts.restore(recall(self.rows, now=now), now_ms=self.now_ms))
        assert self.alerts.open == before

    # -- what must hold, always -------------------------------------------------------------

    def told(self) -> list[Raise]:
        return [a for a in self.actions if isinstance(a, Raise)]

    @invariant()
    def no_answer_and_no_complaint_is_told_twice(self) -> None:
        cases = [t.alert.rating for t in self.told() if t.alert.what == "case"]
        complaints = [t.alert.feedback for t in self.told() if t.alert.what == "complaint"]

        assert len(set(cases)) == len(cases)
        assert len(set(complaints)) == len(complaints)

    @invariant()
    def no_single_answer_reaches_the_counter(self) -> None:
        counter = [t.alert for t in self.told() if t.alert.audience == "counter"]

        assert all(a.rating is None and a.feedback is None for a in counter)
        assert all((a.share or 0) * (a.n or 0) >= 2 for a in counter if a.what == "threshold")

    @invariant()
    def light_and_relay_follow_the_alerts_for_the_counter(self) -> None:
        waiting = [
            a for a in self.alerts.open if a.audience == "counter" and a.acknowledged_ms is None
        ]

        assert self.lit == bool(waiting)
        assert self.rings == any(a.escalated or a.what == "help_wanted" for a in waiting)

    @invariant()
    def every_alert_is_open_or_was_resolved_once(self) -> None:
        ids = [t.alert.id for t in self.told()]
        resolved = [a.alert.id for a in self.actions if isinstance(a, Resolve)]

        assert sorted([*resolved, *(a.id for a in self.alerts.open)]) == sorted(ids)

    @invariant()
    def nothing_is_acknowledged_or_escalated_twice(self) -> None:
        for kind in (Acknowledge, Escalate):
            ids = [a.alert.id for a in self.actions if isinstance(a, kind)]
            assert len(set(ids)) == len(ids)

    def teardown(self) -> None:
        """Let everybody go: then every unhappy counting answer must have been told."""
        for contact in ("ann", "bob", "cleo"):
            self.leave(contact)
        self.wait(60_000)
        told = {e for t in self.told() for e in (t.alert.rating, t.alert.feedback)}
        unhappy = {r for r, a in self.answers.items() if a.counts and a.sentiment < 0}

        assert unhappy | set(self.complaints) <= told
        assert self.alerts.next_due_ms(EVER_MS) is None


TestShop = Shop.TestCase
TestShop.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
