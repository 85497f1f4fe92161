"""True time, fastened to the monotonic clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.clock.anchor import (
    DRIFT_PPM,
    SERVICE_MARGIN_MS,
    Anchor,
    Floor,
    Reading,
    anchor_of,
    drift_ms,
    tighter,
)

DAY_MS = 86_400_000
NOON_MS = 1_795_000_000_000
_instants = st.integers(0, 400 * DAY_MS)


def test_a_crystal_may_go_wrong_by_nine_seconds_a_day_either_way() -> None:
    assert drift_ms(DAY_MS) == drift_ms(-DAY_MS) == 8640


def test_a_drift_is_rounded_up() -> None:
    assert drift_ms(1) == 1
    assert drift_ms(0) == 0


def test_a_reading_of_an_unkept_clock_says_nothing_of_true_time() -> None:
    assert anchor_of(Reading(1000, NOON_MS, None)) is None


def test_a_reading_of_a_kept_clock_is_an_anchor_with_a_margin() -> None:
    assert anchor_of(Reading(1000, NOON_MS, 7)) == Anchor(
        1000, NOON_MS - 1000, 7 + SERVICE_MARGIN_MS
    )


def test_an_anchor_dates_every_instant_with_an_interval_that_widens() -> None:
    anchor = Anchor(DAY_MS, NOON_MS, 100)

    assert anchor.best(2 * DAY_MS) == NOON_MS + 2 * DAY_MS
    assert anchor.latest(2 * DAY_MS) - anchor.best(2 * DAY_MS) == 100 + 8640
    assert anchor.best(0) - anchor.earliest(0) == 100 + 8640
    assert anchor.earliest(DAY_MS) == anchor.best(DAY_MS) - 100


def test_a_floor_rises_as_time_goes_by_a_little_slower_than_time() -> None:
    floor = Floor(1000, NOON_MS)

    assert floor.at(1000) == NOON_MS
    assert floor.at(1000 + DAY_MS) == NOON_MS + DAY_MS - 8640


def test_a_tighter_reading_replaces_what_was_known() -> None:
    known, new = Anchor(0, NOON_MS, 300), Anchor(5000, NOON_MS + 2, 250)

    assert tighter(known, new) is new
    assert tighter(None, new) is new


def test_a_vague_reading_does_not_replace_what_is_known_better() -> None:
    known, new = Anchor(0, NOON_MS, 250), Anchor(5000, NOON_MS + 2, 9000)

    assert tighter(known, new) is known


def test_a_reading_that_contradicts_what_was_known_wins() -> None:
    known, new = Anchor(0, NOON_MS, 250), Anchor(5000, NOON_MS + DAY_MS, 9000)

    assert tighter(known, new) is new


@given(
    true_ms=st.integers(-(10**6), 10**6),
    times=st.tuples(_instants, _instants),
    drift_ppm=st.integers(-DRIFT_PPM, DRIFT_PPM),
    off=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    uncertain=st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)),
)
def test_of_two_true_anchors_a_true_one_is_chosen(
    true_ms: int,
    times: tuple[int, int],
    drift_ppm: int,
    off: tuple[float, float],
    uncertain: tuple[int, int],
) -> None:
    first_ms, passed_ms = times
    then_ms = first_ms + passed_ms
    moved_ms = passed_ms * drift_ppm / 1e6
    known = Anchor(first_ms, round(true_ms + off[0] * uncertain[0]), uncertain[0] + 1)
    new = Anchor(then_ms, round(true_ms + moved_ms + off[1] * uncertain[1]), uncertain[1] + 1)
    best = tighter(known, new)

    assert best.earliest(then_ms) <= then_ms + true_ms + moved_ms <= best.latest(then_ms)
    assert best.uncertainty_at(then_ms) <= new.uncertainty_ms
