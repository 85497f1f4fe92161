"""Taps by hand and contacts of a source, paired one to one."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.served.matching import Outcome, Stay, Tap, compare, matched

SLACK_MS = 5

times = st.integers(0, 25)
taps_of_few = st.lists(st.builds(Tap, times, st.booleans()), max_size=5)
stays_of_few = st.lists(
    st.builds(lambda a, length, whole: Stay(a, a + length, whole), times, times, st.booleans()),
    max_size=5,
)


def fits(tap: Tap, stay: Stay) -> bool:
    return stay.arrived_ms - SLACK_MS <= tap.at_ms <= stay.left_ms + SLACK_MS


def all_pairings(taps: list[Tap], stays: list[Stay]) -> list[list[tuple[Tap, Stay]]]:
    """Every way to give each tap one contact or none, of contacts that fit."""
    places = [*range(len(stays)), *([None] * len(taps))]
    ways = {way[: len(taps)] for way in permutations(places, len(taps))}
    return [
        [(tap, stays[at]) for tap, at in zip(taps, way, strict=True) if at is not None]
        for way in ways
        if all(at is None or fits(tap, stays[at]) for tap, at in zip(taps, way, strict=True))
    ]


@settings(max_examples=300)
@given(taps_of_few, stays_of_few)
def test_no_way_of_pairing_has_more_pairs(taps: list[Tap], stays: list[Stay]) -> None:
    best = max(len(pairs) for pairs in all_pairings(taps, stays))

    assert matched(taps, stays, slack_ms=SLACK_MS) == best


@settings(max_examples=300)
@given(taps_of_few, stays_of_few)
def test_one_pairing_explains_every_number_of_the_outcome(
    taps: list[Tap], stays: list[Stay]
) -> None:
    outcome = compare(taps, stays, slack_ms=SLACK_MS)

    assert outcome in {outcome_of(pairs, taps, stays) for pairs in all_pairings(taps, stays)}


def outcome_of(pairs: list[tuple[Tap, Stay]], taps: list[Tap], stays: list[Stay]) -> Outcome:
    """What one pairing would come to, counted by hand."""
    found = sum(stay.whole for _, stay in pairs)
    missed = sum(tap.whole for tap in taps) - sum(tap.whole for tap, _ in pairs)
    invented = sum(stay.whole for stay in stays) - found
    return Outcome(found, missed, invented, len(taps) + len(stays) - 2 * found - missed - invented)


@given(taps_of_few, stays_of_few)
def test_whatever_is_whole_on_one_side_alone_is_held_against_somebody(
    taps: list[Tap], stays: list[Stay]
) -> None:
    alone = compare(taps, [], slack_ms=SLACK_MS)
    unseen = compare([], stays, slack_ms=SLACK_MS)

    assert alone == Outcome(0, sum(tap.whole for tap in taps), 0, sum(not t.whole for t in taps))
    assert unseen.invented == sum(stay.whole for stay in stays)


@given(taps_of_few, stays_of_few, st.integers(0, 1000))
def test_it_is_all_the_same_when_it_happens(
    taps: list[Tap], stays: list[Stay], later_ms: int
) -> None:
    moved_taps = [tap._replace(at_ms=tap.at_ms + later_ms) for tap in taps]
    moved = [Stay(a + later_ms, b + later_ms, whole) for a, b, whole in stays]

    assert compare(moved_taps, moved, slack_ms=SLACK_MS) == compare(taps, stays, slack_ms=SLACK_MS)


def taps(*at_ms: int) -> list[Tap]:
    return [Tap(at) for at in at_ms]


def test_a_tap_while_somebody_is_there_finds_that_contact() -> None:
    assert compare(taps(20_000), [Stay(10_000, 30_000)]) == Outcome(1, 0, 0, 0)


def test_a_tap_up_to_five_seconds_late_or_early_still_does() -> None:
    stays = [Stay(10_000, 30_000)]

    assert [compare(taps(at), stays).found for at in (4_999, 5_000, 35_000, 35_001)] == [0, 1, 1, 0]


def test_two_taps_in_one_contact_are_one_customer_who_was_missed() -> None:
    assert compare(taps(12_000, 13_000), [Stay(10_000, 30_000)]) == Outcome(1, 1, 0, 0)


def test_a_contact_that_nobody_tapped_was_no_customer() -> None:
    assert compare([], [Stay(10_000, 30_000)]) == Outcome(0, 0, 1, 0)


def test_who_could_be_either_is_whoever_leaves_the_most_pairs() -> None:
    stays = [Stay(0, 60_000), Stay(10_000, 12_000)]

    assert compare(taps(11_000, 40_000), stays) == Outcome(2, 0, 0, 0)


def test_a_contact_at_the_edge_excuses_its_tap() -> None:
    assert compare(taps(11_000), [Stay(10_000, 12_000, whole=False)]) == Outcome(0, 0, 0, 2)


def test_a_contact_at_the_edge_takes_no_tap_from_one_that_is_whole() -> None:
    stays = [Stay(0, 11_500, whole=False), Stay(10_000, 30_000)]

    assert compare(taps(11_000), stays) == Outcome(1, 0, 0, 1)


def test_a_tap_at_the_edge_is_held_against_nobody_but_still_finds() -> None:
    late = [Tap(29_000, whole=False)]

    assert compare(late, []) == Outcome(0, 0, 0, 1)
    assert compare(late, [Stay(10_000, 29_500)]) == Outcome(1, 0, 0, 0)


def test_fifty_customers_in_a_crowd_are_told_apart_by_number() -> None:
    crowd = [Stay(1_000 * n, 1_000 * n + 500) for n in range(50)]
    taps_of_all = [Tap(1_000 * n + 4_000) for n in range(50)]

    assert compare(taps_of_all, crowd) == Outcome(50, 0, 0, 0)
