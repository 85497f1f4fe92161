"""Decoding the detector: anchors, letterbox, blending."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ModelError
from agent.vision.detector import GRIDS, FaceDetector, Pixels, anchors, blend, decoded, letterboxed
from agent.vision.models import DETECTOR, EXPRESSION, FULL_RANGE, load_model, models_folder

sizes = st.integers(16, 400)
sides = st.sampled_from(sorted(GRIDS))
SIDE = 128


def corners(x: float, y: float, side: float = 20) -> np.ndarray:
    """A candidate's eight points, all keypoints in the middle."""
    points = np.full((8, 2), (x, y), np.float32)
    points[0] -= side / 2
    points[1] += side / 2
    return points


@pytest.mark.parametrize(("side", "count"), [(128, 896), (192, 2304)])
def test_the_anchors_lie_inside_the_input(side: int, count: int) -> None:
    centres = anchors(side)
    assert centres.shape == (count, 2)
    assert centres.min() > 0
    assert centres.max() < side


def test_fine_anchors_come_in_pairs_and_coarse_ones_in_sixes() -> None:
    centres, counts = np.unique(anchors(128), axis=0, return_counts=True)
    assert len(centres) == 16 * 16 + 8 * 8
    assert sorted(set(counts.tolist())) == [2, 6]


def test_the_full_range_has_one_anchor_every_four_pixels_row_by_row() -> None:
    centres = anchors(192)
    assert centres[:3].tolist() == [[2, 2], [6, 2], [10, 2]]
    assert centres[48].tolist() == [2, 6]


@given(width=sizes, height=sizes, side=sides)
def test_a_picture_of_any_shape_fits_and_maps_back(width: int, height: int, side: int) -> None:
    values, box = letterboxed(np.full((height, width, 3), 255, np.uint8), side=side)
    assert values.shape == (1, side, side, 3)
    assert (values.min() >= -1, values.max()) == (True, pytest.approx(1, abs=0.01))
    middle = np.array([[side / 2, side / 2]], np.float32)
    slack = max(width, height) / side
    assert box.back(middle)[0] == pytest.approx((width / 2, height / 2), abs=slack)


def test_the_input_is_rgb() -> None:
    blue = np.zeros((64, 64, 3), np.uint8)
    blue[..., 0] = 255
    values, _ = letterboxed(blue, side=SIDE)
    assert values[0, 64, 64] == pytest.approx((-1, -1, 1))


def test_offsets_are_from_the_anchor() -> None:
    raw = np.zeros((1, 16), np.float32)
    raw[0, :4] = 3, 4, 20, 10
    raw[0, 4:6] = -5, -6
    (points,) = decoded(raw, np.array([[64, 64]], np.float32))
    assert points[0].tolist() == [57, 63]
    assert points[1].tolist() == [77, 73]
    assert points[2].tolist() == [59, 58]


def test_overlapping_candidates_become_one_weighted_by_score() -> None:
    points = np.stack([corners(50, 50), corners(54, 50)])
    ((blended, score),) = blend(points, np.array([0.9, 0.3], np.float32))
    assert score == pytest.approx(0.9)
    assert blended[2].tolist() == pytest.approx([51, 50])


def test_candidates_apart_stay_apart_best_first() -> None:
    points = np.stack([corners(20, 20), corners(90, 90)])
    faces = blend(points, np.array([0.6, 0.8], np.float32))
    assert [round(score, 1) for _, score in faces] == [0.8, 0.6]


def test_a_candidate_without_a_size_is_still_taken_once() -> None:
    points = np.zeros((1, 8, 2), np.float32)
    assert len(blend(points, np.array([0.7], np.float32))) == 1


def test_another_net_is_refused_by_its_input() -> None:
    model = load_model(EXPRESSION, folder=models_folder(None))
    with pytest.raises(ModelError, match="not a face detector"):
        FaceDetector(model)


@pytest.mark.parametrize(("name", "side"), [(DETECTOR, 128), (FULL_RANGE, 192)])
def test_a_detectors_file_says_what_it_sees(name: str, side: int) -> None:
    detector = FaceDetector(load_model(name, folder=models_folder(None)))
    assert detector.side == side
    assert detector(np.zeros((120, 160, 3), np.uint8)) == []


@pytest.mark.parametrize("name", [DETECTOR, FULL_RANGE])
def test_both_find_the_same_face_in_the_same_place(name: str, real_clips: dict[str, Path]) -> None:
    detector = FaceDetector(load_model(name, folder=models_folder(None)))
    (face, *_) = detector(first_frame(real_clips["single_face.mp4"]))
    reference = FaceDetector(load_model(DETECTOR, folder=models_folder(None)))
    (expected, *_) = reference(first_frame(real_clips["single_face.mp4"]))
    assert face.score >= detector.threshold
    assert face.box.overlap(expected.box) > 0.6
    (left, right), height = face.eyes, face.box.height
    assert left[0] < right[0]
    assert face.box.top < left[1] < face.box.top + height / 2


def test_a_face_far_away_is_found_by_the_full_range_alone(real_clips: dict[str, Path]) -> None:
    frame = first_frame(real_clips["single_face.mp4"])
    far = np.full((480, 640, 3), 110, np.uint8)
    small = cv2.resize(frame, (160, 90), interpolation=cv2.INTER_AREA)
    far[200:290, 300:460] = small
    found = {
        name: FaceDetector(load_model(name, folder=models_folder(None)))(far)
        for name in (DETECTOR, FULL_RANGE)
    }
    assert (len(found[DETECTOR]), len(found[FULL_RANGE])) == (0, 1)


def first_frame(video: Path) -> Pixels:
    return np.asarray(cv2.VideoCapture(str(video)).read()[1], np.uint8)
