"""What a classifier is worth, from its probabilities and the people's labels. Pure."""

from __future__ import annotations

import numpy as np

from model_build.labels import CLASSES, VALENCE, Floats, Fold

HAPPINESS = CLASSES.index("happiness")
CONTEMPT = CLASSES.index("contempt")
BINS = 15


def softmax(logits: Floats, *, temperature: float = 1.0) -> Floats:
    """Logits (n, 8) to probabilities (n, 8)."""
    scaled = logits / temperature
    powers = np.exp(scaled - scaled.max(1, keepdims=True))
    shares: Floats = (powers / powers.sum(1, keepdims=True)).astype(np.float32)
    return shares


def figures(shares: Floats, fold: Fold) -> dict[str, float | int]:
    """Return the figures of a card: accuracy over 8, 7 and 3 classes, smile, calibration."""
    truth, found = fold.labels.argmax(1), shares.argmax(1)
    seven = truth != CONTEMPT
    without = np.delete(shares, CONTEMPT, axis=1).argmax(1)
    smiles, seen = truth == HAPPINESS, shares[:, HAPPINESS] >= 0.5  # noqa: PLR2004
    return {
        "pictures": len(fold),
        "accuracy_8": _share(found == truth),
        "accuracy_7": _share(without[seven] == truth[seven]),
        "accuracy_3": _share(_three(shares).argmax(1) == VALENCE[truth]),
        "smile_f1": _f1(seen, smiles),
        "smile_auc": _auc(shares[:, HAPPINESS], smiles),
        "calibration_error": calibration_error(shares, truth),
        "smile_calibration_error": _gap(shares[:, HAPPINESS], smiles),
    }


def by_class(shares: Floats, fold: Fold) -> dict[str, dict[str, float | int]]:
    """Return pictures, precision, recall and F1 of each class."""
    truth, found = fold.labels.argmax(1), shares.argmax(1)
    return {
        name: {
            "pictures": int((truth == index).sum()),
            "precision": _share((truth == index)[found == index]),
            "recall": _share((found == index)[truth == index]),
            "f1": _f1(found == index, truth == index),
        }
        for index, name in enumerate(CLASSES)
    }


def confusion(shares: Floats, fold: Fold) -> list[list[int]]:
    """Count pictures (8 x 8): a row for what most people named, a column for what the net says."""
    counts = np.zeros((len(CLASSES), len(CLASSES)), int)
    np.add.at(counts, (fold.labels.argmax(1), shares.argmax(1)), 1)
    return [[int(count) for count in row] for row in counts]


def reliability(confidence: np.ndarray, hits: np.ndarray) -> list[dict[str, float | int]]:
    """Return, for each bin of confidence that has pictures, what was said and what was right."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "pictures": int((bins == b).sum()),
            "said": round(float(confidence[bins == b].mean()), 4),
            "right": _share(hits[bins == b]),
        }
        for b in range(BINS)
        if (bins == b).any()
    ]


def sureness(shares: Floats, fold: Fold) -> list[dict[str, float | int]]:
    """Return the reliability of the likeliest class."""
    return reliability(shares.max(1), shares.argmax(1) == fold.labels.argmax(1))


def details(shares: Floats, fold: Fold) -> dict[str, object]:
    """Return what a card tells beyond `figures`: classes, confusion matrix, reliability."""
    smiles = fold.labels.argmax(1) == HAPPINESS
    return {
        "by_class": by_class(shares, fold),
        "confusion": confusion(shares, fold),
        "reliability": sureness(shares, fold),
        "smile_reliability": reliability(shares[:, HAPPINESS], smiles),
    }


def best_temperature(logits: Floats, fold: Fold) -> float:
    """Return the temperature that makes what most people named likeliest (Guo et al., 2017)."""
    choices = np.arange(0.3, 2.51, 0.02)
    rows, truth = np.arange(len(fold)), fold.labels.argmax(1)
    losses = [
        -float(np.log(softmax(logits, temperature=choice)[rows, truth] + 1e-9).mean())
        for choice in choices
    ]
    return round(float(choices[int(np.argmin(losses))]), 2)


def calibration_error(shares: Floats, truth: np.ndarray) -> float:
    """Return the expected calibration error of the likeliest class, in 15 bins."""
    return _gap(shares.max(1), shares.argmax(1) == truth)


def _three(shares: Floats) -> Floats:
    return np.stack([shares[:, v == VALENCE].sum(1) for v in range(3)], axis=1)


def _share(hits: np.ndarray) -> float:
    return round(float(hits.mean()), 4) if len(hits) else 0.0


def _f1(found: np.ndarray, truth: np.ndarray) -> float:
    return round(float(2 * (found & truth).sum() / max(1, found.sum() + truth.sum())), 4)


def _auc(scores: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve, by ranks (Mann and Whitney)."""
    ranks = np.empty(len(scores))
    ranks[scores.argsort()] = np.arange(1, len(scores) + 1)
    positives = int(truth.sum())
    above = ranks[truth].sum() - positives * (positives + 1) / 2
    return round(float(above / max(1, positives * (len(scores) - positives))), 4)


def _gap(confidence: np.ndarray, hits: np.ndarray) -> float:
    """Mean distance between what was said and what was right, over 15 bins by their pictures."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(confidence[bins == b].mean() - hits[bins == b].mean()) * (bins == b).mean()
        for b in range(BINS)
        if (bins == b).any()
    ]
    return round(float(sum(gaps)), 4)
