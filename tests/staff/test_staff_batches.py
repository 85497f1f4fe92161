"""What staff may see: late, in batches, nobody ranked by chance."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events.scale import Sentiment
from agent.indices.display import apart
from agent.staff.batches import AGE_MS, Batch, Counted, closed_batches, satisfied_share, tiers
from agent.staff.batches import sellers_shares as shares_of

ANSWERS = st.lists(
    st.builds(
        Counted,
        at_ms=st.integers(0, 10 * AGE_MS),
        sentiment=st.sampled_from([-1, 0, 1]),
        seller=st.sampled_from([None, "heron", "wren"]),
    ),
    max_size=80,
    unique_by=lambda a: a.at_ms,
)


def answers(
    happy: int, unhappy: int, *, seller: str | None = None, at_ms: int = 0
) -> list[Counted]:
    classes: list[Sentiment] = [1] * happy
    classes += [-1] * unhappy
    return [Counted(at_ms + i, s, seller) for i, s in enumerate(classes)]


def test_ten_answers_an_hour_old_may_be_shown() -> None:
    batches = closed_batches(answers(7, 3), now_ms=9 + AGE_MS)

    assert batches == [Batch(first_ms=0, last_ms=9, dissatisfied=3, neutral=0, satisfied=7)]
    assert batches[0].n == 10


def test_nothing_is_shown_of_fewer_than_ten() -> None:
    assert closed_batches(answers(6, 3), now_ms=100 * AGE_MS) == []


def test_nothing_is_shown_while_the_youngest_of_ten_is_less_than_an_hour_old() -> None:
    assert closed_batches(answers(7, 3), now_ms=8 + AGE_MS) == []


def test_what_is_left_over_waits_for_its_batch() -> None:
    (batch,) = closed_batches(answers(19, 0), now_ms=100 * AGE_MS)

    assert batch.n == 10


def test_batches_follow_the_time_of_the_answers_not_the_order_they_came_in() -> None:
    given_ = answers(20, 0)

    assert closed_batches(given_[::-1], now_ms=2 * AGE_MS) == closed_batches(
        given_, now_ms=2 * AGE_MS
    )


@settings(deadline=None)
@given(ANSWERS, st.integers(0, 12 * AGE_MS), st.integers(0, 12 * AGE_MS))
def test_two_views_never_differ_by_less_than_a_batch(
    given_: list[Counted], one_ms: int, other_ms: int
) -> None:
    earlier, later = sorted((one_ms, other_ms))
    then = closed_batches([a for a in given_ if a.at_ms <= earlier], now_ms=earlier)
    now = closed_batches([a for a in given_ if a.at_ms <= later], now_ms=later)

    assert now[: len(then)] == then
    assert all(b.n == 10 and later - b.last_ms >= AGE_MS for b in now)


def test_of_a_seller_nothing_is_shown_below_fifty_answers() -> None:
    given_ = answers(40, 10, seller="heron") + answers(40, 9, seller="wren") + answers(50, 0)

    assert list(shares_of(given_, now_ms=2 * AGE_MS)) == ["heron"]


def test_answers_that_are_not_in_a_closed_batch_do_not_make_up_the_fifty() -> None:
    late = answers(10, 0, seller="heron", at_ms=AGE_MS)

    assert shares_of(answers(40, 0, seller="heron") + late, now_ms=AGE_MS + 100) == {}


def test_a_share_has_its_interval() -> None:
    share = satisfied_share([Batch(0, 9, dissatisfied=30, neutral=30, satisfied=40)])

    assert share.value == pytest.approx(0.4)
    assert share.low == pytest.approx(0.3094, abs=1e-4)
    assert share.high == pytest.approx(0.4980, abs=1e-4)


def test_the_share_of_nothing_is_suppressed() -> None:
    assert satisfied_share([]).suppressed


def test_sellers_whose_intervals_overlap_are_not_ranked() -> None:
    given_ = answers(40, 10, seller="heron") + answers(35, 15, seller="wren")

    assert tiers(shares_of(given_, now_ms=2 * AGE_MS)) == [("heron", "wren")]


def test_sellers_whose_intervals_leave_a_gap_are_told_apart() -> None:
    given_ = answers(10, 40, seller="heron") + answers(48, 2, seller="wren")

    assert tiers(shares_of(given_, now_ms=2 * AGE_MS)) == [("wren",), ("heron",)]


@settings(deadline=None)
@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 60), max_size=8))
def test_whoever_is_ranked_is_apart_from_everybody_else_above_and_below(
    happy: dict[str, int],
) -> None:
    shares = {
        name: satisfied_share([Batch(0, 1, dissatisfied=60 - n, neutral=0, satisfied=n)])
        for name, n in happy.items()
    }
    groups = tiers(shares)

    assert sorted(name for group in groups for name in group) == sorted(shares)
    for above, below in itertools.pairwise(groups):
        assert all(apart(shares[a], shares[b]) for a in above for b in below)
        assert min(shares[a].value or 0 for a in above) > max(shares[b].value or 0 for b in below)
