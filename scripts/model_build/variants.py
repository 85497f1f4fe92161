"""The short-range detector in other arithmetic, to measure the shipped one against.

    FOLDER/float32/     the same net, weights unfolded to float32
    FOLDER/int8/        static int8, late blocks and heads in float: the fastest of the trials

Each folder is whole, for `smilepost bench vision --models FOLDER/int8`. They pass no gate and are
not for a till: docs/vision.md says what int8 does to the boxes.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from agent.vision.models import EXPRESSION
from model_build.cards import write_card
from model_build.detector import SHORT, THRESHOLD, sources
from model_build.trials import TRIALS, shrink

FASTEST = "static int8, 9 blocks"


def write_variants(folder: Path, *, shipped: Path, cache: Path) -> None:
    """Write both folders; what is not the detector is copied from the folder `shipped`."""
    _, unfolded = sources(SHORT, cache=cache)
    (trial,) = (trial for trial in TRIALS if trial.title == FASTEST)
    quantized = cache / f"{SHORT.name}.variant.tflite"
    shrink(trial, unfolded, quantized, side=SHORT.side, cache=cache)
    for name, net in (("float32", unfolded), ("int8", quantized)):
        _write(folder / name, net, title=f"{SHORT.name}-{name}", shipped=shipped)


def _write(folder: Path, net: Path, *, title: str, shipped: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in shipped.glob(f"{EXPRESSION}.*"):
        shutil.copyfile(path, folder / path.name)
    target = folder / f"{SHORT.name}.tflite"
    shutil.copyfile(net, target)
    facts: dict[str, object] = {
        "id": title,
        "role": "only to measure with",
        "licence": "Apache-2.0",
        "score_threshold": THRESHOLD,
    }
    write_card(folder / f"{SHORT.name}.json", target, facts)
    print(folder)
