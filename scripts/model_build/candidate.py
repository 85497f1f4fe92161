"""A trained net made ready to ship, and what it is worth on a fold: float and int8."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from agent.vision.interpreter import Net
from agent.vision.models import Card, Model
from model_build.figures import figures, softmax
from model_build.labels import Bytes, Floats, Fold
from model_build.network import Network
from model_build.shipping import quantized, shipped
from model_build.training import logits

CALIBRATION_EVERY = 100
ROUNDS = 1000

Figures = dict[str, float | int]


@dataclass(frozen=True)
class Candidate:
    """A float net, the temperature that calibrates it, and the .tflite made of both."""

    net: Network
    temperature: float
    content: bytes

    def exact(self, fold: Fold) -> Figures:
        """Return the figures of the float net on the pictures of `fold` that have an answer."""
        fold = fold.measurable
        return figures(softmax(logits(self.net, fold.pictures), temperature=self.temperature), fold)

    def measured(self, fold: Fold) -> Figures:
        """Return the figures of the .tflite on the pictures of `fold` that have an answer."""
        fold = fold.measurable
        return figures(self.shares(fold.pictures), fold)

    def shares(self, pictures: Bytes) -> Floats:
        """Return what the .tflite says (n, 8) of pictures (n, 48, 48)."""
        return np.concatenate([self._runner(_pixels(picture))[0] for picture in pictures])

    def latency_ms(self, pictures: Bytes) -> float:
        """Return the median CPU milliseconds of one picture, on one thread."""
        spent = [_spent_ms(self._runner, pictures[n % len(pictures)]) for n in range(ROUNDS)]
        return round(float(np.median(spent)), 3)

    @cached_property
    def _runner(self) -> Net:
        card = Card(id="candidate", file="candidate.tflite", sha256="0" * 64, licence="")
        return Net(Model(card=card, content=self.content))


def candidate(net: Network, fold: Fold, *, temperature: float) -> Candidate:
    """Quantize a net with the ranges it has on some pictures of `fold`."""
    content = quantized(shipped(net, temperature=temperature), fold.pictures[::CALIBRATION_EVERY])
    return Candidate(net, temperature, content)


def _pixels(picture: Bytes) -> Floats:
    return picture[None, ..., None].astype(np.float32)


def _spent_ms(run: Callable[[Floats], object], picture: Bytes) -> float:
    began = time.process_time()
    run(_pixels(picture))
    return 1000 * (time.process_time() - began)
