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
    return round(float(hits.mean()), 4)


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
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(confidence[bins == b].mean() - hits[bins == b].mean()) * (bins == b).mean()
        for b in range(BINS)
        if (bins == b).any()
    ]
    return round(float(sum(gaps)), 4)
