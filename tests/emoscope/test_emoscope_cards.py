"""What is told of the models, from their cards."""

from __future__ import annotations

import json
from pathlib import Path

from agent.emoscope.cards import notes_of
from agent.emoscope.scope import open_tools
from agent.events.catalogue import ModelRef
from agent.vision.settings import VisionSettings

HASH = "ab" * 32


def test_a_card_is_found_by_the_models_id(tmp_path: Path) -> None:
    card = {"id": "net-2", "role": "finds", "licence": "MIT", "limits": "Few.", "sha256": HASH}
    (tmp_path / "any.json").write_text(json.dumps(card), encoding="utf-8")
    (note,) = notes_of({"detector": ModelRef(id="net-2", sha256=HASH)}, folder=tmp_path)
    assert (note.id, note.role, note.licence, note.limits) == ("net-2", "finds", "MIT", "Few.")


def test_without_its_card_a_model_is_still_named(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (note,) = notes_of({"detector": ModelRef(id="net-2", sha256=HASH)}, folder=tmp_path)
    assert (note.id, note.sha256, note.role, note.limits) == ("net-2", HASH, "detector", "")


def test_the_models_of_this_version_say_what_they_cannot_do() -> None:
    models = open_tools(VisionSettings().model_copy(update={"mode": "smile"})).models
    assert len(models) == 2
    assert all(model.limits and model.licence and model.role for model in models)
