"""Worked examples: each index gives the figures of its source."""

from __future__ import annotations

import math

import pytest

from agent.indices import (
    Camps,
    FiguresError,
    Index,
    Ledger,
    Recipe,
    SmileSums,
    camp_shares,
    camps,
    ces,
    ces_easy,
    csat,
    csi,
    dissatisfied_of_served,
    durations,
    fcr,
    happy,
    nps,
    response_rate,
    silent_share,
    smile_index,
    smiled_share,
    womi,
)
from agent.indices.duration import REACTION, quantile
from agent.indices.index import publish
from agent.indices.interval import Estimate, wilson
from agent.indices.loyalty import nps_of
from agent.indices.smile import ClassTime, add_up, expression_shares


def figures(index: Index, digits: int) -> tuple[float, float, float]:
    """Value and interval, rounded; fails on a suppressed index."""
    assert index.value is not None
    assert index.low is not None
    assert index.high is not None
    return round(index.value, digits), round(index.low, digits), round(index.high, digits)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(40, 100, 0.3094, 0.4980), (0, 10, 0.0, 0.2775), (9, 12, 0.4677, 0.9111)],
)
def test_wilson_gives_the_published_limits(successes: int, n: int, low: float, high: float) -> None:
    found = wilson(successes, n)

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("n", "promoters", "detractors", "low", "high"),
    [(100, 50, 20, 14.1, 44.2), (1000, 500, 200, 25.1, 34.7)],
)
def test_nps_of_30_with_its_adjusted_wald_interval(
    n: int, promoters: int, detractors: int, low: float, high: float
) -> None:
    assert figures(nps_of(promoters, detractors, n=n), 1) == (30.0, low, high)


def test_nps_counts_9_and_10_as_promoters_and_0_to_6_as_detractors() -> None:
    each_once = nps(list(range(11)))

    assert figures(each_once, 1)[0] == round(100 * (2 - 7) / 11, 1)


def test_the_nps_of_answers_is_that_of_their_counts() -> None:
    assert nps([10] * 5 + [7] * 3 + [6] * 4) == nps_of(5, 4, n=12)


def test_csat_is_the_share_of_4_and_5() -> None:
    assert figures(csat([5] * 20 + [4] * 20 + [3] * 30 + [1] * 30), 4) == (0.4, 0.3094, 0.4980)


def test_csi_weighs_satisfaction_by_importance() -> None:
    # (3 * 4 + 1 * 2) / (5 * 4) = 70 % and (3 * 5 + 1 * 5) / 20 = 100 %
    index = csi([[4, 2], [5, 5]] * 5, importance=[3, 1], best=5)

    assert figures(index, 2) == (85.0, 73.69, 96.31)  # 85 +- 2.262157 * 15.811388 / sqrt(10)


def test_csi_wants_one_answer_for_every_attribute() -> None:
    with pytest.raises(FiguresError, match="every attribute has one answer"):
        csi([[4]], importance=[3, 1], best=5)


@pytest.mark.parametrize("importance", [[], [0, 0], [-1, 2]])
def test_csi_wants_weights_that_weigh(importance: list[float]) -> None:
    with pytest.raises(FiguresError, match="weights"):
        csi([], importance=importance, best=5)


def test_effort_of_2010_is_a_mean_of_1_to_5() -> None:
    index = ces([1, 2, 3, 4, 5] * 2, variant=1)

    assert figures(index, 3) == (3.0, 1.934, 4.066)  # 3 +- 2.262157 * 1.490712 / sqrt(10)
    assert "low is good" in index.name


def test_effort_of_2013_is_a_mean_of_1_to_7_and_a_share_of_5_to_7() -> None:
    answers = [7, 6, 5, 4, 3, 7, 6, 5, 4, 3]

    assert figures(ces(answers, variant=2), 2)[0] == 5.0
    assert figures(ces_easy(answers), 2)[0] == 0.6


def test_effort_of_2010_knows_no_6() -> None:
    with pytest.raises(FiguresError, match="an answer to CES 1 is 1 to 5"):
        ces([6], variant=1)


def test_womi_is_the_mean_of_recommending_less_discouraging() -> None:
    both, neither, likely, unlikely = (9, 9), (5, 5), (10, 1), (1, 10)
    index = womi([both] * 2 + [neither] * 2 + [likely] * 4 + [unlikely] * 2)
    sd = math.sqrt((6 - 10 * 0.2**2) / 9)

    expected = (20.0, 20 - 196 * sd / math.sqrt(10), 20 + 196 * sd / math.sqrt(10))
    assert figures(index, 6) == tuple(round(x, 6) for x in expected)


@pytest.mark.parametrize(
    ("counts", "value"), [([126, 60, 16, 17], 78.23), ([51, 23, 12, 2, 4], 81.25)]
)
def test_the_happy_index_of_four_and_of_five_points(counts: list[int], value: float) -> None:
    assert figures(happy(counts), 2)[0] == value


@pytest.mark.parametrize("counts", [[5, 5], [5, 5, 5], [1, 2, 3, -1]])
def test_the_happy_index_is_defined_for_four_and_five_points(counts: list[int]) -> None:
    with pytest.raises(FiguresError, match="4 or 5 counts"):
        happy(counts)


def test_solved_at_the_first_contact_is_yes_of_yes_and_no() -> None:
    assert figures(fcr(9, 3), 4) == (0.75, 0.4677, 0.9111)


def test_response_rate_leaves_out_who_was_not_asked() -> None:
    ledger = Ledger(asked_answered=40, asked_silent=60, unasked_answered=5, unasked_silent=95)

    assert figures(response_rate(ledger), 4) == (0.4, 0.3094, 0.4980)
    assert response_rate(ledger).n == 100


def test_silent_are_the_asked_and_the_unasked_of_all_served() -> None:
    ledger = Ledger(asked_answered=40, asked_silent=60, unasked_answered=5, unasked_silent=95)

    assert figures(silent_share(ledger), 3)[0] == 0.775
    assert silent_share(ledger).n == ledger.served == 200


def test_dissatisfied_of_served_is_2_to_92_percent_where_respondents_say_20() -> None:
    ledger = Ledger(asked_answered=100, asked_silent=900)
    bounds = dissatisfied_of_served(20, ledger=ledger)

    assert figures(bounds.least, 2)[0] == 0.02
    assert figures(bounds.most, 2)[0] == 0.92
    assert (bounds.low, bounds.high) == (wilson(20, 1000).low, wilson(920, 1000).high)
    assert bounds.least.denominator == "of_served"


def test_more_dissatisfied_than_answers_cannot_be() -> None:
    with pytest.raises(FiguresError, match="1 contacts answered"):
        dissatisfied_of_served(2, ledger=Ledger(asked_answered=1, asked_silent=9))


def test_the_smile_index_is_a_ratio_over_contacts_with_its_published_error() -> None:
    contacts = [(2.0, 10.0), (0.0, 5.0), (4.0, 8.0), (1.0, 7.0)] * 3
    sums = SmileSums(
        n=len(contacts),
        s=sum(s for s, _ in contacts),
        f=sum(f for _, f in contacts),
        ss=sum(s * s for s, _ in contacts),
        ff=sum(f * f for _, f in contacts),
        sf=sum(s * f for s, f in contacts),
        smiled=9,
    )
    ratio = 21 / 90
    residual = sum((s - ratio * f) ** 2 for s, f in contacts)
    half = 1.96 * math.sqrt(residual / 11 / 12) / (90 / 12)

    expected = (ratio, ratio - half, ratio + half)
    assert figures(smile_index(sums), 9) == tuple(round(x, 9) for x in expected)
    assert figures(smiled_share(sums), 4) == (0.75, 0.4677, 0.9111)


def test_batches_of_contacts_add_up() -> None:
    batch = SmileSums(n=3, s=1.0, f=2.0, ss=1.0, ff=4.0, sf=2.0, smiled=1)

    assert add_up([batch, batch]) == SmileSums(6, 2.0, 4.0, 2.0, 8.0, 4.0, 2)
    assert add_up([]) == SmileSums()


def test_faces_that_were_never_seen_have_no_smile_index() -> None:
    assert smile_index(SmileSums(n=20)).suppressed


def test_durations_have_a_mean_with_interval_a_median_and_what_nine_of_ten_stay_below() -> None:
    found = durations([float(x) for x in range(1, 11)], recipe=REACTION)

    assert figures(found.mean, 3) == (5.5, 3.334, 7.666)  # 5.5 +- 2.262157 * 3.027650 / sqrt(10)
    assert found.median_s == 5.5
    assert found.p90_s == pytest.approx(9.1)


def test_a_quantile_lies_between_its_neighbours() -> None:
    assert quantile([10.0, 0.0], 0.25) == 2.5
    assert quantile([3.0], 0.9) == 3.0


@pytest.mark.parametrize("n", [0, 1, 9])
def test_below_ten_nothing_is_a_number(n: int) -> None:
    indices = [
        nps([9] * n),
        csat([5] * n),
        csi([[1.0]] * n, importance=[1], best=1),
        ces([1] * n, variant=1),
        womi([(1, 1)] * n),
        happy([n, 0, 0, 0]),
        fcr(n, 0),
        durations([1.0] * n, recipe=REACTION).mean,
    ]

    assert {(i.n, i.value, i.low, i.high, i.suppressed) for i in indices} == {
        (n, None, None, None, True)
    }


def test_a_recipe_may_want_more() -> None:
    strict = Recipe("nps", "NPS", unit="points", minimum=100, version=2)

    assert nps([9] * 99, recipe=strict).suppressed
    assert not nps([9] * 100, recipe=strict).suppressed
    assert publish(strict, Estimate(1, 0, 2), n=100).recipe.version == 2


@pytest.mark.parametrize("answers", [[-1], [11]])
def test_an_answer_off_the_scale_is_refused(answers: list[int]) -> None:
    with pytest.raises(FiguresError, match="an NPS answer is 0 to 10"):
        nps(answers)


def test_an_answer_off_the_scale_is_refused_elsewhere_too() -> None:
    with pytest.raises(FiguresError):
        csat([6])
    with pytest.raises(FiguresError):
        womi([(1, 0)])
    with pytest.raises(FiguresError):
        nps_of(6, 6, n=10)
    with pytest.raises(FiguresError):
        fcr(-1, 20)


def test_camps_of_nps_begin_at_seven_and_nine() -> None:
    found = camps([*range(11)])

    assert found == Camps(detractors=7, passives=2, promoters=2)
    assert [share.recipe.id for share in camp_shares(found)] == [
        "nps_detractors",
        "nps_passives",
        "nps_promoters",
    ]


def test_shares_of_camps_have_wilson_intervals() -> None:
    detractors, _, promoters = camp_shares(Camps(40, 10, 50))

    assert figures(detractors, 4) == (0.4, 0.3094, 0.498)
    assert promoters.n == 100


def test_shares_of_classes_are_a_ratio_over_batches_with_a_t_interval() -> None:
    batches = [
        ClassTime(10, 2.0, 8.0, 0.0),
        ClassTime(10, 4.0, 6.0, 0.0),
        ClassTime(10, 6.0, 4.0, 0.0),
    ]
    positive, neutral, negative = expression_shares(batches)

    # residuals -2, 0, 2: SE = sqrt(8 / 2 / 3) / 10 = .11547, t(2) = 4.3027
    assert figures(positive, 3) == (0.4, 0.0, 0.897)
    assert figures(neutral, 3) == (0.6, 0.103, 1.0)
    assert (negative.value, negative.low, negative.high) == (0.0, 0.0, 0.0)


def test_one_batch_of_classes_has_no_spread_and_is_no_figure() -> None:
    assert [index.value for index in expression_shares([ClassTime(10, 2.0, 8.0, 0.0)])] == [
        None
    ] * 3
    assert expression_shares([]) == ()
