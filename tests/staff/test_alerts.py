"""Alerts: who is told what, when, and never what must not be known at the till."""

from __future__ import annotations

import itertools

import pytest

from agent.errors import StaffError
from agent.events.scale import Sentiment
from agent.staff.alert import Acknowledge, Action, Escalate, Light, Raise, Relay, Resolve
from agent.staff.alerts import Alerts, Rules
from agent.staff.heard import Answer, Complaint
from agent.staff.settings import AlertSettings
from agent.staff.threshold import Mood, Threshold, mood_of

MINUTE = 60_000


def make(rules: Rules | None = None) -> Alerts:
    numbers = itertools.count(1)
    return Alerts(rules or Rules(), new_id=lambda: f"a{next(numbers)}")


def red(rating: str, at_ms: int, *, contact: str | None = None) -> Answer:
    return Answer(rating, at_ms, -1, contact=contact)


def raised(actions: list[Action]) -> list[tuple[str, str | None]]:
    return [(a.alert.what, a.alert.rating) for a in actions if isinstance(a, Raise)]


def heard(alerts: Alerts, sentiments: list[Sentiment], *, at_ms: int = 0) -> list[Action]:
    """Give answers a second apart, and wait until all of them have settled."""
    for index, sentiment in enumerate(sentiments):
        alerts.answer(Answer(f"r{index}", at_ms + index * 1000, sentiment))
    return alerts.tick(at_ms + len(sentiments) * 1000 + 20_000)


# -- one unhappy answer ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contact", "ended_ms", "told_ms"),
    [
        (None, None, 20_000),  # the window of 5 s, then 15 s
        ("ann", 2_000, 20_000),  # gone at once: the window still has to close
        ("ann", 60_000, 75_000),  # stayed for a minute
        ("ann", -1_000, 20_000),  # pressed on the way out
    ],
)
def test_an_unhappy_answer_is_told_when_its_customer_has_gone(
    contact: str | None, ended_ms: int | None, told_ms: int
) -> None:
    alerts = make()
    alerts.answer(red("r", 0, contact=contact))
    if contact is not None and ended_ms is not None:
        alerts.end_contact(contact, at_ms=ended_ms)

    assert alerts.next_due_ms(0) == told_ms
    assert raised(alerts.tick(told_ms - 1)) == []
    assert raised(alerts.tick(told_ms)) == [("case", "r")]


def test_an_unhappy_answer_is_not_told_while_its_customer_is_there() -> None:
    alerts = make()
    alerts.answer(red("r", 0, contact="ann"))

    assert alerts.tick(60 * MINUTE) == []
    assert alerts.next_due_ms(60 * MINUTE) is None


@pytest.mark.parametrize("sentiment", [0, 1])
def test_no_other_answer_is_a_case(sentiment: Sentiment) -> None:
    assert heard(make(), [sentiment]) == []


def test_an_answer_that_does_not_count_is_not_told() -> None:
    alerts = make()
    alerts.answer(Answer("r", 0, -1, counts=False))

    assert alerts.tick(MINUTE) == []


def test_a_case_goes_to_the_manager_and_switches_nothing() -> None:
    (action,) = heard(make(), [-1])

    assert isinstance(action, Raise)
    assert action.alert.audience == "manager"


def test_an_answer_that_is_taken_back_in_time_is_never_told() -> None:
    alerts = make()
    alerts.answer(red("red", 0))
    alerts.answer(Answer("green", 2_000, 1))

    assert alerts.amend("red", counts=False, contact=None, now_ms=2_000) == []
    assert alerts.tick(MINUTE) == []


def test_an_answer_that_is_taken_back_after_it_was_told_resolves_its_case() -> None:
    alerts = make()
    heard(alerts, [-1])

    (action,) = alerts.amend("r0", counts=False, contact=None, now_ms=51_000)

    assert isinstance(action, Resolve)
    assert (action.how, action.by, action.after_s) == ("amended", None, 30.0)
    assert alerts.open == ()


def test_an_answer_that_counts_again_before_it_was_told_is_told() -> None:
    alerts = make()
    alerts.answer(red("r", 0))
    alerts.amend("r", counts=False, contact=None, now_ms=2_000)
    alerts.amend("r", counts=True, contact=None, now_ms=12_000)

    assert raised(alerts.tick(20_000)) == [("case", "r")]


def test_an_answer_is_never_told_twice() -> None:
    alerts = make()
    heard(alerts, [-1])
    alerts.amend("r0", counts=False, contact=None, now_ms=30_000)
    alerts.amend("r0", counts=True, contact=None, now_ms=31_000)

    assert alerts.tick(90_000) == []


def test_an_answer_whose_customer_is_seen_only_later_waits_for_them() -> None:
    alerts = make()
    alerts.answer(red("r", 0))
    alerts.amend("r", counts=True, contact="ann", now_ms=1_000)

    assert alerts.tick(MINUTE) == []
    alerts.end_contact("ann", at_ms=MINUTE)
    assert raised(alerts.tick(MINUTE + 15_000)) == [("case", "r")]


def test_a_key_that_chatters_for_an_hour_does_not_push_out_an_answer_that_counts() -> None:
    alerts = make()
    alerts.answer(red("r", 0))
    for number in range(3_000):
        alerts.answer(Answer(f"play{number}", 1_000 + number, 1, counts=False))

    assert raised(alerts.tick(20_000)) == [("case", "r")]


# -- complaints ------------------------------------------------------------------------------------


def test_a_complaint_goes_to_the_manager_in_place_of_its_answers_case() -> None:
    alerts = make()
    alerts.answer(red("r", 0, contact="ann"))
    alerts.complain(Complaint("f", 10_000, rating="r"))
    alerts.end_contact("ann", at_ms=40_000)

    assert alerts.tick(54_999) == []
    (action,) = alerts.tick(55_000)
    assert isinstance(action, Raise)
    assert (action.alert.what, action.alert.feedback) == ("complaint", "f")
    assert action.alert.audience == "manager"
    assert alerts.tick(10 * MINUTE - 1) == []


def test_a_complaint_without_an_answer_is_told_15_s_later() -> None:
    alerts = make()
    alerts.complain(Complaint("f", 0))

    assert alerts.next_due_ms(0) == 15_000
    assert raised(alerts.tick(15_000)) == [("complaint", None)]
    assert raised(alerts.tick(30_000)) == []


def test_a_complaint_stands_when_its_answer_is_taken_back() -> None:
    alerts = make()
    alerts.answer(red("r", 0))
    alerts.complain(Complaint("f", 1_000, rating="r"))
    alerts.tick(20_000)

    assert alerts.amend("r", counts=False, contact=None, now_ms=21_000) == []
    assert [a.what for a in alerts.open] == ["complaint"]


# -- help ------------------------------------------------------------------------------------------


def test_who_asks_for_help_is_heard_everywhere_at_once() -> None:
    told, light, relay = make().ask_for_help(now_ms=5)

    assert isinstance(told, Raise)
    assert (told.alert.what, told.alert.audience) == ("help_wanted", "counter")
    assert (light, relay) == (Light(on=True), Relay(on=True))


def test_asking_again_adds_nothing_until_two_minutes_after_somebody_took_it_on() -> None:
    alerts = make()
    alerts.ask_for_help(now_ms=0)

    assert alerts.ask_for_help(now_ms=9 * MINUTE) == []
    alerts.acknowledge("a1", by="heron", now_ms=9 * MINUTE)
    assert alerts.ask_for_help(now_ms=10 * MINUTE) == []
    assert raised(alerts.ask_for_help(now_ms=11 * MINUTE)) == [("help_wanted", None)]


def test_another_customer_is_another_alert() -> None:
    alerts = make()
    alerts.ask_for_help(now_ms=0, contact="ann")

    assert raised(alerts.ask_for_help(now_ms=1, contact="bob")) == [("help_wanted", None)]


# -- the counter's threshold -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentiments", "alarms"),
    [
        ([-1, -1, 1, 1], True),
        ([-1, -1, -1], False),  # too few answers
        ([-1, 1, 1, 1], False),
        ([-1, -1, 0, 1, 1], False),  # two of five
        ([-1, -1, -1, 0, 1, 1], True),
        ([1, 1, 1, 1], False),
        ([], False),
    ],
)
def test_half_unhappy_of_four_alarms_the_counter(sentiments: list[int], *, alarms: bool) -> None:
    assert mood_of(sentiments).alarms(Threshold()) is alarms


def test_one_person_never_alarms_the_counter_however_it_is_set() -> None:
    assert not Mood(3, 1).alarms(Threshold(share=0.01, least=1))


def test_a_threshold_says_what_it_saw_and_lights_the_counters_light() -> None:
    actions = heard(make(), [-1, -1, -1, 1])
    (told,) = [a.alert for a in actions if isinstance(a, Raise) and a.alert.what == "threshold"]

    assert (told.share, told.n, told.window_s, told.audience) == (0.75, 4, 900.0, "counter")
    assert actions[-1] == Light(on=True)


def test_an_answer_weighs_no_sooner_than_it_could_be_a_case() -> None:
    alerts = make()
    for number in range(3):
        alerts.answer(red(f"r{number}", 0))
    alerts.tick(20_000)
    alerts.answer(red("last", 30_000, contact="ann"))

    assert raised(alerts.tick(10 * MINUTE - 1)) == []
    alerts.end_contact("ann", at_ms=10 * MINUTE)
    assert raised(alerts.tick(10 * MINUTE + 15_000)) == [("case", "last"), ("threshold", None)]


def test_a_threshold_ends_by_itself_when_the_share_falls() -> None:
    alerts = make()
    heard(alerts, [-1, -1, 1, 1])
    alerts.answer(Answer("late", 60_000, 1))
    alerts.answer(Answer("later", 60_000, 1))

    resolve, light = alerts.tick(80_000)

    assert isinstance(resolve, Resolve)
    assert (resolve.how, resolve.by) == ("subsided", None)
    assert light == Light(on=False)


@pytest.mark.parametrize("sentiment", [-1, 0, 1])
@pytest.mark.parametrize("before", [[-1, -1, 1, 1], [-1, 1, 1, 1], [-1, -1, -1, 1, 1, 1, 1]])
def test_the_light_never_changes_by_one_answer_whoever_watches_when(
    before: list[Sentiment], sentiment: Sentiment
) -> None:
    alerts = make()
    heard(alerts, before)
    alerts.answer(Answer("single", 60_000, sentiment))

    assert [a for a in alerts.tick(5 * MINUTE) if not isinstance(a, Raise)] == []
    assert "threshold" not in dict(raised(alerts.tick(5 * MINUTE)))


def test_two_answers_together_change_it() -> None:
    alerts = make()
    heard(alerts, [-1, 1, 1, 1])
    alerts.answer(red("one", 60_000))
    assert Light(on=True) not in alerts.tick(80_000)
    alerts.answer(red("other", 90_000))

    assert Light(on=True) in alerts.tick(110_000)


def test_what_was_weighed_in_the_quiet_time_is_weighed_again_after_it() -> None:
    alerts = make()
    heard(alerts, [-1, -1, -1, -1])
    (threshold,) = [a.id for a in alerts.open if a.what == "threshold"]
    alerts.resolve(threshold, by="manager", how="talked", now_ms=MINUTE)
    for number in range(4):
        alerts.answer(red(f"again{number}", 15 * MINUTE + number))
    alerts.tick(15 * MINUTE + 30_000)

    assert ("threshold", None) in raised(alerts.tick(16 * MINUTE))


def test_a_threshold_ends_by_itself_when_its_quarter_of_an_hour_is_over() -> None:
    alerts = make()
    heard(alerts, [-1, -1, 1, 1])

    due_ms = alerts.next_due_ms(14 * MINUTE)
    assert due_ms == 15 * MINUTE
    assert any(isinstance(a, Resolve) for a in alerts.tick(due_ms))


def test_one_bad_quarter_of_an_hour_is_one_alert() -> None:
    alerts = make()
    heard(alerts, [-1, -1, 1, 1])
    alerts.answer(Answer("good", 60_000, 1))
    alerts.tick(80_000)
    alerts.answer(red("bad", 90_000))
    alerts.answer(red("worse", 91_000))

    assert "threshold" not in dict(raised(alerts.tick(2 * MINUTE)))


def test_after_the_quiet_time_a_bad_time_alarms_again() -> None:
    alerts = make()
    heard(alerts, [-1, -1, -1, -1])
    (threshold,) = [a.id for a in alerts.open if a.what == "threshold"]
    alerts.resolve(threshold, by="manager", how="talked", now_ms=MINUTE)
    for number in range(4):
        alerts.answer(red(f"again{number}", 10 * MINUTE))

    assert ("threshold", None) not in raised(alerts.tick(16 * MINUTE - 1))
    assert alerts.next_due_ms(16 * MINUTE - 1) == 16 * MINUTE
    assert raised(alerts.tick(16 * MINUTE)) == [("threshold", None)]


# -- acknowledging, resolving, escalating ----------------------------------------------------------


def test_acknowledging_tells_the_time_to_react_and_puts_the_light_out() -> None:
    alerts = make()
    alerts.ask_for_help(now_ms=0)

    told, light, relay = alerts.acknowledge("a1", by="heron", now_ms=28_500)

    assert isinstance(told, Acknowledge)
    assert (told.by, told.after_s) == ("heron", 28.5)
    assert (light, relay) == (Light(on=False), Relay(on=False))
    assert alerts.acknowledge("a1", by="wren", now_ms=29_000) == []


def test_the_light_stays_on_while_another_alert_waits() -> None:
    alerts = make()
    alerts.ask_for_help(now_ms=0, contact="ann")
    alerts.ask_for_help(now_ms=0, contact="bob")

    assert Light(on=False) not in alerts.acknowledge("a1", by="heron", now_ms=1)
    assert Light(on=False) in alerts.acknowledge("a2", by="heron", now_ms=2)


def test_resolving_says_what_was_done() -> None:
    alerts = make()
    alerts.ask_for_help(now_ms=0)

    told = alerts.resolve("a1", by="manager", how="talked", now_ms=90_000)[0]

    assert isinstance(told, Resolve)
    assert (told.by, told.how, told.after_s) == ("manager", "talked", 90.0)
    assert alerts.open == ()


def test_what_cannot_be_acknowledged_or_done_is_refused_with_the_choices() -> None:
    alerts = make()
    alerts.ask_for_help(now_ms=0)

    with pytest.raises(StaffError, match=r"danced is none .* choose one of nothing, talked"):
        alerts.resolve("a1", by="manager", how="danced", now_ms=1)
    with pytest.raises(StaffError, match="alert a9 is not open any more"):
        alerts.acknowledge("a9", by="manager", now_ms=1)
    assert len(alerts.open) == 1


def test_what_nobody_acknowledges_is_escalated_once() -> None:
    alerts = make()
    heard(alerts, [-1])
    due_ms = alerts.next_due_ms(30_000)

    assert due_ms == 21_000 + 10 * MINUTE
    (told,) = alerts.tick(due_ms)
    assert isinstance(told, Escalate)
    assert told.after_s == 600.0
    assert alerts.tick(due_ms + MINUTE) == []


def test_an_escalated_case_switches_nothing_at_the_counter() -> None:
    alerts = make()
    heard(alerts, [-1])

    assert not {type(a) for a in alerts.tick(20 * MINUTE)} & {Light, Relay}


def test_an_escalated_threshold_rings() -> None:
    alerts = make()
    heard(alerts, [-1] * 4, at_ms=0)

    assert Relay(on=True) in alerts.tick(24_000 + 10 * MINUTE)


def test_escalation_can_be_switched_off() -> None:
    alerts = make(Rules(escalate_ms=0))
    heard(alerts, [-1])

    assert alerts.tick(600 * MINUTE) == []


def test_rules_are_read_from_the_settings() -> None:
    settings = AlertSettings(share=0.3, least=6, minutes=30, quiet_minutes=5, escalate_minutes=2)
    rules = Rules.of(settings, repeat_window_s=4.0)

    assert rules.threshold == Threshold(0.3, 6, 30 * MINUTE, 5 * MINUTE)
    assert rules.pace.window_ms == 4_000
    assert rules.escalate_ms == 2 * MINUTE
    assert "refunded" in rules.actions
