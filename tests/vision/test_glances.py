"""A few glances at each contact's traits; what leaves is sums over batches that nothing joins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.detector import Pixels
from agent.vision.faces import Face
from agent.vision.glances import (
    APART_S,
    GLANCES,
    LEAST,
    Glances,
    Guest,
    TraitBatches,
    summed,
)
from agent.vision.tracking import Sighting
from agent.vision.traits import Traits
from tests.vision.conftest import FaceAt

PICTURE: Pixels = np.random.default_rng(7).integers(0, 255, (200, 400, 3), np.uint8)
BLURRED: Pixels = np.full((200, 400, 3), 128, np.uint8)
ADULT = Traits(age_years=40, male=0.25)

people = st.builds(Traits, age_years=st.floats(0, 100), male=st.floats(0, 1))
guests = st.builds(Guest, arrived_s=st.floats(0, 100), left_s=st.floats(100, 200), traits=people)


class Reader:
    """Reads the same of everybody, and counts."""

    def __init__(self) -> None:
        self.faces: list[Face] = []

    def __call__(self, _picture: Pixels, face: Face) -> Traits:
        self.faces.append(face)
        return ADULT


def seen(track: int, face: Face) -> Sighting:
    return Sighting(track=track, face=face, sure=True)


def test_a_contact_is_glanced_at_three_times_a_second_apart(face_at: FaceAt) -> None:
    reader = Reader()
    glances = Glances(reader)
    for frame in range(100):
        glances.look(PICTURE, [seen(1, face_at(100))], at_s=frame / 10)

    assert len(reader.faces) == GLANCES
    assert glances.take(1) == ADULT
    assert glances.take(1) is None, "it is forgotten"


def test_of_several_one_a_frame_is_read_and_all_have_their_turn(face_at: FaceAt) -> None:
    reader = Reader()
    glances = Glances(reader)
    both = [seen(1, face_at(100)), seen(2, face_at(300))]
    glances.look(PICTURE, both, at_s=0.0)
    assert len(reader.faces) == 1
    glances.look(PICTURE, both, at_s=0.1)
    assert {face.box.centre[0] for face in reader.faces} == {100, 300}
    glances.look(PICTURE, both, at_s=APART_S / 2)
    assert len(reader.faces) == 2


def test_a_face_that_is_small_or_blurred_is_not_guessed_at(face_at: FaceAt) -> None:
    reader = Reader()
    glances = Glances(reader)
    glances.look(PICTURE, [seen(1, face_at(100, height=15))], at_s=0.0)
    glances.look(BLURRED, [seen(1, face_at(100))], at_s=5.0)

    assert reader.faces == []
    assert glances.take(1) is None


def test_when_the_camera_closes_everybody_is_forgotten(face_at: FaceAt) -> None:
    glances = Glances(Reader())
    glances.look(PICTURE, [seen(1, face_at(100))], at_s=0.0)
    glances.clear()

    assert glances.take(1) is None


def guest(years: float = 40, male: float = 0.25, *, at_s: float = 0.0) -> Guest:
    return Guest(at_s, at_s + 10, Traits(age_years=years, male=male))


@given(st.lists(guests, min_size=LEAST, max_size=40))
def test_the_sums_of_a_batch_are_whole(group: list[Guest]) -> None:
    sums = summed(group)

    assert sum(sums.bands.values()) == sums.n == len(group)
    assert sums.sex.female + sums.sex.male == pytest.approx(len(group))
    assert min(sums.sex.female, sums.sex.male) >= 0
    assert set(sums.bands) == {"0-29", "30-44", "45-59", "60+"}


@given(st.permutations([guest(age, age / 100) for age in (5, 35, 50, 90)]))
def test_the_order_of_people_does_not_matter(group: list[Guest]) -> None:
    assert set(summed(group).bands.values()) == {1}
    assert summed(group).sex.male == 1.8


def test_children_are_told_with_young_adults_and_never_apart() -> None:
    assert summed([guest(6), guest(15), guest(25)]).bands["0-29"] == 3


@given(
    st.integers(1, 12),
    st.lists(st.integers(0, 11), min_size=40, max_size=40),
    st.integers(0, 200),
)
def test_batches_are_disjoint_and_never_small(size: int, lots: list[int], comers: int) -> None:
    draws = iter(lots * 10)
    batches = TraitBatches(size=size, draw=lambda below: next(draws) % below)
    told = [batches.add(guest(at_s=float(n))) for n in range(comers)]
    sizes = [sums.n for sums in told if sums is not None]

    assert all(max(size, LEAST) <= n < 2 * max(size, LEAST) for n in sizes)
    assert sum(sizes) <= comers, "nobody is told of twice"


def test_where_a_batch_ends_is_drawn_anew_each_time() -> None:
    drawn: list[int] = []

    def draw(below: int) -> int:
        drawn.append(below)
        return len(drawn) % below

    batches = TraitBatches(size=5, draw=draw)
    sizes = [sums.n for n in range(40) if (sums := batches.add(guest(at_s=n))) is not None]

    assert sizes == [6, 7, 8, 9, 5]
    assert drawn == [5] * 6
