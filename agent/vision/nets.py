"""The nets that look at pictures, verified and ready."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.events.catalogue import ModelRef
from agent.vision.detector import FaceDetector
from agent.vision.expression import ExpressionReader
from agent.vision.models import (
    DETECTOR,
    EXPRESSION,
    FULL_RANGE,
    TRAITS,
    load_model,
    models_folder,
)
from agent.vision.stages import Stages, unmeasured
from agent.vision.traits import TraitsReader


@dataclass(frozen=True, slots=True)
class Nets:
    """What looks at pictures."""

    detector: FaceDetector
    reader: ExpressionReader | None
    refs: dict[str, ModelRef]
    """Which models these are, by role."""
    search: FaceDetector | None = None
    """Searches for candidates far away; absent where the detector itself searches."""
    traits: TraitsReader | None = None
    """Estimates age and sex; absent unless that is switched on."""


def open_nets(
    configured: Path | None,
    *,
    expression: bool = True,
    far: bool = False,
    traits: bool = False,
    stages: Stages = unmeasured,
) -> Nets:
    """Load the detector, and what else is wanted. Raises `ModelError`.

    `expression`: the expression net. `far`: the detector for faces far away, too. `traits`: the
    age and sex net.
    """
    folder = models_folder(configured)
    detector = load_model(DETECTOR, folder=folder)
    refs = {"detector": detector.ref}
    reader = search = guesser = None
    if expression:
        model = load_model(EXPRESSION, folder=folder)
        reader, refs["expression"] = ExpressionReader(model, stages=stages), model.ref
    if far:
        model = load_model(FULL_RANGE, folder=folder)
        search, refs["search"] = FaceDetector(model), model.ref
    if traits:
        model = load_model(TRAITS, folder=folder)
        guesser, refs[TRAITS] = TraitsReader(model), model.ref
    return Nets(FaceDetector(detector), reader, refs, search=search, traits=guesser)
