"""The model cards of what looked, as far as a page tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.events.catalogue import ModelRef


class _Card(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    role: str = ""
    licence: str = ""
    limits: str = ""


@dataclass(frozen=True, slots=True)
class ModelNote:
    """One model."""

    id: str
    """Name and version, as events name it."""
    sha256: str
    role: str
    licence: str
    limits: str
    """What it cannot do, in the card's own words."""


def notes_of(refs: Mapping[str, ModelRef], *, folder: Path) -> tuple[ModelNote, ...]:
    """Return what the cards in `folder` say of the models in use; unread cards say nothing."""
    cards = {card.id: card for path in sorted(folder.glob("*.json")) if (card := _read(path))}
    return tuple(_note(role, ref, cards.get(ref.id)) for role, ref in refs.items())


def _read(path: Path) -> _Card | None:
    try:
        return _Card.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _note(role: str, ref: ModelRef, card: _Card | None) -> ModelNote:
    said = card or _Card(id=ref.id)
    return ModelNote(
        id=ref.id,
        sha256=ref.sha256,
        role=said.role or role,
        licence=said.licence,
        limits=said.limits,
    )
