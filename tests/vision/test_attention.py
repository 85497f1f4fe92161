"""Where to look, and the closer look."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.attention import CANDIDATES, SEARCH_EVERY_S, Attention, around, distinct, views
from agent.vision.detector import Pixels
from agent.vision.faces import Box, Face

SCENE = np.zeros((360, 640, 3), np.uint8)


class Looks:
    """A detector that sees marked pixels as faces and remembers what it was shown."""

    def __init__(self, *, near: float = 0.9, far: float = 0.5) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.near, self.far = near, far

    def __call__(self, picture: Pixels) -> list[Face]:
        self.shapes.append(picture.shape[:2])
        score = self.near if max(picture.shape) <= 160 else self.far
        lines, columns = np.nonzero(picture[..., 0])
        return [_face(float(x), float(y), score) for x, y in zip(columns, lines, strict=True)]


def _face(x: float, y: float, score: float = 0.9, half: float = 30) -> Face:
    return Face(Box(x - half, y - half, x + half, y + half), score, ((x - 9, y), (x + 9, y)))


def scene(*marks: tuple[int, int]) -> Pixels:
    picture = SCENE.copy()
    for x, y in marks:
        picture[y, x] = 255
    return picture


def test_a_candidate_is_judged_by_the_closer_look() -> None:
    (face,) = Attention(Looks()).faces(scene((200, 100)), known=[], at_s=0)
    assert face.score == 0.9
    assert face.box.centre == pytest.approx((200, 100))


def test_what_is_no_face_close_by_is_no_face() -> None:
    def only_far(picture: Pixels) -> list[Face]:
        return [_face(200, 100)] if picture.shape[1] == 640 else []

    assert Attention(only_far).faces(SCENE, known=[], at_s=0) == []


def test_a_second_detector_searches_and_the_first_takes_the_closer_look() -> None:
    closer, search = Looks(), Looks()
    attention = Attention(closer, search=search)
    (face,) = attention.faces(scene((200, 100)), known=[], at_s=0)
    assert face.score == closer.near
    assert search.shapes == [(360, 640)]
    assert closer.shapes == [(120, 120)]


def test_what_the_search_sees_alone_is_no_face() -> None:
    attention = Attention(lambda _: [], search=Looks())
    assert attention.faces(scene((200, 100)), known=[], at_s=0) == []


def test_a_known_face_is_looked_at_without_a_search() -> None:
    looks = Looks()
    attention = Attention(looks)
    known = [_face(200, 100).box]
    attention.faces(scene((200, 100)), known=known, at_s=0)
    looks.shapes.clear()
    (face,) = attention.faces(scene((205, 100)), known=known, at_s=SEARCH_EVERY_S / 2)
    assert looks.shapes == [(120, 120)]
    assert face.box.centre == pytest.approx((205, 100))


def searches(looks: Looks) -> int:
    return sum(shape[0] == SCENE.shape[0] for shape in looks.shapes)


@pytest.mark.parametrize(("stirs", "wanted"), [(False, 3), (True, 9)])
def test_newcomers_are_searched_for_often_only_where_something_moves(
    *, stirs: bool, wanted: int
) -> None:
    looks = Looks()
    attention = Attention(looks)
    known = [_face(200, 100).box]
    for step in range(30):
        picture = scene((200, 100))
        if stirs:  # in the colours that `Looks` takes for no face
            picture[200:, 400 + 5 * step : 480 + 5 * step, 1:] = 255 if step % 2 else 120
        attention.faces(picture, known=known, at_s=step / 10)
    assert searches(looks) == pytest.approx(wanted, abs=2)


def test_newcomers_are_searched_for_beside_known_faces() -> None:
    attention = Attention(Looks())
    known = [_face(200, 100).box]
    found = attention.faces(scene((200, 100), (500, 200)), known=known, at_s=0)
    assert len(found) == 2


def test_an_empty_scene_is_searched_view_by_view() -> None:
    looks = Looks()
    attention = Attention(looks)
    for frame in range(6):
        attention.faces(SCENE, known=[], at_s=frame / 10)
    assert looks.shapes == [(360, 640), (360, 360)] * 3


def test_a_crowd_cannot_stall_a_frame() -> None:
    looks = Looks()
    crowd = scene(*((x, 100) for x in range(40, 640, 80)))
    Attention(looks).faces(crowd, known=[], at_s=0)
    assert len(looks.shapes) == 1 + CANDIDATES


def test_two_boxes_on_one_face_are_one_face() -> None:
    assert distinct([_face(100, 100, 0.7), _face(104, 100, 0.9)]) == [_face(104, 100, 0.9)]


def test_a_square_picture_has_one_view() -> None:
    assert views(width=480, height=480) == [Box(0, 0, 480, 480)]


@given(width=st.integers(160, 1920), height=st.integers(120, 1080), data=st.data())
def test_every_face_lies_whole_in_some_square(width: int, height: int, data: st.DataObject) -> None:
    side = data.draw(st.integers(8, int(min(width, height) * 0.55)))
    left = data.draw(st.integers(0, width - side))
    top = data.draw(st.integers(0, height - side))
    searched = views(width=width, height=height)
    squares = searched[1::2] or searched
    assert any(
        view.left <= left
        and left + side <= view.right
        and view.top <= top
        and top + side <= view.bottom
        for view in squares
    )


@given(x=st.floats(-100, 800), y=st.floats(-100, 500), half=st.floats(0.1, 300))
def test_a_closer_look_stays_inside_the_picture(x: float, y: float, half: float) -> None:
    view = around(_face(x, y, half=half).box, width=640, height=360)
    if view is not None:
        assert view.left >= 0
        assert view.top >= 0
        assert view.right <= 640
        assert view.bottom <= 360
        assert view.area >= 1


def test_a_box_outside_the_picture_gets_no_look() -> None:
    assert around(Box(700, 10, 760, 70), width=640, height=360) is None
    assert Attention(Looks()).faces(SCENE, known=[Box(700, 10, 760, 70)], at_s=0) == []
