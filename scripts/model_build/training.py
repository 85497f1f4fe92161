"""Trains the expression net: soft labels, cosine learning rate, averaged weights."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from model_build.augment import augmented
from model_build.labels import Floats, Fold

BATCH = 128
PEAK_RATE = 1.5e-3
WARM_STEPS = 100
AVERAGING = 0.998
"""Decay of the averaged weights a step: about the last two epochs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and from which seed; the same plan on the same data gives the same net."""

    epochs: int
    seed: int
    threads: int


def prepare(plan: Plan) -> None:
    """Seed everything and fix the threads, before TensorFlow builds anything."""
    tf.keras.utils.set_random_seed(plan.seed)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(plan.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def train(model: Any, fold: Fold, chosen: Fold, plan: Plan, *, checkpoint: Path) -> None:
    """Train `model` on `fold`; keep the averaged weights that do best on `chosen`."""
    rng = np.random.default_rng(plan.seed)
    steps = len(fold) // BATCH
    stepper = _Stepper(model, total=steps * plan.epochs)
    best = 0.0
    for epoch in range(plan.epochs):
        began = time.monotonic()
        losses = _epoch(stepper, fold, rng)
        with stepper.averaged():
            right = accuracy(logits(model, chosen), chosen)
            if right >= best:
                best = right
                model.save_weights(checkpoint)
        took_s = time.monotonic() - began
        print(f"{epoch + 1} loss {np.mean(losses):.4f} chosen {right:.4f} {took_s:.0f} s", flush=True)
    model.load_weights(checkpoint)


def _epoch(stepper: _Stepper, fold: Fold, rng: np.random.Generator) -> list[float]:
    order = rng.permutation(len(fold))
    losses = []
    for start in range(0, len(order) - BATCH + 1, BATCH):
        batch = fold.pick(order[start : start + BATCH])
        losses.append(stepper.step(augmented(batch.pictures, rng), batch.labels))
    return losses


def logits(model: Any, fold: Fold) -> Floats:
    """The model's logits (n, 8) for every picture of a fold."""
    pixels = fold.pictures[..., None].astype(np.float32)
    parts = [model(pixels[i : i + 256], training=False).numpy() for i in range(0, len(pixels), 256)]
    return np.concatenate(parts)


def accuracy(scores: Floats, fold: Fold) -> float:
    """Share of pictures whose highest score is the class most people named."""
    return float((scores.argmax(1) == fold.labels.argmax(1)).mean())


class _Stepper:
    def __init__(self, model: Any, *, total: int) -> None:
        self._model = model
        self._total = total
        self._done = 0
        self._optimizer = tf.keras.optimizers.AdamW(PEAK_RATE, weight_decay=2e-3)
        self._optimizer.build(model.trainable_variables)
        self._average = [tf.Variable(w, trainable=False) for w in model.weights]
        self._compiled = tf.function(self._apply, reduce_retracing=True)

    def step(self, pixels: Floats, labels: Floats) -> float:
        self._optimizer.learning_rate.assign(self._rate())
        loss = self._compiled(tf.constant(pixels), tf.constant(labels))
        self._done += 1
        return float(loss)

    def averaged(self) -> _Averaged:
        return _Averaged(self._model, self._average)

    def _rate(self) -> float:
        warm = min(1.0, (self._done + 1) / WARM_STEPS)
        return PEAK_RATE * warm * 0.5 * (1 + np.cos(np.pi * self._done / self._total)) + 1e-6

    def _apply(self, pixels: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            found = self._model(pixels, training=True)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels, found))
        variables = self._model.trainable_variables
        self._optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        for mean, weight in zip(self._average, self._model.weights, strict=True):
            if weight.dtype == "float32":
                mean.assign_sub((1 - AVERAGING) * (mean - weight))
        return loss


class _Averaged:
    """Puts the averaged weights into the model for as long as it is entered."""

    def __init__(self, model: Any, average: list[Any]) -> None:
        self._model = model
        self._average = average
        self._live: list[Any] = []

    def __enter__(self) -> None:
        self._live = self._model.get_weights()
        self._model.set_weights([mean.numpy() for mean in self._average])

    def __exit__(self, *_: object) -> None:
        self._model.set_weights(self._live)
