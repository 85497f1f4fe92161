"""Trains, calibrates and quantizes the expression net, and writes its card.

The data is not part of the project: point `--data` at a ferplus.npz with `train_x`,
`train_votes`, `valid_x` and `valid_votes` (48x48 grey pictures, ten people's votes). A tenth of
the training fold is kept aside to choose the best epoch and the temperature; the figures of the
card are of the validation fold, which no weight and no temperature is picked by.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from agent.vision.interpreter import Net
from agent.vision.models import Card, Model
from model_build.cards import write_card
from model_build.figures import best_temperature, figures, softmax
from model_build.labels import Floats, Fold, read_fold, split
from model_build.network import network, with_softmax
from model_build.training import Cycle, Plan, logits, prepare, train

NAME = "expression"
ID = "expression-1"
KEPT_ASIDE = 0.1
CALIBRATION_EVERY = 100
CYCLES = (
    Cycle(epochs=22, peak_rate=1.5e-3, batch=128),
    Cycle(epochs=8, peak_rate=8e-4, batch=64),
    Cycle(epochs=12, peak_rate=8e-4, batch=128),
)
WORST_LOSS = 0.005
"""int8 may lose this much accuracy to float, or nothing is written."""


def build(data: Path, out: Path, plan: Plan, *, cache: Path, resume: int) -> None:
    """Train from cycle `resume` on, quantize, measure, write."""
    prepare(plan)
    learnt, chosen = split(read_fold(data, "train"), share=KEPT_ASIDE, seed=plan.seed)
    model = network()
    cache.mkdir(parents=True, exist_ok=True)
    train(model, learnt, chosen, plan, cache=cache, resume=resume)
    temperature = best_temperature(logits(model, chosen), chosen)
    held_out = read_fold(data, "valid")
    exact = figures(softmax(logits(model, held_out), temperature=temperature), held_out)
    path = out / f"{NAME}.int8.tflite"
    path.write_bytes(quantized(with_softmax(model, temperature=temperature), learnt))
    ours, latency_ms = measured(path, held_out)
    print(f"temperature {temperature}\nfloat {exact}\nint8  {ours}")
    if ours["accuracy_7"] < exact["accuracy_7"] - WORST_LOSS:
        path.unlink()
        raise SystemExit(
            "train_expression: int8 loses more than half a point to float: not written"
        )
    facts = _facts(plan, temperature, exact, ours, data) | {"cpu_ms": latency_ms}
    write_card(out / f"{NAME}.json", path, facts)


def quantized(model: Any, fold: Fold) -> bytes:
    """Convert to full int8, calibrated on training pictures; input and output stay float."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]

    def samples() -> Iterator[list[Floats]]:
        for picture in fold.pictures[::CALIBRATION_EVERY]:
            yield [picture[None, ..., None].astype(np.float32)]

    converter.representative_dataset = samples
    return bytes(converter.convert())


def measured(path: Path, fold: Fold) -> tuple[dict[str, float | int], float]:
    """Return the figures of a .tflite over a fold, and its CPU milliseconds a picture."""
    card = Card(id=ID, file=path.name, sha256="0" * 64, licence="")
    net = Net(Model(card=card, content=path.read_bytes()))
    began = time.process_time()
    shares = np.concatenate(
        [net(picture[None, ..., None].astype(np.float32))[0] for picture in fold.pictures]
    )
    spent = time.process_time() - began
    return figures(shares, fold), round(1000 * spent / len(fold), 3)


def _facts(
    plan: Plan,
    temperature: float,
    exact: dict[str, float | int],
    ours: dict[str, float | int],
    data: Path,
) -> dict[str, object]:
    return {
        "id": ID,
        "role": "perceived expression of one face",
        "source": "a residual CNN of our own, trained by scripts/train_expression",
        "licence": "Apache-2.0 for the net; see training_data for what is open about its data",
        "input": "1x48x48x1 float32, grey 0 to 255, eyes at (15.5, 19.1) and (32.6, 19.1)",
        "output": "1x8 probabilities: neutral, happiness, surprise, sadness, anger, disgust, fear,"
        " contempt; smile = happiness; positive = happiness, neutral = neutral + surprise,"
        " negative = the rest",
        "quantization": "static int8 weights and activations, float32 input and output",
        "training": asdict(plan) | {"temperature": temperature},
        "training_data": {
            "pictures": "FER2013 (Goodfellow et al., 2013), collected from the web",
            "labels": "FER+ (Barsoum et al., 2016), ten people a picture, MIT",
            "sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
            "open_question": "No licence grant by the photographers is known. Whether a product may"
            " be trained on these pictures commercially is not settled: ask a lawyer before"
            " relying on it, or train on pictures of your own with the same script.",
        },
        "figures": {
            "measured_on": "FER+ validation fold, never trained on and not used to pick weights or"
            " temperature; its calibration error was seen before the temperature's criterion was"
            " settled",
            "int8": ours,
            "float": exact,
        },
        "limits": "Labels are what ten people saw in a picture, not what anybody felt. FER2013 is"
        " web photographs of unknown demographics: error rates by age, sex and skin are not"
        " known. Two in ten pictures are read differently from the majority of people. Not for"
        " decisions about a person.",
    }


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="ferplus.npz")
    parser.add_argument("--out", type=Path, required=True, help="folder of model and card")
    parser.add_argument("--cache", type=Path, required=True, help="folder of the float weights")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", type=int, default=0, help="keep this many finished cycles")
    given = parser.parse_args()
    plan = Plan(seed=given.seed, threads=given.threads, cycles=CYCLES)
    build(given.data, given.out, plan, cache=given.cache, resume=given.resume)


if __name__ == "__main__":
    main()
