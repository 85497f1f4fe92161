"""Traits of one face: age bands, the crop, and what the net may say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ModelError, VisionError
from agent.vision.faces import Box, Face
from agent.vision.models import EXPRESSION, TRAITS, load_model, models_folder
from agent.vision.traits import (
    LOWER,
    MARGIN,
    SIDE,
    STARTS,
    Traits,
    TraitsReader,
    averaged,
    framed,
    traits_of,
)

ages = st.floats(0, 100)
likely = st.floats(0, 1)
people = st.builds(Traits, age_years=ages, male=likely)


def outputs(age: float, male: float) -> list[np.ndarray]:
    return [np.array([[male, 1 - male]], np.float32), np.array([[age]], np.float32)]


@pytest.mark.parametrize(
    ("years", "band"),
    [
        (0, "0-29"), (17.9, "0-29"), (29.9, "0-29"), (30, "30-44"),
        (44.9, "30-44"), (45, "45-59"), (59.9, "45-59"), (60, "60+"), (100, "60+"),
    ],
)  # fmt: skip
def test_an_age_lies_in_one_band(years: float, band: str) -> None:
    assert Traits(age_years=years, male=0.5).band == band


@given(people)
def test_a_band_holds_the_age_it_is_named_after(person: Traits) -> None:
    first, _, last = person.band.rstrip("+").partition("-")
    assert int(first) in STARTS
    assert int(first) <= person.age_years < (int(last) + 1 if last else 101)


@pytest.mark.parametrize("turned", [False, True])
def test_the_outputs_are_told_apart_by_their_width(turned: bool) -> None:  # noqa: FBT001
    said = outputs(34, 0.25)
    assert traits_of(said[::-1] if turned else said) == Traits(age_years=34, male=0.25)


@given(age=st.floats(-1000, 1000, width=32), male=st.floats(-1, 2, width=32))
def test_whatever_the_net_says_stays_within_what_can_be(age: float, male: float) -> None:
    read = traits_of(outputs(age, male))
    assert 0 <= read.age_years <= 100
    assert 0 <= read.male <= 1


def test_another_nets_outputs_are_refused() -> None:
    with pytest.raises(ModelError, match="not of 1 and 2"):
        traits_of([np.zeros((1, 8), np.float32)])


def test_several_looks_at_one_person_are_averaged() -> None:
    looks = [Traits(age_years=20, male=0.2), Traits(age_years=40, male=0.8)]
    assert averaged(looks) == Traits(age_years=30, male=0.5)


def test_nobody_has_no_traits() -> None:
    with pytest.raises(VisionError, match="nobody"):
        averaged([])


def test_the_crop_is_a_square_a_little_larger_and_lower_than_the_box() -> None:
    picture = np.zeros((400, 400, 3), np.uint8)
    half, middle = 100 * MARGIN / 2, 200 + 100 * LOWER
    inside = slice(round(middle - half), round(middle + half))
    picture[inside, round(200 - half) : round(200 + half)] = 255
    values = framed(picture, Box(150, 150, 250, 250))
    assert values.shape == (1, SIDE, SIDE, 3)
    assert values.min() == pytest.approx(1)


def test_what_lies_outside_the_picture_is_black() -> None:
    picture = np.full((200, 200, 3), 255, np.uint8)
    values = framed(picture, Box(-60, 50, 40, 150))
    assert values[0, SIDE // 2, 0].tolist() == [-1, -1, -1]
    assert values[0, SIDE // 2, SIDE // 2].tolist() == pytest.approx([1, 1, 1])


@given(left=st.floats(-500, 500), top=st.floats(-500, 500), size=st.floats(1, 600))
def test_any_box_gives_an_input_in_range(left: float, top: float, size: float) -> None:
    picture = np.full((120, 160, 3), 128, np.uint8)
    values = framed(picture, Box(left, top, left + size, top + size))
    assert values.shape == (1, SIDE, SIDE, 3)
    assert values.min() >= -1
    assert values.max() <= 1


def test_the_shipped_net_reads_any_picture() -> None:
    reader = TraitsReader(load_model(TRAITS, folder=models_folder(None)))
    picture = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    face = Face(Box(50, 50, 150, 150), 0.9, ((80, 80), (120, 80)))
    read = reader(picture, face)
    assert 0 <= read.age_years <= 100
    assert reader(picture, face) == read


def test_another_net_is_refused_by_its_input() -> None:
    with pytest.raises(ModelError, match="not the age and sex net"):
        TraitsReader(load_model(EXPRESSION, folder=models_folder(None)))
