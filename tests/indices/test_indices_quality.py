"""SERVPERF and SERVQUAL: dimensions, gaps, matrix sampling."""

from __future__ import annotations

import math
import random
from statistics import fmean, variance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.indices import DIMENSIONS, FiguresError, servperf, servqual, servqual_paired

ITEMS = range(1, 23)


def same(value: int, *, n: int = 10) -> dict[int, list[int]]:
    return {item: [value] * n for item in ITEMS}


def test_the_22_items_are_divided_among_five_dimensions() -> None:
    assert [item for items in DIMENSIONS.values() for item in items] == list(ITEMS)


def test_a_dimension_is_the_mean_of_its_items_means() -> None:
    # Item 1 was asked more often than the others: it weighs no more for that.
    answers = same(4) | {1: [7] * 40}
    found = servperf(answers).by_dimension

    assert found["tangibles"].value == pytest.approx((7 + 4 + 4 + 4) / 4)
    assert found["empathy"].value == 4
    assert found["tangibles"].n == 70


def test_a_negative_wording_is_reversed() -> None:
    found = servperf(same(6) | {10: [2] * 10}, reversed_items=frozenset({10}))

    assert found.by_dimension["responsiveness"].value == 6


def test_a_dimension_with_an_item_nobody_answered_stays_suppressed() -> None:
    answers = {item: given for item, given in same(5).items() if item != 14}
    found = servperf(answers)

    assert found.by_dimension["assurance"].suppressed
    assert found.by_dimension["empathy"].value == 5
    assert found.overall.suppressed


def test_the_error_of_a_dimension_pools_the_spread_within_its_items() -> None:
    answers = {item: [3, 5, 7] for item in ITEMS}
    found = servperf(answers).by_dimension["tangibles"]
    half = 2.306004 * math.sqrt(4 * 4 / 3) / 4  # t of 8 degrees of freedom, pooled variance 4

    assert found.value == 5
    assert found.high == pytest.approx(5 + half, abs=1e-5)


def test_a_gap_is_perception_less_expectation_with_welchs_error() -> None:
    seen = {item: [4, 5, 6, 5] for item in ITEMS}
    hoped = {item: [6, 7, 5, 6, 7] for item in ITEMS}
    gap = servqual(seen, hoped).by_dimension["assurance"]
    variances = [variance(given) / len(given) / 4 for given in (seen[1], hoped[1])]

    assert gap.value == pytest.approx(fmean(seen[1]) - fmean(hoped[1]))
    assert gap.n == 16
    assert gap.high is not None
    assert gap.value is not None
    assert 1.96 < (gap.high - gap.value) / math.sqrt(sum(variances)) < 2.1  # t of about 26


def test_the_whole_is_weighted_by_importance() -> None:
    seen = {item: [7 if item <= 4 else 3] * 10 for item in ITEMS}
    importance = dict.fromkeys(DIMENSIONS, 10.0) | {"tangibles": 60.0}

    assert servperf(seen, importance=importance).overall.value == pytest.approx(5.4)
    assert servqual(seen, same(3), importance=importance).overall.value == pytest.approx(2.4)


def test_weights_name_every_dimension() -> None:
    with pytest.raises(FiguresError, match="each dimension has a weight"):
        servperf(same(4), importance={"tangibles": 1.0})


def test_pairs_are_differences_within_one_person() -> None:
    # Everybody expects more than they see, on levels of their own: the gap is always -1.
    respondents = [dict.fromkeys(ITEMS, (level, level - 1)) for level in (7, 6, 5, 4, 3) * 2]
    found = servqual_paired(respondents)

    assert found.by_dimension["empathy"].value == -1
    assert (found.overall.value, found.overall.low, found.overall.high) == (-1, -1, -1)


def test_a_person_who_left_items_out_counts_where_a_dimension_is_whole() -> None:
    whole = [dict.fromkeys(ITEMS, (5, 6))] * 10
    partial = [dict.fromkeys(range(1, 10), (5, 1))] * 10
    found = servqual_paired([*whole, *partial])

    assert found.by_dimension["tangibles"].n == 20
    assert found.by_dimension["empathy"].n == 10
    assert found.by_dimension["empathy"].value == 1
    assert found.overall.n == 10


def test_a_reversed_pair_turns_its_gap() -> None:
    respondents = [dict.fromkeys(ITEMS, (2, 5))] * 10
    found = servqual_paired(respondents, reversed_items=frozenset(ITEMS))

    assert found.overall.value == pytest.approx(-3)


@pytest.mark.parametrize("answers", [{0: [4]}, {23: [4]}, {1: [0]}, {1: [8]}])
def test_unknown_items_and_answers_off_the_scale_are_refused(answers: dict[int, list[int]]) -> None:
    with pytest.raises(FiguresError):
        servperf(answers)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(ITEMS), st.lists(st.integers(1, 7), max_size=5)))
def test_every_interval_stays_on_the_scale(answers: dict[int, list[int]]) -> None:
    found = servperf(answers)
    for index in (*found.by_dimension.values(), found.overall):
        if index.value is not None and index.low is not None and index.high is not None:
            assert 1 <= index.low <= index.value <= index.high <= 7


def test_two_items_a_person_find_what_all_22_would_have_found() -> None:
    draw = random.Random(7)
    truth = {"tangibles": 6.0, "reliability": 5.0, "responsiveness": 4.0}
    answers: dict[int, list[int]] = {item: [] for item in ITEMS}
    for turn in range(2200):
        for item in (turn % 22 + 1, (turn + 11) % 22 + 1):
            name = next(d for d, items in DIMENSIONS.items() if item in items)
            answers[item].append(round(min(7.0, max(1.0, draw.gauss(truth.get(name, 3.5), 0.8)))))
    found = servperf(answers).by_dimension

    assert {len(given) for given in answers.values()} == {200}
    assert found["reliability"].value == pytest.approx(5.0, abs=0.1)
    assert found["responsiveness"].value == pytest.approx(4.0, abs=0.1)
