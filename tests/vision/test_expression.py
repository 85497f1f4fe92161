"""The aligned crop and the three classes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ModelError
from agent.vision.expression import (
    LEFT_EYE,
    RIGHT_EYE,
    SIDE,
    ExpressionReader,
    aligned,
    alignment,
    three_classes,
)
from agent.vision.models import DETECTOR, load_model, models_folder

coordinates = st.floats(0, 640)
points = st.tuples(coordinates, coordinates)


def with_eyes(eyes: tuple[tuple[float, float], ...], *, radius: int) -> np.ndarray:
    picture = np.full((480, 640, 3), 200, np.uint8)
    for x, y in eyes:
        cv2.circle(picture, (round(x), round(y)), radius, (0, 0, 0), -1)
    return picture


@given(left=points, right=points)
def test_the_eyes_land_in_their_places(
    left: tuple[float, float], right: tuple[float, float]
) -> None:
    if abs(complex(*left) - complex(*right)) < 1:
        return
    matrix = alignment((left, right))
    assert matrix @ np.array([*left, 1]) == pytest.approx(LEFT_EYE, abs=1e-6)
    assert matrix @ np.array([*right, 1]) == pytest.approx(RIGHT_EYE, abs=1e-6)


@pytest.mark.parametrize(
    ("left", "right"),
    [((300, 200), (340, 200)), ((250, 220), (390, 220)), ((280, 180), (360, 240))],
)
def test_a_near_far_or_tilted_face_gives_the_same_crop(
    left: tuple[float, float], right: tuple[float, float]
) -> None:
    apart = abs(complex(*left) - complex(*right))
    crop = aligned(with_eyes((left, right), radius=round(apart / 6)), (left, right))
    assert crop.shape == (SIDE, SIDE)
    for x, y in (LEFT_EYE, RIGHT_EYE):
        assert crop[round(y), round(x)] < 60
    assert crop[40, 24] > 150


@given(left=points, right=points)
def test_any_two_points_give_a_crop(left: tuple[float, float], right: tuple[float, float]) -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    assert aligned(picture, (left, right)).shape == (SIDE, SIDE)


def test_eyes_outside_the_picture_give_a_crop_too() -> None:
    assert aligned(np.zeros((48, 64, 3), np.uint8), ((-50, -80), (900, 700))).shape == (SIDE, SIDE)


def test_eight_classes_fold_into_three() -> None:
    read = three_classes(np.array([0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05], np.float32))
    assert read.positive == pytest.approx(0.2)
    assert read.neutral == pytest.approx(0.4)
    assert read.negative == pytest.approx(0.4)


def test_rounded_probabilities_still_add_up_to_one() -> None:
    read = three_classes(np.full(8, 0.121, np.float32))
    assert read.positive + read.neutral + read.negative == pytest.approx(1)


def test_a_net_with_other_outputs_is_refused() -> None:
    with pytest.raises(ModelError, match="not 8"):
        three_classes(np.zeros(7, np.float32))


def test_another_net_is_refused_by_its_input() -> None:
    with pytest.raises(ModelError, match="not the expression net"):
        ExpressionReader(load_model(DETECTOR, folder=models_folder(None)))
