"""How far customers stand decides which nets look, and how small a face may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.vision.settings import NEAR_M, VisionSettings, smallest_face

distances = st.floats(0.3, 5)


def test_at_a_counter_the_short_range_is_enough() -> None:
    assert not VisionSettings().far
    assert VisionSettings().min_face == 0.08


@given(distances)
def test_beyond_its_reach_another_net_searches(distance_m: float) -> None:
    assert VisionSettings(distance_m=distance_m).far == (distance_m > NEAR_M)


@pytest.mark.parametrize(
    ("distance_m", "share"), [(0.5, 0.08), (1.5, 0.08), (2, 0.06), (3, 0.04), (5, 0.04)]
)
def test_faces_farther_away_may_be_smaller(distance_m: float, share: float) -> None:
    assert VisionSettings(distance_m=distance_m).min_face == pytest.approx(share)


@given(distances, distances)
def test_no_distance_asks_for_larger_faces_than_a_nearer_one(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert smallest_face(far) <= smallest_face(near)


@given(distances)
def test_what_an_installer_says_of_faces_holds(distance_m: float) -> None:
    assert VisionSettings(distance_m=distance_m, min_face=0.2).min_face == 0.2


def test_a_distance_no_camera_of_this_kind_serves_is_refused() -> None:
    for distance_m in (0, -1, 20):
        with pytest.raises(ValidationError, match="distance_m"):
            VisionSettings(distance_m=distance_m)


def test_a_wrong_distance_is_one_mistake_not_two() -> None:
    with pytest.raises(ValidationError) as caught:
        VisionSettings.model_validate({"distance_m": "far"})
    assert caught.value.error_count() == 1
