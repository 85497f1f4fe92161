"""The two nets, verified and ready."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.events.catalogue import ModelRef
from agent.vision.detector import FaceDetector
from agent.vision.expression import ExpressionReader
from agent.vision.models import DETECTOR, EXPRESSION, load_model, models_folder


@dataclass(frozen=True, slots=True)
class Nets:
    """What looks at pictures."""

    detector: FaceDetector
    reader: ExpressionReader | None
    refs: dict[str, ModelRef]
    """Which models these are, by role."""


def open_nets(configured: Path | None, *, expression: bool = True) -> Nets:
    """Load the detector, and the expression net when it is wanted. Raises `ModelError`."""
    folder = models_folder(configured)
    detector = load_model(DETECTOR, folder=folder)
    refs = {"detector": detector.ref}
    reader = None
    if expression:
        model = load_model(EXPRESSION, folder=folder)
        reader, refs["expression"] = ExpressionReader(model), model.ref
    return Nets(detector=FaceDetector(detector), reader=reader, refs=refs)
