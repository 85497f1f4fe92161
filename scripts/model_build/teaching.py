"""What a student learns from: people's votes, and what trained nets make of the same picture.

Ten votes are a rough measure of what people see. Nets that were trained on many pictures smooth
it (Hinton et al., 2015, "Distilling the Knowledge in a Neural Network").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model_build.figures import softmax
from model_build.labels import Bytes, Floats, Fold
from model_build.network import Network
from model_build.training import logits


def opinion(teachers: Sequence[Network], pictures: Bytes) -> Floats:
    """Return what the teachers say on average (n, 8) of pictures and of their mirror images."""
    views = (pictures, pictures[:, :, ::-1])
    shares = [softmax(logits(teacher, view)) for teacher in teachers for view in views]
    mean: Floats = np.mean(shares, axis=0, dtype=np.float32)
    return mean


def taught(fold: Fold, teachers: Sequence[Network], *, trust: float) -> Fold:
    """Return a fold whose labels are `trust` parts the teachers' opinion, the rest the votes."""
    if not teachers:
        return fold
    shares = opinion(teachers, fold.pictures)
    return replace(fold, labels=(1 - trust) * fold.labels + trust * shares)
