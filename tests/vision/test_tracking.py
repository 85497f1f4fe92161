"""Who is who from frame to frame, by place and size."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.faces import Box, Face
from agent.vision.tracking import FORGET_S, Tracker, plausible

FaceAt = Callable[..., Face]


@pytest.fixture
def tracker() -> Tracker:
    return Tracker(threshold=0.75)


def numbers(tracker: Tracker, faces: list[Face], at_s: float) -> list[int]:
    return [sighting.track for sighting in tracker.update(faces, at_s=at_s)]


def test_a_face_that_stays_keeps_its_number(tracker: Tracker, face_at: FaceAt) -> None:
    seen = [numbers(tracker, [face_at(100 + i)], i / 10) for i in range(10)]
    assert seen == [[1]] * 10


def test_a_walking_face_keeps_its_number(tracker: Tracker, face_at: FaceAt) -> None:
    seen = [numbers(tracker, [face_at(100 + 25 * i)], i / 10) for i in range(10)]
    assert seen == [[1]] * 10


def test_two_faces_have_two_numbers_in_any_order(tracker: Tracker, face_at: FaceAt) -> None:
    left, right = face_at(100), face_at(300)
    assert numbers(tracker, [left, right], 0.0) == [1, 2]
    assert numbers(tracker, [right, left], 0.1) == [2, 1]


def test_a_far_face_is_somebody_else(tracker: Tracker, face_at: FaceAt) -> None:
    numbers(tracker, [face_at(100)], 0.0)
    assert numbers(tracker, [face_at(400)], 0.1) == [2]


def test_a_face_twice_as_large_is_somebody_else(tracker: Tracker, face_at: FaceAt) -> None:
    numbers(tracker, [face_at(100, height=40)], 0.0)
    assert numbers(tracker, [face_at(100, height=90)], 0.1) == [2]


def test_an_unsure_face_does_not_start_a_track(tracker: Tracker, face_at: FaceAt) -> None:
    assert numbers(tracker, [face_at(100, score=0.7)], 0.0) == []


def test_an_unsure_face_continues_a_track_and_says_so(tracker: Tracker, face_at: FaceAt) -> None:
    tracker.update([face_at(100)], at_s=0.0)
    (sighting,) = tracker.update([face_at(102, score=0.55)], at_s=0.1)
    assert (sighting.track, sighting.sure) == (1, False)


def test_hardly_a_face_does_not_continue_a_track(tracker: Tracker, face_at: FaceAt) -> None:
    numbers(tracker, [face_at(100)], 0.0)
    assert numbers(tracker, [face_at(100, score=0.4)], 0.1) == []


def test_a_hand_over_the_face_does_not_end_a_track(tracker: Tracker, face_at: FaceAt) -> None:
    numbers(tracker, [face_at(100)], 0.0)
    assert numbers(tracker, [], 1.0) == []
    assert numbers(tracker, [face_at(110)], 2.0) == [1]


def test_a_face_after_a_long_absence_is_somebody_new(tracker: Tracker, face_at: FaceAt) -> None:
    numbers(tracker, [face_at(100)], 0.0)
    assert numbers(tracker, [face_at(100)], FORGET_S + 0.1) == [2]


def test_the_nearer_of_two_faces_continues_the_track(tracker: Tracker, face_at: FaceAt) -> None:
    numbers(tracker, [face_at(100)], 0.0)
    seen = tracker.update([face_at(130), face_at(102)], at_s=0.1)
    assert {s.track: s.face.box.centre[0] for s in seen}[1] == pytest.approx(102)


def test_nobody_is_known_after_a_reset(tracker: Tracker, face_at: FaceAt) -> None:
    numbers(tracker, [face_at(100)], 0.0)
    tracker.reset()
    assert tracker.boxes == []
    assert numbers(tracker, [face_at(100)], 0.1) == [2]


def test_known_boxes_are_those_last_seen(tracker: Tracker, face_at: FaceAt) -> None:
    tracker.update([face_at(100)], at_s=0.0)
    tracker.update([face_at(110)], at_s=0.1)
    assert tracker.boxes == [face_at(110).box]


def test_a_face_without_a_size_is_never_plausible() -> None:
    assert not plausible(Box(0, 0, 0, 0), Box(0, 0, 0, 0), gap_s=0)


positions = st.lists(st.tuples(st.integers(0, 600), st.integers(30, 90)), max_size=5)


@given(frames=st.lists(positions, min_size=1, max_size=20))
def test_no_two_faces_of_a_frame_share_a_number(frames: list[list[tuple[int, int]]]) -> None:
    tracker = Tracker(threshold=0.5)
    for index, frame in enumerate(frames):
        faces = [Face(Box(x, 0, x + h, h), 0.9, ((x, 0), (x, 0))) for x, h in frame]
        seen = tracker.update(faces, at_s=index / 10)
        assert len({sighting.track for sighting in seen}) == len(faces)


def test_a_face_seen_twice_in_one_place_is_steady(tracker: Tracker, face_at: FaceAt) -> None:
    assert not tracker.steady
    tracker.update([face_at(100)], at_s=0)
    assert not tracker.steady
    tracker.update([face_at(103)], at_s=0.1)
    assert tracker.steady


@pytest.mark.parametrize("then", ["moves", "fades", "is joined", "goes"])
def test_nobody_is_steady_once_somebody(then: str, tracker: Tracker, face_at: FaceAt) -> None:
    for at_s in (0.0, 0.1):
        tracker.update([face_at(100)], at_s=at_s)
    faces = {
        "moves": [face_at(130)],
        "fades": [face_at(100, score=0.6)],
        "is joined": [face_at(100), face_at(400)],
        "goes": [],
    }
    tracker.update(faces[then], at_s=0.2)
    assert not tracker.steady
