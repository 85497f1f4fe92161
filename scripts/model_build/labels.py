"""FER+ labels: ten people's votes become one soft label an image.

The authors of FER+ (Barsoum et al., 2016, "Training Deep Networks for Facial Expression
Recognition with Crowd-Sourced Label Distribution") count single votes as outliers. What is left
of a picture's votes is its soft label. Two rules say which pictures are used: a picture is
*learnt* from when most of its remaining votes name an expression, and it is *measured* on when
one expression, the answer, has at least half of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.intp]

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
    """Pictures (n, 48, 48), their soft labels (n, 8), and which of them have one answer (n)."""

    pictures: Bytes
    labels: Floats
    settled: Flags

    def __len__(self) -> int:
        return len(self.pictures)

    def pick(self, index: Numbers | Flags) -> Fold:
        """Return the pictures at `index`, with their labels."""
        return Fold(self.pictures[index], self.labels[index], self.settled[index])

    @property
    def measurable(self) -> Fold:
        """The pictures with one answer: those a figure may be measured on."""
        return self.pick(self.settled)


def soft_labels(votes: npt.NDArray[np.integer]) -> tuple[Floats, Flags, Flags]:
    """Votes (n, 10) to soft labels (n, 8), which of the images to learn, which have an answer."""
    shares = votes.astype(np.float32)
    shares[shares <= 1] = 0
    shares /= np.maximum(shares.sum(1, keepdims=True), 1)
    expression = shares[:, : len(CLASSES)]
    readable = (expression.sum(1) > MAJORITY) & (shares.argmax(1) < len(CLASSES))
    settled = readable & (expression.max(1) >= MAJORITY)
    return expression / np.maximum(expression.sum(1, keepdims=True), 1e-6), readable, settled


def read_fold(data: Path, name: str) -> Fold:
    """Read the fold `train` or `valid` of ferplus.npz; leave out what nobody could read."""
    with np.load(data) as arrays:
        pictures, votes = arrays[f"{name}_x"], arrays[f"{name}_votes"]
    labels, readable, settled = soft_labels(votes)
    return Fold(pictures, labels, settled).pick(readable)


def split(fold: Fold, groups: Numbers, *, share: float, seed: int) -> tuple[Fold, Fold]:
    """Cut about `share` of a fold off at random, whole groups only: (the rest, the part cut off).

    `groups` (n) numbers the pictures so that copies of one picture have one number.
    """
    order = np.random.default_rng(seed).permutation(groups.max() + 1)
    cut = np.isin(groups, order[: int(len(order) * share)])
    return fold.pick(~cut), fold.pick(cut)
