"""Who is asked what, over many sessions."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events.catalogue import Answer
from agent.survey.balance import Balance, Count
from agent.survey.path import Plan
from agent.survey.questionnaire import Questionnaire
from agent.survey.quota import Quota
from agent.survey.rotation import Rotation
from agent.survey.sampling import DIMENSION_OF, ITEMS, Sampler, counts_of
from tests.survey.forms import ask, questionnaire

SESSIONS = 10_000


def answer(
    item: str | None,
    ended: Literal["answered", "skipped", "walked_away"] = "answered",
    *,
    question: str = "service",
) -> Answer:
    return Answer(question=question, item=item, ended=ended, duration_s=1.0, language="en")


def service(**fields: Any) -> Questionnaire:
    return questionnaire(ask("servperf", "service", **fields))


def sampler(*forms: Questionnaire, seed: int = 7) -> Sampler:
    return Sampler(forms, rng=random.Random(seed))


def spread(counts: Iterable[int]) -> int:
    known = list(counts)
    return max(known) - min(known)


def run(form: Questionnaire, *, skips: float, sessions: int = SESSIONS) -> Counter[str]:
    """Return the answers by item when each item is skipped with a probability of `skips`."""
    lot, drawing = random.Random(11), sampler(form)
    answers: Counter[str] = Counter()
    for at_s in range(sessions):
        plan = drawing.plan(form, at_s=at_s)
        given = [
            answer(item, "skipped" if lot.random() < skips else "answered")
            for item in plan.items["service"]
        ]
        answers.update(a.item for a in given if a.item and a.ended == "answered")
        drawing.settle(form, plan=plan, answers=given, at_s=at_s)
    return answers


def by_dimension(answers: Counter[str]) -> dict[str, int]:
    return {d: sum(answers[item] for item in items) for d, items in ITEMS.items()}


@pytest.mark.parametrize("items", [1, 2])
def test_of_ten_thousand_sessions_every_dimension_and_item_gets_as_many(items: int) -> None:
    answers = run(service(items=items), skips=0.0)

    assert answers.total() == SESSIONS * items
    assert spread(by_dimension(answers).values()) <= 1
    for numbers in ITEMS.values():
        assert spread(answers[number] for number in numbers) <= 1


@pytest.mark.parametrize("items", [1, 2])
def test_with_random_skips_the_numbers_stay_level(items: int) -> None:
    answers = run(service(items=items), skips=0.3)

    assert answers.total() == pytest.approx(SESSIONS * items * 0.7, rel=0.03)
    assert spread(by_dimension(answers).values()) <= 1
    for numbers in ITEMS.values():
        assert spread(answers[number] for number in numbers) <= 1


def test_every_block_of_respondents_meets_every_dimension_once_in_an_order_of_its_own() -> None:
    form = service()
    drawing = sampler(form)
    met = []
    for at_s in range(500):
        plan = drawing.plan(form, at_s=at_s)
        (item,) = plan.items["service"]
        met.append(DIMENSION_OF[item])
        drawing.settle(form, plan=plan, answers=[answer(item)], at_s=at_s)
    blocks = [tuple(met[begin : begin + 5]) for begin in range(0, 500, 5)]

    assert all(set(block) == set(ITEMS) for block in blocks)
    assert len(set(blocks)) > 50


def test_two_items_of_one_session_are_of_different_dimensions() -> None:
    form = service(items=2)
    drawing = sampler(form)
    for at_s in range(200):
        plan = drawing.plan(form, at_s=at_s)
        first, second = plan.items["service"]
        assert DIMENSION_OF[first] != DIMENSION_OF[second]
        given = [answer(item) for item in plan.items["service"]]
        drawing.settle(form, plan=plan, answers=given, at_s=at_s)


def test_two_items_of_one_session_differ_even_where_one_lags_behind() -> None:
    form = service(items=2, dimensions=["empathy"])
    drawing = sampler(form)
    drawing.recall("form", [answer(item) for item in ITEMS["empathy"][1:]] * 5, at_s=None)
    first, second = drawing.plan(form, at_s=0.0).items["service"]

    assert first == "18"
    assert second != "18"


def test_what_was_not_shown_is_not_counted() -> None:
    balance: Balance[str] = Balance("a", rng=random.Random(1))
    balance.settle(balance.draw("a"), shown=False, answered=False)
    assert balance.count("a") == Count(0, 0)
    balance.settle(balance.draw("a"), shown=True, answered=False)
    assert balance.count("a") == Count(1, 0)


def test_only_the_dimensions_that_are_measured_are_asked() -> None:
    form = service(items=2, dimensions=["empathy"])
    plan = sampler(form).plan(form, at_s=0.0)

    assert set(plan.items["service"]) < set(ITEMS["empathy"])
    assert len(set(plan.items["service"])) == 2


def test_an_item_that_was_not_shown_goes_back_as_if_never_drawn() -> None:
    form = service()
    drawing = sampler(form)
    for at_s in range(100):
        plan = drawing.plan(form, at_s=at_s)
        drawing.settle(form, plan=plan, answers=[], at_s=at_s)
    answers: Counter[str] = Counter()
    for at_s in range(110):
        plan = drawing.plan(form, at_s=at_s)
        answers.update(plan.items["service"])
        given = [answer(item) for item in plan.items["service"]]
        drawing.settle(form, plan=plan, answers=given, at_s=at_s)

    assert set(by_dimension(answers).values()) == {22}


def test_a_dimension_that_nobody_answers_does_not_crowd_out_the_others() -> None:
    form = service()
    drawing = sampler(form)
    asked: Counter[str] = Counter()
    for at_s in range(1200):
        plan = drawing.plan(form, at_s=at_s)
        (item,) = plan.items["service"]
        asked[DIMENSION_OF[item]] += 1
        ended: Any = "skipped" if item in ITEMS["empathy"] else "answered"
        drawing.settle(form, plan=plan, answers=[answer(item, ended)], at_s=at_s)
    others = [count for dimension, count in asked.items() if dimension != "empathy"]

    assert spread(others) <= 1
    assert min(others) >= 190
    assert asked["empathy"] <= 2 * min(others) + 11


def test_a_restored_sampler_goes_on_where_the_stored_answers_end() -> None:
    form = service()
    stored = [answer(item) for item in ITEMS["tangibles"] for _ in range(3)]
    stored += [answer("5"), answer("6", "walked_away"), answer(None, question="other")]
    drawing = sampler(form)
    drawing.recall("form", stored, at_s=None)
    answers = Counter(a.item for a in stored if a.item and a.ended == "answered")
    for at_s in range(47):
        plan = drawing.plan(form, at_s=at_s)
        answers.update(plan.items["service"])
        given = [answer(item) for item in plan.items["service"]]
        drawing.settle(form, plan=plan, answers=given, at_s=at_s)

    assert set(by_dimension(answers).values()) == {12}


def test_stored_answers_are_counted_by_item() -> None:
    stored = [answer("5"), answer("5", "skipped"), answer("22"), answer(None)]

    assert counts_of(stored) == {"5": Count(shown=2, answered=1), "22": Count(1, 1)}


def test_what_is_restored_of_items_that_are_not_asked_any_more_is_left() -> None:
    form = service(dimensions=["empathy"])
    drawing = sampler(form)
    drawing.recall("form", [answer("1"), answer("99")], at_s=0.0)
    drawing.recall("gone", [answer("18")], at_s=0.0)

    assert drawing.plan(form, at_s=0.0).items["service"][0] in ITEMS["empathy"]


def test_sessions_and_answers_of_the_last_hour_fill_the_quotas_again() -> None:
    form = questionnaire(ask("nps", "nps", sampling={"per_hour": 2}), per_hour=3)
    told = answer(None, question="nps"), answer(None, "skipped", question="nps")
    drawing = sampler(form)
    for at_s in (-3000.0, -1000.0):
        drawing.recall("form", told[:1], at_s=at_s)
    assert drawing.has_room([form], at_s=0.0)
    assert drawing.plan(form, at_s=0.0).left_out == {"nps"}
    assert not drawing.has_room([form], at_s=1.0)
    assert drawing.has_room([form], at_s=600.0), "the first is an hour ago"


def test_a_share_of_the_sessions_gets_a_question() -> None:
    rare = ask("fcr", "rare", sampling={"share": 0.25})
    form = questionnaire(ask("nps", "nps"), rare)
    drawing = sampler(form)
    plans = [drawing.plan(form, at_s=at_s) for at_s in range(SESSIONS)]
    left_out = Counter(name for plan in plans for name in plan.left_out)

    assert left_out["nps"] == 0
    assert left_out["rare"] / SESSIONS == pytest.approx(0.75, abs=0.02)


def test_a_question_has_no_more_than_its_answers_an_hour() -> None:
    scarce = ask("fcr", "scarce", sampling={"per_hour": 2})
    form = questionnaire(scarce)
    drawing = sampler(form)

    def ask_at(at_s: float, ended: Any = "answered") -> bool:
        plan = drawing.plan(form, at_s=at_s)
        asked = "scarce" not in plan.left_out
        given = [answer(None, ended, question="scarce")] if asked else []
        drawing.settle(form, plan=plan, answers=given, at_s=at_s)
        return asked

    assert [ask_at(0.0), ask_at(10.0, "skipped"), ask_at(20.0)] == [True, True, True]
    assert [ask_at(30.0), ask_at(3599.0)] == [False, False]
    assert [ask_at(3600.0), ask_at(3601.0)] == [True, False]


def test_a_question_left_out_draws_no_items() -> None:
    form = questionnaire(ask("servperf", "service", sampling={"per_hour": 1}))
    drawing = sampler(form)
    plan = drawing.plan(form, at_s=0.0)
    drawing.settle(form, plan=plan, answers=[answer(plan.items["service"][0])], at_s=1.0)

    assert drawing.plan(form, at_s=2.0) == Plan(left_out=frozenset({"service"}))


def test_a_questionnaire_has_no_more_than_its_sessions_an_hour() -> None:
    scarce = questionnaire(ask("fcr", "q"), id="scarce", per_hour=3)
    drawing = sampler(scarce)
    begun = []
    for minute in range(0, 180, 5):
        if drawing.choose([scarce], at_s=minute * 60.0) is not None:
            drawing.plan(scarce, at_s=minute * 60.0)
            begun.append(minute)

    assert begun == [0, 5, 10, 60, 65, 70, 120, 125, 130]


def test_questionnaires_in_force_share_by_their_weights() -> None:
    forms = {
        name: questionnaire(ask("fcr", "q"), id=name, weight=weight)
        for name, weight in (("often", 3.0), ("seldom", 0.5), ("usual", 1.0))
    }
    drawing = sampler(*forms.values())
    chosen = [drawing.choose(forms.values(), at_s=0.0) for _ in range(SESSIONS)]
    shares = Counter(form.id for form in chosen if form)

    for name, form in forms.items():
        assert abs(shares[name] - SESSIONS * form.weight / 4.5) <= 1


def test_when_a_quota_is_used_up_the_others_have_the_turns() -> None:
    scarce = questionnaire(ask("fcr", "q"), id="scarce", per_hour=1, weight=100)
    usual = questionnaire(ask("fcr", "q"), id="usual")
    drawing = sampler(scarce, usual)
    drawing.plan(scarce, at_s=0.0)

    assert drawing.choose([scarce, usual], at_s=1.0) is usual
    assert drawing.choose([scarce], at_s=1.0) is None
    assert drawing.choose([], at_s=1.0) is None


def test_the_same_seed_draws_the_same() -> None:
    form = questionnaire(ask("servperf", "service"), ask("fcr", "q", sampling={"share": 0.5}))
    one, other = sampler(form, seed=3), sampler(form, seed=3)

    assert [one.plan(form, at_s=0.0) for _ in range(50)] == [
        other.plan(form, at_s=0.0) for _ in range(50)
    ]


@given(
    noted_s=st.lists(st.integers(0, 20_000), max_size=60).map(sorted),
    per_hour=st.integers(1, 6),
)
def test_no_sliding_hour_holds_more_than_the_quota(noted_s: list[int], per_hour: int) -> None:
    quota = Quota(per_hour)
    taken = []
    for at_s in noted_s:
        if quota.has_room(at_s):
            quota.note(at_s)
            taken.append(at_s)
        else:
            assert sum(at_s - 3600 < other for other in taken) == per_hour

    for at_s in taken:
        assert sum(at_s <= other < at_s + 3600 for other in taken) <= per_hour


def test_without_a_quota_there_is_always_room() -> None:
    quota = Quota(None)
    for at_s in range(10_000):
        assert quota.has_room(at_s)
        quota.note(at_s)


@settings(max_examples=50)
@given(
    weights=st.dictionaries(st.sampled_from("abcd"), st.floats(0.1, 100), min_size=1),
    seed=st.integers(),
)
def test_no_turn_is_far_from_its_share_at_any_moment(weights: dict[str, float], seed: int) -> None:
    rotation = Rotation(rng=random.Random(seed))
    turns: Counter[str] = Counter()
    for turn in range(1, 301):
        turns[rotation.turn(weights)] += 1
        for name, weight in weights.items():
            due = turn * weight / sum(weights.values())
            assert abs(turns[name] - due) < len(weights)


def test_who_was_away_from_the_rotation_does_not_catch_up() -> None:
    rotation = Rotation(rng=random.Random(1))
    for _ in range(100):
        rotation.turn({"a": 1.0, "b": 1.0})
    later = Counter(rotation.turn({"a": 1.0, "b": 1.0, "new": 1.0}) for _ in range(30))

    assert spread(later.values()) <= 1


@given(skips=st.lists(st.booleans(), max_size=200), seed=st.integers())
def test_a_balance_never_lets_one_name_run_away(skips: list[bool], seed: int) -> None:
    balance: Balance[str] = Balance("abc", rng=random.Random(seed))
    for skipped in skips:
        balance.settle(balance.draw("abc"), shown=True, answered=not skipped)
        counts = [balance.count(name) for name in "abc"]
        fewest = min(count.shown for count in counts)

        assert all(count.shown <= 2 * fewest + 11 for count in counts)
        assert all(count.answered <= count.shown for count in counts)
