"""What holds for every index, whatever the figures."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.events.scale import CLASSES
from agent.indices import (
    Classes,
    FiguresError,
    Index,
    Ledger,
    SmileSums,
    apart,
    ces,
    class_shares,
    classify,
    dissatisfied_of_served,
    drivers,
    durations,
    happy,
    may_compare,
    may_name_employee,
    nps,
    smile_index,
    tally,
    womi,
)
from agent.indices.duration import WAIT
from agent.indices.interval import Sample, combine, sample, wilson
from agent.indices.loyalty import nps_of
from agent.indices.quantiles import Z_95, incomplete_beta, t_95
from agent.indices.satisfaction import share

COUNTS = st.integers(0, 500)


def check(index: Index, least: float, most: float) -> None:
    """The interval holds the value and stays on its scale."""
    if index.suppressed:
        assert (index.value, index.low, index.high) == (None, None, None)
        return
    assert index.value is not None
    assert index.low is not None
    assert index.high is not None
    assert least <= index.low <= index.value <= index.high <= most
    assert index.n >= index.recipe.minimum


@settings(deadline=None)
@given(successes=COUNTS, others=COUNTS)
def test_wilson_holds_its_share(successes: int, others: int) -> None:
    assume(successes + others > 0)
    found = wilson(successes, successes + others)

    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high


@settings(deadline=None)
@given(successes=st.integers(0, 499), n=st.integers(1, 500))
def test_one_more_success_moves_the_whole_interval_up(successes: int, n: int) -> None:
    assume(successes < n)
    one, more = wilson(successes, n), wilson(successes + 1, n)

    assert one.low <= more.low
    assert one.high <= more.high


@settings(deadline=None)
@given(successes=st.integers(1, 50), others=st.integers(1, 50), times=st.integers(2, 20))
def test_more_answers_of_the_same_share_narrow_the_interval(
    successes: int, others: int, times: int
) -> None:
    few = wilson(successes, successes + others)
    many = wilson(successes * times, (successes + others) * times)

    assert many.high - many.low < few.high - few.low


@settings(deadline=None)
@given(st.lists(st.integers(0, 10), max_size=60))
def test_nps_stays_on_its_scale(answers: list[int]) -> None:
    check(nps(answers), -100, 100)


@settings(deadline=None)
@given(promoters=COUNTS, passives=COUNTS, detractors=COUNTS)
def test_nps_turns_with_its_answers(promoters: int, passives: int, detractors: int) -> None:
    n = promoters + passives + detractors
    one, other = nps_of(promoters, detractors, n=n), nps_of(detractors, promoters, n=n)
    assume(not one.suppressed)

    assert one.value == pytest.approx(-(other.value or 0))
    assert one.low == pytest.approx(-(other.high or 0))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), max_size=60))
def test_womi_stays_on_its_scale(pairs: list[tuple[int, int]]) -> None:
    check(womi(pairs), -100, 100)


@settings(deadline=None)
@given(st.lists(COUNTS, min_size=4, max_size=5))
def test_the_happy_index_stays_on_its_scale(counts: list[int]) -> None:
    check(happy(counts), 0, 100)


@settings(deadline=None)
@given(st.lists(st.integers(1, 7), max_size=60))
def test_effort_stays_on_its_scale(answers: list[int]) -> None:
    check(ces(answers, variant=2), 1, 7)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0, 1)), max_size=40))
def test_the_smile_index_stays_a_share(contacts: list[tuple[float, float]]) -> None:
    pairs = [(f * part, f) for f, part in contacts]
    sums = SmileSums(
        n=len(pairs),
        s=min(sum(s for s, _ in pairs), sum(f for _, f in pairs)),
        f=sum(f for _, f in pairs),
        ss=sum(s * s for s, _ in pairs),
        ff=sum(f * f for _, f in pairs),
        sf=sum(s * f for s, f in pairs),
    )

    check(smile_index(sums), 0, 1)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), max_size=40))
def test_durations_stay_above_0_and_in_order(seconds: list[float]) -> None:
    found = durations(seconds, recipe=WAIT)

    check(found.mean, 0, math.inf)
    if found.median_s is not None and found.p90_s is not None:
        assert min(seconds) <= found.median_s <= found.p90_s <= max(seconds)


@settings(deadline=None)
@given(answered=st.tuples(COUNTS, COUNTS), silent=st.tuples(COUNTS, COUNTS), part=st.floats(0, 1))
def test_bounds_enclose_what_respondents_say(
    answered: tuple[int, int], silent: tuple[int, int], part: float
) -> None:
    ledger = Ledger(answered[0], silent[0], answered[1], silent[1])
    assume(ledger.answered >= 10)
    dissatisfied = int(part * ledger.answered)
    bounds = dissatisfied_of_served(dissatisfied, ledger=ledger)

    said = dissatisfied / ledger.answered
    assert bounds.least.value is not None
    assert bounds.most.value is not None
    assert bounds.low is not None
    assert bounds.high is not None
    assert bounds.low <= bounds.least.value <= said <= bounds.most.value <= bounds.high


@settings(deadline=None)
@given(st.lists(st.sampled_from((-1, 0, 1)), max_size=50))
def test_the_shares_of_the_classes_make_a_whole(sentiments: list[int]) -> None:
    classes = tally(s for s in (-1, 0, 1) for _ in range(sentiments.count(s)))
    shares = class_shares(classes)

    assert classes.n == len(sentiments)
    assert {one.suppressed for one in shares} == {classes.n < 10}
    if classes.n >= 10:
        assert sum(one.value or 0 for one in shares) == pytest.approx(1)


@pytest.mark.parametrize("scale", sorted(CLASSES))
def test_classes_rise_with_the_answer_on_every_scale(scale: int) -> None:
    found = [classify(value, scale=scale) for value in range(1, scale + 1)]

    assert found == sorted(found)
    assert found == list(CLASSES[scale])


def test_a_questionnaire_may_bring_its_own_classes() -> None:
    assert classify(7, {7: 0, 8: 1}, scale=10) == 0


@pytest.mark.parametrize(("value", "scale"), [(0, 5), (6, 5), (1, 11)])
def test_an_answer_without_a_class_is_refused(value: int, scale: int) -> None:
    with pytest.raises(FiguresError, match="no answer of a scale"):
        classify(value, scale=scale)


def test_each_driver_has_its_own_share_of_positive_answers() -> None:
    answers = [("goal", 1)] * 15 + [("goal", 0)] * 5 + [("effort", -1)] * 10
    found = drivers(answers)  # type: ignore[arg-type]

    assert found["goal"].value == 0.75
    assert found["effort"].value == 0.0
    assert found["emotion"].suppressed


def test_figures_stand_side_by_side_from_30_and_name_an_employee_from_50() -> None:
    assert not may_compare(share(WAIT, 10, 29), share(WAIT, 10, 30))
    assert may_compare(share(WAIT, 10, 30), share(WAIT, 10, 30))
    assert not may_name_employee(share(WAIT, 10, 49))
    assert may_name_employee(share(WAIT, 10, 50))


def test_only_figures_whose_intervals_do_not_meet_are_apart() -> None:
    low, middle, high = share(WAIT, 5, 50), share(WAIT, 10, 50), share(WAIT, 45, 50)

    assert apart(low, high)
    assert apart(high, low)
    assert not apart(low, middle)
    assert not apart(share(WAIT, 0, 5), high)


@pytest.mark.parametrize(
    ("df", "quantile"),
    [
        (1, 12.706204736),
        (2, 4.302652730),
        (3, 3.182446305),
        (5, 2.570581836),
        (10, 2.228138852),
        (30, 2.042272456),
        (100, 1.983971519),
        (1_000, 1.962339081),
    ],
)
def test_t_has_the_quantiles_of_the_tables(df: int, quantile: float) -> None:
    assert t_95(df) == pytest.approx(quantile, abs=1e-8)


def test_t_becomes_normal() -> None:
    assert t_95(1e7) == pytest.approx(1.959964, abs=1e-5)
    assert pytest.approx(t_95(1e7), abs=1e-4) == Z_95


@settings(deadline=None)
@given(st.lists(st.floats(0.3, 500), min_size=2, max_size=4, unique=True))
def test_t_falls_with_its_degrees_of_freedom(dfs: list[float]) -> None:
    found = [t_95(df) for df in sorted(dfs)]

    assert all(one >= next_one - 1e-9 for one, next_one in pairwise(found))


@settings(deadline=None)
@given(a=st.floats(0.1, 50), b=st.floats(0.1, 50), x=st.floats(0.001, 0.999))
def test_the_incomplete_beta_function_mirrors_itself(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x) == pytest.approx(1 - incomplete_beta(b, a, 1 - x), abs=1e-9)


@pytest.mark.parametrize("x", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_the_incomplete_beta_function_of_1_and_2_is_a_polynomial(x: float) -> None:
    assert incomplete_beta(1, 2, x) == pytest.approx(1 - (1 - x) ** 2)
    assert incomplete_beta(2, 1, x) == pytest.approx(x * x)


def test_one_value_has_no_spread() -> None:
    assert sample([1.0]) is None


def test_two_samples_of_unequal_spread_join_as_welch_has_it() -> None:
    one, other = Sample(10.0, 1.0, 9), Sample(8.0, 2.0, 4)
    joined = combine([(1.0, one), (-1.0, other)])

    assert joined.mean == 2.0
    assert joined.se == pytest.approx(math.sqrt(5))
    assert joined.df == pytest.approx(25 / (1 / 9 + 16 / 4))


@settings(deadline=None)
@given(se=st.floats(1e-160, 1e3), df=st.integers(1, 100))
def test_a_sample_alone_keeps_its_degrees_of_freedom(se: float, df: int) -> None:
    assert combine([(1.0, Sample(0.0, se, df))]).df == pytest.approx(df)


def test_counts_of_classes_have_names() -> None:
    assert tally([1, 1, -1]) == Classes(dissatisfied=1, neutral=0, satisfied=2)
