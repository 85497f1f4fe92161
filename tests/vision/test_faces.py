"""Boxes: overlap and distance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.faces import Box, Face

edges = st.floats(0, 1000, allow_nan=False)
sides = st.floats(1, 500, allow_nan=False)
boxes = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), edges, edges, sides, sides)


@given(one=boxes, other=boxes)
def test_overlap_is_symmetric_and_between_0_and_1(one: Box, other: Box) -> None:
    assert 0 <= one.overlap(other) <= 1 + 1e-9
    assert one.overlap(other) == pytest.approx(other.overlap(one))


@given(box=boxes)
def test_a_box_overlaps_itself_wholly(box: Box) -> None:
    assert box.overlap(box) == pytest.approx(1)


def test_boxes_side_by_side_do_not_overlap() -> None:
    assert Box(0, 0, 10, 10).overlap(Box(10, 0, 20, 10)) == 0


def test_half_covered_twins_overlap_by_a_third() -> None:
    assert Box(0, 0, 10, 10).overlap(Box(5, 0, 15, 10)) == pytest.approx(1 / 3)


def test_a_box_turned_inside_out_has_no_area() -> None:
    inside_out = Box(10, 10, 0, 0)
    assert inside_out.area == 0
    assert inside_out.overlap(inside_out) == 0


def test_distance_is_between_the_middles() -> None:
    assert Box(0, 0, 10, 10).distance(Box(30, 40, 40, 50)) == pytest.approx(50)


def test_a_face_from_a_cutout_moves_into_the_whole_picture() -> None:
    face = Face(Box(1, 2, 11, 12), 0.8, ((3, 4), (7, 4)))
    moved = face.moved(100, 50)
    assert moved.box == Box(101, 52, 111, 62)
    assert moved.eyes == ((103, 54), (107, 54))
    assert moved.score == face.score
