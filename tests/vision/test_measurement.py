"""How long a contact smiled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.expression import Expression
from agent.vision.measurement import Gauge, Measured

SMILING = Expression(positive=0.9, neutral=0.08, negative=0.02)
NEUTRAL = Expression(positive=0.1, neutral=0.8, negative=0.1)


def read(readings: list[Expression], *, step_s: float = 0.1) -> Gauge:
    gauge = Gauge(step_s=0.5)
    for index, reading in enumerate(readings):
        gauge.add(reading, at_s=index * step_s)
    return gauge


def test_a_steady_smile_lasts_as_long_as_the_face_is_seen() -> None:
    measured = read([SMILING] * 21).measured
    assert measured.face_s == pytest.approx(2)
    assert measured.smile_s == pytest.approx(2)
    assert measured.smile_share == pytest.approx(1)


def test_a_neutral_face_does_not_smile() -> None:
    measured = read([NEUTRAL] * 21).measured
    assert measured.smile_s == 0
    assert measured.neutral_s > measured.positive_s + measured.negative_s


def test_one_bad_crop_is_not_a_smile() -> None:
    readings = [NEUTRAL] * 10 + [SMILING] + [NEUTRAL] * 10
    assert read(readings).measured.smile_s == 0


def test_half_and_half_is_half_smiled() -> None:
    measured = read([NEUTRAL] * 50 + [SMILING] * 50).measured
    assert measured.smile_share == pytest.approx(0.5, abs=0.05)


def test_time_in_which_nothing_was_seen_is_not_counted() -> None:
    gauge = read([SMILING] * 11)
    gauge.add(SMILING, at_s=9.0)
    assert gauge.measured.face_s == pytest.approx(1)


def test_the_level_follows_the_median_of_the_last_readings() -> None:
    assert Gauge(step_s=0.5).smile == 0
    assert read([NEUTRAL] * 5 + [SMILING] * 2).smile == pytest.approx(0.1)
    assert read([NEUTRAL] * 5 + [SMILING] * 3).smile == pytest.approx(0.9)


def test_the_smoothed_reading_adds_up_and_is_absent_at_first() -> None:
    assert Gauge(step_s=0.5).level is None
    level = read([NEUTRAL] * 2 + [SMILING] * 3).level
    assert level is not None
    assert level.positive + level.neutral + level.negative == pytest.approx(1)
    assert level.positive == pytest.approx(0.9, abs=0.02)


def test_nobody_measured_smiled_a_share_of_nothing() -> None:
    assert Measured().smile_share == 0


readings_strategy = st.lists(st.floats(0, 1), min_size=2, max_size=60)


@given(levels=readings_strategy)
def test_class_seconds_add_up_to_face_seconds(levels: list[float]) -> None:
    readings = [Expression(x, (1 - x) * 0.7, (1 - x) * 0.3) for x in levels]
    measured = read(readings).measured
    total = measured.positive_s + measured.neutral_s + measured.negative_s
    assert total == pytest.approx(measured.face_s)
    assert 0 <= measured.smile_s <= measured.face_s + 1e-9


def test_a_face_whose_expression_stays_is_read_three_times_a_second() -> None:
    gauge = read([SMILING] * 5)
    assert not gauge.is_due(0.5)
    gauge.stay(at_s=0.5)
    assert gauge.is_due(0.7)
    assert gauge.measured.face_s == pytest.approx(0.5)


def test_one_whose_expression_changes_is_read_at_every_look() -> None:
    assert Gauge(step_s=0.5).is_due(0.0)
    assert read([SMILING]).is_due(0.1)
    assert read([NEUTRAL] * 5 + [SMILING]).is_due(0.6)
