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

WARM_STEPS = 100
AVERAGING = 0.998
"""Decay of the averaged weights a step: about the last two epochs."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cosine from a peak rate down to nothing (Loshchilov and Hutter, 2017)."""

    epochs: int
    peak_rate: float
    batch: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and from which seed; the same plan on the same data gives the same net."""

    seed: int
    threads: int
    cycles: tuple[Cycle, ...]


def prepare(plan: Plan) -> None:
    """Seed everything and fix the threads, before TensorFlow builds anything."""
    tf.keras.utils.set_random_seed(plan.seed)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(plan.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def train(
    model: Any, fold: Fold, chosen: Fold, plan: Plan, *, cache: Path, resume: int = 0
) -> None:
    """Train `model` on `fold`, from cycle `resume` on; keep what does best on `chosen`.

    Every cycle begins with the averaged weights the one before did best with, read back from
    `cache`, and with a seed of its own, so that resuming gives what going through would have.
    """
    for index, cycle in enumerate(plan.cycles):
        if index >= resume:
            if index:
                tf.keras.utils.set_random_seed(plan.seed + index)
            weights = _weights(cache, index)
            _train_cycle(model, fold, chosen, cycle, seed=plan.seed + index, checkpoint=weights)
        model.load_weights(_weights(cache, index))


def _weights(cache: Path, cycle: int) -> Path:
    return cache / f"expression.{cycle}.weights.h5"


def _train_cycle(
    model: Any, fold: Fold, chosen: Fold, cycle: Cycle, *, seed: int, checkpoint: Path
) -> None:
    rng = np.random.default_rng(seed)
    stepper = _Stepper(model, cycle, total=len(fold) // cycle.batch * cycle.epochs)
    best = 0.0
    for epoch in range(cycle.epochs):
        began = time.monotonic()
        losses = _epoch(stepper, fold, cycle.batch, rng)
        with stepper.averaged():
            right = accuracy(logits(model, chosen), chosen)
            if right >= best:
                best = right
                model.save_weights(checkpoint)
        took_s = time.monotonic() - began
        print(
            f"{epoch + 1} loss {np.mean(losses):.4f} chosen {right:.4f} {took_s:.0f} s", flush=True
        )


def _epoch(stepper: _Stepper, fold: Fold, batch: int, rng: np.random.Generator) -> list[float]:
    order = rng.permutation(len(fold))
    losses = []
    for start in range(0, len(order) - batch + 1, batch):
        part = fold.pick(order[start : start + batch])
        losses.append(stepper.step(augmented(part.pictures, rng), part.labels))
    return losses


def logits(model: Any, fold: Fold) -> Floats:
    """Return the model's logits (n, 8) for every picture of a fold."""
    pixels = fold.pictures[..., None].astype(np.float32)
    parts = [model(pixels[i : i + 256], training=False).numpy() for i in range(0, len(pixels), 256)]
    return np.concatenate(parts)


def accuracy(scores: Floats, fold: Fold) -> float:
    """Share of pictures whose highest score is the class most people named."""
    return float((scores.argmax(1) == fold.labels.argmax(1)).mean())


class _Stepper:
    def __init__(self, model: Any, cycle: Cycle, *, total: int) -> None:
        self._model = model
        self._peak_rate = cycle.peak_rate
        self._total = total
        self._done = 0
        self._optimizer = tf.keras.optimizers.AdamW(cycle.peak_rate, weight_decay=2e-3)
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
        return self._peak_rate * warm * 0.5 * (1 + np.cos(np.pi * self._done / self._total)) + 1e-6

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
