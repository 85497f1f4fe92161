"""Times, ticks, lanes and histograms."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.emoscope.axis import clock, lanes, lasting, ticks
from agent.emoscope.cost import CostMeter, spread
from agent.emoscope.histogram import COST_MS, DWELL_S, histogram

spans = st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 20)), max_size=30).map(
    lambda pairs: sorted((start, start + length) for start, length in pairs)
)


@pytest.mark.parametrize(
    ("seconds", "written"), [(7.4, "0:07"), (59.6, "1:00"), (750, "12:30"), (3750, "1:02:30")]
)
def test_a_time_of_a_recording(seconds: float, written: str) -> None:
    assert clock(seconds) == written


@pytest.mark.parametrize(
    ("seconds", "written"), [(7.42, "7.4 s"), (65, "1:05 min"), (3750, "1:02:30 h")]
)
def test_a_length_of_time(seconds: float, written: str) -> None:
    assert lasting(seconds) == written


@given(st.floats(0, 200_000), st.integers(2, 12))
def test_ticks_are_round_few_and_begin_at_nought(seconds: float, most: int) -> None:
    places = ticks(seconds, most=most)
    assert places[0] == 0
    assert places[-1] <= seconds
    assert len(places) <= max(most, 3) + 1


@given(spans)
def test_no_two_bars_of_a_lane_overlap(bars: list[tuple[float, float]]) -> None:
    placed = list(zip(bars, lanes(bars), strict=True))
    for (one, lane), (other, its_lane) in combinations(placed, 2):
        assert lane != its_lane or one[1] <= other[0] or other[1] <= one[0]


@given(spans)
def test_there_are_no_more_lanes_than_bars_at_one_time(bars: list[tuple[float, float]]) -> None:
    at_once = max((sum(s <= t < e for s, e in bars) for t, _ in bars), default=0)
    assert max(lanes(bars), default=-1) + 1 <= max(at_once, 1 if bars else 0)


@given(st.lists(st.floats(0, 10_000), max_size=50))
def test_a_histogram_counts_every_value_once(values: list[float]) -> None:
    for edges in (DWELL_S, COST_MS):
        assert sum(each.count for each in histogram(values, edges=edges)) == len(values)


def test_a_value_on_an_edge_belongs_to_what_begins_there() -> None:
    counted = {each.name: each.count for each in histogram([5.0, 9.9, 300], edges=DWELL_S)}
    assert counted["5\u201310"] == 2
    assert counted["≥300"] == 1


def test_empty_classes_at_the_ends_are_left_out_but_four_remain() -> None:
    assert len(histogram([6.0], edges=DWELL_S)) == 4
    names = [each.name for each in histogram([6.0, 45.0], edges=DWELL_S)]
    assert names == ["5\u201310", "10\u201320", "20\u201330", "30\u201360"]


def test_the_cost_is_that_of_the_last_ten_seconds() -> None:
    meter = CostMeter()
    for frame in range(200):
        meter.add(frame / 10, cpu_s=0.001 if frame < 99 else 0.005, skipped=1)
    cost = meter.cost
    assert cost.cpu_ms_per_frame == pytest.approx(5)
    assert cost.frames_per_s == pytest.approx(10)
    assert cost.skipped == 200


def test_before_the_second_frame_there_is_no_rate() -> None:
    meter = CostMeter()
    assert meter.cost.frames_per_s == 0
    meter.add(1.0, cpu_s=0.004)
    assert meter.cost.frames_per_s == 0


def test_the_spread_of_frames() -> None:
    spread_of = spread([float(value) for value in range(1, 101)])
    assert (spread_of.mean, spread_of.median, spread_of.most) == (50.5, 50.5, 95)
    assert spread([]).most == 0
