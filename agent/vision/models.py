"""The model files: where they are, and that they are the ones their cards describe."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import ModelError
from agent.events.catalogue import ModelRef
from agent.vision.settings import VisionSettings

DETECTOR = "face_short_range"
FULL_RANGE = "face_full_range"
EXPRESSION = "expression"
TRAITS = "traits"
"""Loaded where `vision.traits` is set alone."""

_PACKAGED = Path(__file__).parent / "models"
_CHECKOUT = Path(__file__).parents[2] / "models"


class Card(BaseModel):
    """What the program needs of a model card; the file says more, for people."""

    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    id: str = Field(min_length=1, max_length=80)
    """Name and version, published beside what the model measured."""
    file: str = Field(pattern=r"^[\w.]+\.tflite$")
    """The model's file, in the same folder."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of that file."""
    licence: str
    """Of the weights."""
    score_threshold: float = Field(default=0.6, gt=0, lt=1)
    """Of a detector: a face from this score on."""


@dataclass(frozen=True, slots=True)
class Model:
    """A verified model."""

    card: Card
    content: bytes
    """The .tflite file, exactly as hashed."""

    @property
    def ref(self) -> ModelRef:
        """How events name it."""
        return ModelRef(id=self.card.id, sha256=self.card.sha256)


def models_folder(configured: Path | None) -> Path:
    """Return the folder in force: the configured one, the wheel's own, or the checkout's."""
    if configured is not None:
        return configured
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def wanted(vision: VisionSettings) -> tuple[str, ...]:
    """Return the names of the models that the cameras of a kiosk need between them."""
    far = any(vision.of(camera).far for camera in vision.ids)
    reads = vision.mode not in ("off", "presence")
    needed = {FULL_RANGE: far, EXPRESSION: reads, TRAITS: vision.traits is not None}
    return (DETECTOR, *(name for name, is_needed in needed.items() if is_needed))


def load_model(name: str, *, folder: Path) -> Model:
    """Read a model and its card from `folder`.

    Raises `ModelError` when a file is missing, unreadable, or not the one the card describes.
    """
    card = _card(folder / f"{name}.json")
    content = _bytes(folder / card.file)
    found = hashlib.sha256(content).hexdigest()
    if found != card.sha256:
        raise ModelError(
            f"{folder / card.file} is not the model its card describes (sha256 {found[:12]}...,"
            f" the card says {card.sha256[:12]}...): install Smilepost again, or run"
            " scripts/build_models"
        )
    return Model(card=card, content=content)


def _card(path: Path) -> Card:
    text = _bytes(path)
    try:
        return Card.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(
            f"{path} is not a model card ({where}: {first['msg']}): run scripts/build_models"
        ) from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"model file {path} cannot be read ({error.strerror}): set vision.models to the folder"
            " of the models, or run scripts/build_models"
        ) from error
