"""What alerts are published as, and that a timer set to `next_due_ms` misses nothing."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events.catalogue import (
    AlertAcknowledged,
    AlertEscalated,
    AlertRaised,
    AlertResolved,
    EventData,
)
from agent.events.scale import Sentiment
from agent.staff.alert import (
    Acknowledge,
    Action,
    Alert,
    Escalate,
    Light,
    Raise,
    Relay,
    Resolve,
    as_event,
)
from agent.staff.alerts import Alerts, Rules, random_id
from agent.staff.heard import Answer, Heard, Pace

RATING = "/acme/high-street/till-1/9f86d081884c7d65/00000000000000000008"
CASE = Alert("a1", "case", 1_000, rating=RATING, contact="ann")
BUSY = Alert("a2", "threshold", 1_000, share=0.6, n=5, window_s=900.0)
STEP_MS = 5_000  # every time in the rules is a multiple of it


@pytest.mark.parametrize(
    ("action", "event"),
    [
        (
            Raise(CASE),
            AlertRaised(alert="a1", what="case", audience="manager", rating=RATING, contact="ann"),
        ),
        (
            Raise(BUSY),
            AlertRaised(
                alert="a2", what="threshold", audience="counter", share=0.6, n=5, window_s=900.0
            ),
        ),
        (Acknowledge(BUSY, "heron", 2.5), AlertAcknowledged(alert="a2", by="heron", after_s=2.5)),
        (Escalate(BUSY, 600.0), AlertEscalated(alert="a2", after_s=600.0)),
        (
            Resolve(CASE, "talked", "manager", 9.0),
            AlertResolved(alert="a1", by="manager", how="talked", after_s=9.0),
        ),
        (Resolve(CASE, "amended", None, 9.0), AlertResolved(alert="a1", how="amended", after_s=9)),
        (Light(on=True), None),
        (Relay(on=False), None),
    ],
)
def test_every_action_but_a_switch_is_a_fact(action: Action, event: EventData | None) -> None:
    assert as_event(action) == event


def test_a_time_that_ran_backwards_over_a_restart_is_no_negative_time_to_react() -> None:
    assert CASE.after_s(400) == 0.0


def test_ids_are_random() -> None:
    ids = {random_id() for _ in range(100)}

    assert len(ids) == 100
    assert {len(one) for one in ids} == {12}


def test_what_was_told_is_forgotten_after_an_hour_and_what_waits_is_not() -> None:
    heard = Heard(Pace())
    heard.add(Answer("gone", 0, -1))
    heard.add(Answer("waits", 0, -1, contact="ann"))
    heard.note_told("gone", at_ms=20_000)
    heard.forget(2 * 3_600_000, window_ms=0)
    heard.amend("gone", counts=True, contact=None)
    heard.end("ann", at_ms=2 * 3_600_000)

    assert [a.rating for a in heard.cases(3 * 3_600_000)] == ["waits"]


CLASSES: dict[str, Sentiment] = {"red": -1, "grey": 0, "green": 1}
DAY = st.lists(
    st.tuples(
        st.sampled_from(["red", "green", "grey", "leave", "help"]),
        st.sampled_from([None, "ann"]),
        st.integers(0, 80),
    ),
    max_size=20,
)


def steps(alerts: Alerts, now_ms: int, until_ms: int, *, by_timer: bool) -> list[Action]:
    """Let time pass: step by step, or from one due time to the next."""
    actions: list[Action] = []
    while now_ms < until_ms:
        due_ms = alerts.next_due_ms(now_ms) if by_timer else now_ms + STEP_MS
        now_ms = until_ms if due_ms is None else min(due_ms, until_ms)
        actions += alerts.tick(now_ms)
    return actions


def play(day: list[tuple[str, str | None, int]], *, by_timer: bool) -> list[Action]:
    """Play a day in which everything happens on a full step."""
    numbers = itertools.count(1)
    alerts = Alerts(Rules(), new_id=lambda: f"a{next(numbers)}")
    actions: list[Action] = []
    now_ms = 0
    for index, (what, contact, wait_steps) in enumerate(day):
        if what == "help":
            actions += alerts.ask_for_help(now_ms=now_ms, contact=contact)
        elif what == "leave":
            alerts.end_contact("ann", at_ms=now_ms)
        else:
            alerts.answer(Answer(f"r{index}", now_ms, CLASSES[what], contact=contact))
        actions += alerts.tick(now_ms)
        until_ms = now_ms + wait_steps * STEP_MS
        actions += steps(alerts, now_ms, until_ms, by_timer=by_timer)
        now_ms = until_ms
    return actions + steps(alerts, now_ms, now_ms + 3_600_000, by_timer=by_timer)


@settings(max_examples=30, deadline=None)
@given(DAY)
def test_a_timer_set_to_the_next_due_time_misses_nothing(
    day: list[tuple[str, str | None, int]],
) -> None:
    assert play(day, by_timer=True) == play(day, by_timer=False)
