"""The gate of the detectors' build, and how the traits' weights keep their bits."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.detector import Pixels
from agent.vision.faces import Box, Face

SCRIPTS = Path(__file__).parents[2] / "scripts"
PICTURE = np.zeros((10, 10, 3), np.uint8)


@pytest.fixture
def agreement(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("model_build.agreement")


def seeing(*boxes: Box, score: float = 0.9) -> Any:
    def detect(_: Pixels) -> list[Face]:
        return [Face(box, score, ((0, 0), (1, 0))) for box in boxes]

    return detect


def box(left: float = 0, size: float = 100) -> Box:
    return Box(left, 0, left + size, size)


def test_a_detector_agrees_with_itself(agreement: Any) -> None:
    found = agreement.compare(seeing(box(), box(300)), seeing(box(300), box()), [PICTURE] * 3)
    assert (found.pictures, found.float_faces, found.matched, found.extra) == (3, 6, 6, 0)
    assert (found.recall, found.roughly, found.mean_overlap) == (1, 1, 1)
    assert found.passes


@pytest.mark.parametrize(("shift", "matched", "roughly"), [(2, 1, 1), (4, 0, 1), (20, 0, 0)])
def test_a_box_elsewhere_is_not_the_same_detection(
    agreement: Any, shift: float, matched: int, roughly: float
) -> None:
    found = agreement.compare(seeing(box()), seeing(box(shift)), [PICTURE])
    assert (found.matched, found.roughly) == (matched, roughly)
    assert found.passes == bool(matched)


def test_a_lost_face_is_not_found_and_an_invented_one_is_extra(agreement: Any) -> None:
    lost = agreement.compare(seeing(box(), box(300)), seeing(box()), [PICTURE])
    assert (lost.recall, lost.extra) == (0.5, 0)
    invented = agreement.compare(seeing(box()), seeing(box(), box(300)), [PICTURE])
    assert (invented.recall, invented.extra) == (1, 1)


def test_what_the_float_detector_only_suspects_is_not_asked_for(agreement: Any) -> None:
    found = agreement.compare(seeing(box(), score=0.5), seeing(), [PICTURE])
    assert found.float_faces == 0


def test_agreement_on_nothing_is_no_pass(agreement: Any) -> None:
    assert not agreement.compare(seeing(), seeing(), [PICTURE]).passes


@pytest.mark.parametrize(("missed", "passes"), [(1, True), (2, False)])
def test_one_face_in_a_hundred_may_be_missed(agreement: Any, missed: int, *, passes: bool) -> None:
    boxes = [box(index * 200) for index in range(100)]
    found = agreement.compare(seeing(*boxes), seeing(*boxes[missed:]), [PICTURE])
    assert found.passes == passes


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("model_build.sizes")


def seeing_white_from(height: int) -> Any:
    """See the white square of a picture where it is at least so many pixels high."""

    def detect(picture: Pixels) -> list[Face]:
        lines, columns = np.nonzero(picture[..., 0] > 200)
        if not len(lines) or np.ptp(lines) + 1 < height:
            return []
        left, top, right, bottom = columns.min(), lines.min(), columns.max() + 1, lines.max() + 1
        return [Face(Box(left, top, right, bottom), 0.9, ((left, top), (right, top)))]

    return detect


def white_square() -> Pixels:
    picture = np.full((300, 400, 3), 90, np.uint8)
    picture[100:180, 150:230] = 255
    return picture


def test_a_face_is_found_from_the_size_on_that_its_detector_needs(sizes: Any) -> None:
    faces = [(white_square(), Box(150, 100, 230, 180))]
    found = sizes.found_by_size(seeing_white_from(45), faces)
    assert [found[size] for size in ("0.03", "0.05", "0.06")] == [0, 0, 0]
    assert [found[size] for size in ("0.08", "0.25", "0.6")] == [1, 1, 1]


def test_a_face_found_by_both_detectors_is_one_face(sizes: Any) -> None:
    everywhere = seeing_white_from(1)
    ((_, found),) = sizes.known_faces([white_square()], everywhere, everywhere)
    assert found == Box(150, 100, 230, 180)


def test_a_picture_without_faces_tells_nothing_of_sizes(sizes: Any) -> None:
    everywhere = seeing_white_from(1)
    assert sizes.known_faces([np.zeros((100, 100, 3), np.uint8)], everywhere, everywhere) == []


@pytest.fixture
def tfjs(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("model_build.tfjs")


def written(folder: Path, raw: np.ndarray, *, scale: float, zero: int) -> tuple[Path, Path]:
    kept = {"dtype": "uint8", "scale": scale, "min": -zero * scale}
    entry = {"name": "w", "shape": list(raw.shape), "dtype": "float32", "quantization": kept}
    bias = {"name": "b", "shape": [2], "dtype": "float32"}
    manifest, content = folder / "manifest.json", folder / "weights.bin"
    manifest.write_text(json.dumps([{"paths": ["weights.bin"], "weights": [entry, bias]}]))
    content.write_bytes(raw.tobytes() + np.array([1.5, -2], np.float32).tobytes())
    return manifest, content


@given(
    steps=st.lists(st.integers(0, 255), min_size=1, max_size=40),
    scale=st.floats(1e-4, 1),
    zero=st.integers(0, 255),
)
def test_every_step_of_a_weight_is_kept(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], scale: float, zero: int
) -> None:
    raw = np.array(steps, np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        tfjs = importlib.import_module("model_build.tfjs")
        weights = tfjs.read_weights(
            *written(tmp_path_factory.mktemp("weights"), raw, scale=scale, zero=zero)
        )
    kept = weights["w"]
    assert kept.zero == zero
    assert np.rint(kept.values / scale).astype(int).tolist() == [step - zero for step in steps]
    assert weights["b"].values.tolist() == [1.5, -2]


def test_a_manifest_that_is_not_of_these_weights_is_refused(tfjs: Any, tmp_path: Path) -> None:
    manifest, content = written(tmp_path, np.zeros(4, np.uint8), scale=0.1, zero=3)
    content.write_bytes(content.read_bytes() + b"more")
    with pytest.raises(SystemExit, match="its manifest"):
        tfjs.read_weights(manifest, content)
