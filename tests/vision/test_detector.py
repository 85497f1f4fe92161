"""Decoding the detector: anchors, letterbox, blending."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ModelError
from agent.vision.detector import SIDE, FaceDetector, anchors, blend, decoded, letterboxed
from agent.vision.models import EXPRESSION, load_model, models_folder

sizes = st.integers(16, 400)


def corners(x: float, y: float, side: float = 20) -> np.ndarray:
    """A candidate's eight points, all keypoints in the middle."""
    points = np.full((8, 2), (x, y), np.float32)
    points[0] -= side / 2
    points[1] += side / 2
    return points


def test_there_are_896_anchors_inside_the_input() -> None:
    centres = anchors()
    assert centres.shape == (896, 2)
    assert centres.min() > 0
    assert centres.max() < SIDE


def test_fine_anchors_come_in_pairs_and_coarse_ones_in_sixes() -> None:
    centres, counts = np.unique(anchors(), axis=0, return_counts=True)
    assert len(centres) == 16 * 16 + 8 * 8
    assert sorted(set(counts.tolist())) == [2, 6]


@given(width=sizes, height=sizes)
def test_a_picture_of_any_shape_fits_and_maps_back(width: int, height: int) -> None:
    values, box = letterboxed(np.full((height, width, 3), 255, np.uint8))
    assert values.shape == (1, SIDE, SIDE, 3)
    assert (values.min() >= -1, values.max()) == (True, pytest.approx(1, abs=0.01))
    middle = np.array([[SIDE / 2, SIDE / 2]], np.float32)
    slack = max(width, height) / SIDE
    assert box.back(middle)[0] == pytest.approx((width / 2, height / 2), abs=slack)


def test_the_input_is_rgb() -> None:
    blue = np.zeros((64, 64, 3), np.uint8)
    blue[..., 0] = 255
    values, _ = letterboxed(blue)
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
    with pytest.raises(ModelError, match="not the short-range detector"):
        FaceDetector(model)
