"""A dark picture is made brighter, another one is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.detector import Pixels
from agent.vision.exposure import BRIGHT, DARK, MOST, STEADY, Exposure, gain


def scene(brightest: int) -> Pixels:
    """Return a picture that goes from black on its left to so bright on its right."""
    levels = np.linspace(0, brightest, 480).astype(np.uint8)
    return np.dstack([np.tile(levels, (360, 1))] * 3)


def test_an_ordinary_picture_is_the_very_same() -> None:
    picture = scene(200)
    assert Exposure().brightened(picture) is picture


def test_in_little_light_a_picture_becomes_as_bright_as_an_ordinary_one() -> None:
    dark = scene(40)
    lit = Exposure().brightened(dark)
    assert np.percentile(lit, 95) == pytest.approx(BRIGHT, abs=8)
    assert dark.max() == 40, "what the camera gave is not changed"


def test_what_is_darker_stays_darker() -> None:
    row = Exposure().brightened(scene(40))[0, :, 1].astype(int)
    assert (np.diff(row) >= 0).all()


@given(st.integers(0, 255))
def test_nothing_is_ever_made_darker_or_more_than_eight_times_as_bright(level: int) -> None:
    assert 1.0 <= gain(np.full((96, 96, 3), level, np.uint8)) <= MOST


def test_a_picture_without_any_light_stays_black() -> None:
    assert not Exposure().brightened(np.zeros((120, 160, 3), np.uint8)).any()


def test_a_black_staff_zone_makes_no_night_of_the_day() -> None:
    picture = scene(200)
    picture[:, :470] = 0
    assert gain(picture) == 1.0


def test_there_is_no_jump_where_darkness_begins() -> None:
    """The limit lies where brightening is no more than twice, which every net bears."""
    assert BRIGHT / DARK == 2.0


def test_a_flicker_of_the_light_makes_none_of_the_picture() -> None:
    exposure = Exposure()
    factors = {exposure.brightened(scene(level)).max() / level for level in (40, 42, 38, 41, 40)}
    assert max(factors) / min(factors) < STEADY**0.5


def test_it_follows_when_the_light_goes_on_and_off() -> None:
    exposure = Exposure()
    bright, dark = scene(200), scene(30)
    assert exposure.brightened(dark).max() > 100
    assert exposure.brightened(bright) is bright
    assert exposure.brightened(dark).max() > 100
