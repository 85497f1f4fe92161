"""Faces that are small, blurred or turned away are not read."""

from __future__ import annotations

from math import cos, radians, sin

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.faces import Box, Face
from agent.vision.quality import NOSE_DEPTH, is_readable, is_sharp, sharpness, yaw

RNG = np.random.default_rng(5)


def turned(degrees: float, *, apart: float = 40.0, tilt: float = 0.0) -> Face:
    """Return a head turned by so many degrees, seen from the front, tilted in the picture."""
    half, tip = apart / 2 * cos(radians(degrees)), apart * NOSE_DEPTH * sin(radians(degrees))
    turn = complex(cos(radians(tilt)), sin(radians(tilt)))
    points = [
        turn * complex(x, y) + complex(200, 150)
        for x, y in ((-half, 0), (half, 0), (tip, apart / 2))
    ]
    eye, other, nose = ((point.real, point.imag) for point in points)
    return Face(Box(150, 100, 250, 220), 0.9, (eye, other), nose=nose)


@given(st.floats(-80, 80), st.floats(-30, 30))
def test_the_turn_of_a_head_is_known_from_its_nose(degrees: float, tilt: float) -> None:
    assert yaw(turned(degrees, tilt=tilt)) == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize(
    ("face", "readable"),
    [
        (turned(0), True),
        (turned(35), True),
        (turned(-35, tilt=20), True),
        (turned(50), False),
        (turned(0, apart=9), False),
        (turned(0, apart=11), True),
    ],
    ids=["frontal", "half turned", "tilted as well", "a profile", "far away", "near enough"],
)
def test_what_can_be_read(face: Face, *, readable: bool) -> None:
    assert is_readable(face) is readable


def test_eyes_in_one_place_are_no_face_to_read() -> None:
    face = Face(Box(0, 0, 9, 9), 0.9, ((5, 5), (5, 5)), nose=(5, 6))
    assert not is_readable(face)


def test_without_a_nose_a_face_is_taken_for_frontal() -> None:
    assert yaw(Face(Box(0, 0, 9, 9), 0.9, ((2, 5), (7, 5)))) == 0


def noise(*, grain: float, spread: float) -> npt.NDArray[np.float32]:
    """Return structure of one size, in pixels."""
    grey = cv2.GaussianBlur(RNG.normal(0, 1, (48, 48)).astype(np.float32), (0, 0), grain)
    return np.asarray(grey / grey.std() * spread, np.float32)


@pytest.mark.parametrize("light", [0.4, 1.0])
def test_a_blurred_crop_is_told_from_a_sharp_one_in_any_light(light: float) -> None:
    crop = 120 + noise(grain=6, spread=35) + noise(grain=1, spread=20)
    blurred = cv2.GaussianBlur(crop, (0, 0), 3.0)
    assert is_sharp(np.clip(crop * light, 0, 255).astype(np.uint8))
    assert not is_sharp(np.clip(blurred * light, 0, 255).astype(np.uint8))


def test_an_even_grey_has_nothing_to_read() -> None:
    assert sharpness(np.full((48, 48), 90, np.uint8)) == 0
