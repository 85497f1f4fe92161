"""FER+ labels: ten people's votes become one soft label an image.

The rule is that of the FER+ authors' code (Barsoum et al., 2016, "Training Deep Networks for
Facial Expression Recognition with Crowd-Sourced Label Distribution"): single votes are outliers,
and an image is kept when most of its remaining votes name an expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

CLASSES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
)
MAJORITY = 0.5
VALENCE = np.array([1, 0, 1, 2, 2, 2, 2, 2])
"""Class to positive (0), neutral (1), negative (2). Surprise has no valence of its own."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Pictures (n, 48, 48) and their soft labels (n, 8)."""

    pictures: Bytes
    labels: Floats

    def __len__(self) -> int:
        return len(self.pictures)

    def pick(self, index: npt.NDArray[np.intp]) -> Fold:
        """Return the pictures at `index`, with their labels."""
        return Fold(self.pictures[index], self.labels[index])


def soft_labels(votes: npt.NDArray[np.integer]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Votes (n, 10) to soft labels (n, 8) and which of the images to keep."""
    shares = votes.astype(np.float32)
    shares[shares <= 1] = 0
    shares /= np.maximum(shares.sum(1, keepdims=True), 1)
    expression = shares[:, : len(CLASSES)]
    keep = (expression.sum(1) > MAJORITY) & (shares.argmax(1) < len(CLASSES))
    return expression / np.maximum(expression.sum(1, keepdims=True), 1e-6), keep


def read_fold(data: Path, name: str) -> Fold:
    """Read the fold `train` or `valid` of ferplus.npz."""
    with np.load(data) as arrays:
        pictures, votes = arrays[f"{name}_x"], arrays[f"{name}_votes"]
    labels, keep = soft_labels(votes)
    return Fold(pictures[keep], labels[keep])


def split(fold: Fold, *, share: float, seed: int) -> tuple[Fold, Fold]:
    """Cut `share` of a fold off at random: (the rest, the part cut off)."""
    order = np.random.default_rng(seed).permutation(len(fold))
    cut = int(len(fold) * share)
    return fold.pick(order[cut:]), fold.pick(order[:cut])
