"""Steps of time."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.emoscope.series import STEP_S, Bin, Reading, Series, merged
from agent.vision.expression import Expression

SMILING = Reading(0.8, Expression(0.8, 0.1, 0.1))
PLAIN = Reading(0.2, Expression(0.2, 0.6, 0.2))

readings = st.lists(st.sampled_from([SMILING, PLAIN]), max_size=3)
frames = st.lists(st.tuples(st.floats(0, 500), st.integers(0, 5), readings), max_size=60)


def filled(parts: list[tuple[float, int, list[Reading]]], *, keep: int | None = None) -> Series:
    series = Series(keep=keep)
    for at_s, present, read in sorted(parts, key=lambda part: part[0]):
        series.add(at_s, present=present, readings=read)
    return series


def test_frames_of_half_a_second_are_one_step() -> None:
    series = filled([(0.0, 1, [SMILING]), (0.4, 2, [PLAIN]), (0.5, 1, [PLAIN])])
    first, second = series.bins
    assert (first.start_s, first.end_s, first.present, first.readings) == (0.0, 0.5, 2, 2)
    assert first.smile_level == pytest.approx(0.5)
    assert first.smiling_share == 0.5
    assert second.smile_level == pytest.approx(0.2)
    assert second.smiling_share == 0


def test_a_step_without_a_face_has_no_level() -> None:
    (step,) = filled([(1.0, 0, [])]).bins
    assert (step.smile_level, step.smiling_share, step.expression) == (None, None, None)


def test_the_mean_expression_adds_up() -> None:
    (step,) = filled([(1.0, 1, [SMILING, PLAIN])]).bins
    level = step.expression
    assert level is not None
    assert level.positive + level.neutral + level.negative == pytest.approx(1)


def test_only_the_last_steps_are_kept_and_the_total_knows_all() -> None:
    series = filled([(second, 1, [PLAIN]) for second in range(100)], keep=10)
    assert series.bins[0].start_s > 99 - 10 * STEP_S
    assert series.total.readings == 100


@given(frames, st.integers(1, 40))
def test_joined_steps_lose_nothing_and_are_not_too_many(
    parts: list[tuple[float, int, list[Reading]]], most: int
) -> None:
    bins = filled(parts).bins
    joined = merged(bins, seconds=500.5, most=most)
    assert len(joined) <= most + 1
    assert sum(step.readings for step in joined) == sum(step.readings for step in bins)
    assert sum(step.smiling for step in joined) == sum(step.smiling for step in bins)
    assert max((step.present for step in joined), default=0) == max(
        (step.present for step in bins), default=0
    )


@given(frames, st.integers(1, 40))
def test_joined_steps_are_equally_long_and_do_not_overlap(
    parts: list[tuple[float, int, list[Reading]]], most: int
) -> None:
    joined = merged(filled(parts).bins, seconds=500.5, most=most)
    assert len({step.length_s for step in joined}) <= 1
    for before, after in itertools.pairwise(joined):
        assert before.end_s <= after.start_s + 1e-9


def test_two_steps_become_one_from_the_first_start_to_the_last_end() -> None:
    both = Bin(1.0, 0.5, present=1, readings=2).and_then(Bin(2.0, 0.5, present=3, readings=1))
    assert (both.start_s, both.end_s, both.present, both.readings) == (1.0, 2.5, 3, 3)
