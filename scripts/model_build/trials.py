"""What was tried on the detectors, as a table: size, time and agreement of ways to shrink them.

Of a static int8 net the layers that stay float are named by a pattern; `0 blocks` leaves only the
first two convolutions in int8. Calibration sees other people than the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import qtyping, quantizer, recipe

from agent.vision.detector import letterboxed
from model_build.agreement import compare
from model_build.detector import (
    FULL,
    SHORT,
    Published,
    gate_pictures,
    latency_ms,
    opened,
    other_stills,
    sources,
)
from model_build.pictures import Pixels, read_pictures, varied

HEADS = r"(classificator|regressor|classifier_face|reshape)"
CALIBRATION_CROPS = 150
_KEEP = recipe.AlgorithmName.NO_QUANTIZE
_EVERY = qtyping.TFLOperationName


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to shrink a net."""

    title: str
    recipe: Callable[[], Any]
    float_layers: str | None = None
    """A pattern of layers left alone."""
    calibrated: bool = False


def blocks(first: int) -> str:
    """Return the pattern of all layers from block `first` on, and of the heads."""
    numbers = "|".join(str(number) for number in range(first, 60))
    kinds = "conv2d|activation|depthwise_conv2d|add|channel_padding|max_pooling2d|up_sampling2d"
    return rf"({HEADS}|({kinds}|lambda|zero_padding2d)_({numbers})(\b|_|/|;|$)).*"


TRIALS = (
    Trial("int8 weights, float arithmetic", recipe.weight_only_wi8_afp32),
    Trial("dynamic int8", recipe.dynamic_wi8_afp32),
    Trial("static int8, all", recipe.static_wi8_ai8, None, calibrated=True),
    Trial("static int8, heads float", recipe.static_wi8_ai8, rf"{HEADS}.*", calibrated=True),
    *(
        Trial(
            f"static int8, {kept} blocks", recipe.static_wi8_ai8, blocks(kept + 1), calibrated=True
        )
        for kept in (9, 5, 2, 0)
    ),
)


def table(which: Published, *, cache: Path) -> Iterator[str]:
    """Yield the rows of a Markdown table, as they are measured."""
    pictures = list(gate_pictures(cache))
    published, unfolded = sources(which, cache=cache)
    exact = opened(unfolded)
    yield "| build | kB | ms a call | found at .95 | at .75 | mean overlap | extra |"
    yield "|---|---|---|---|---|---|---|"
    for title, path in [("float16 weights", published), *_tried(which, unfolded, cache)]:
        ours = opened(path)
        found = compare(exact, ours, pictures)
        kilobytes, spent_ms = path.stat().st_size / 1000, latency_ms(ours, pictures[0])
        yield (
            f"| {title} | {kilobytes:.0f} | {spent_ms} | {found.recall:.1%}"
            f" | {found.roughly:.1%} | {found.mean_overlap:.3f} | {found.extra} |"
        )


def _tried(which: Published, source: Path, cache: Path) -> Iterator[tuple[str, Path]]:
    for number, trial in enumerate(TRIALS):
        target = cache / f"{which.name}.trial-{number}.tflite"
        shrink(trial, source, target, side=which.side, cache=cache)
        yield trial.title, target


def shrink(trial: Trial, source: Path, target: Path, *, side: int, cache: Path) -> None:
    """Quantize the net at `source`, unfolded, as the trial says."""
    work = quantizer.Quantizer(str(source), trial.recipe())
    if trial.float_layers is not None:
        work.update_quantization_recipe(
            regex=trial.float_layers, operation_name=_EVERY.ALL_SUPPORTED, algorithm_key=_KEEP
        )
    found = None
    if trial.calibrated:
        for end in (_EVERY.INPUT, _EVERY.OUTPUT):
            work.update_quantization_recipe(regex=".*", operation_name=end, algorithm_key=_KEEP)
        name = str(Interpreter(model_path=str(source)).get_input_details()[0]["name"])
        samples = [{name: letterboxed(crop, side=side)[0]} for crop in _calibration(cache)]
        found = work.calibrate({"serving_default": samples}, num_threads=1)
    work.quantize(found).export_model(str(target), overwrite=True)


def _calibration(cache: Path) -> Iterator[Pixels]:
    return varied(read_pictures(other_stills(cache)), count=CALIBRATION_CROPS, seed=1)


def print_trials(cache: Path) -> None:
    """Print the tables of both detectors."""
    for which in (SHORT, FULL):
        print(f"\n{which.title}\n")
        for row in table(which, cache=cache):
            print(row, flush=True)
