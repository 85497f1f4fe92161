"""Models are the ones their cards describe, or they are not used."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from agent.errors import ModelError
from agent.vision.detector import FaceDetector
from agent.vision.models import DETECTOR, EXPRESSION, load_model, models_folder
from agent.vision.nets import open_nets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped models."""
    shutil.copytree(models_folder(None), tmp_path / "models")
    return tmp_path / "models"


def change_card(folder: Path, name: str, **changes: object) -> None:
    path = folder / f"{name}.json"
    card = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(card))


@pytest.mark.parametrize("name", [DETECTOR, EXPRESSION])
def test_the_shipped_models_match_their_cards(name: str) -> None:
    model = load_model(name, folder=models_folder(None))
    assert model.ref.sha256 == hashlib.sha256(model.content).hexdigest()
    assert model.ref.id == model.card.id


@pytest.mark.parametrize("name", [DETECTOR, EXPRESSION])
def test_every_card_tells_source_licence_limits_and_measured_figures(name: str) -> None:
    card = json.loads((models_folder(None) / f"{name}.json").read_text())
    assert {"source", "licence", "limits", "size_bytes", "quantization", "cpu_ms"} <= set(card)
    assert "agreement_with_float" in card or "figures" in card


def test_the_detectors_card_passes_the_gate_of_its_build() -> None:
    card = json.loads((models_folder(None) / f"{DETECTOR}.json").read_text())
    assert card["agreement_with_float"]["recall"] >= 0.99


def test_the_expression_card_states_what_is_open_about_its_data() -> None:
    card = json.loads((models_folder(None) / f"{EXPRESSION}.json").read_text())
    assert "not settled" in card["training_data"]["open_question"]
    assert "never trained on" in card["figures"]["measured_on"]
    assert "not what anybody felt" in card["limits"]


def test_a_configured_folder_is_used(tmp_path: Path) -> None:
    assert models_folder(tmp_path) == tmp_path


def test_a_missing_model_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"face_short_range\.json cannot be read.*vision\.models"):
        load_model(DETECTOR, folder=tmp_path)


def test_a_card_without_its_model_is_named(folder: Path) -> None:
    (folder / "expression.int8.tflite").unlink()
    with pytest.raises(ModelError, match=r"expression\.int8\.tflite cannot be read"):
        load_model(EXPRESSION, folder=folder)


def test_a_changed_model_is_refused(folder: Path) -> None:
    path = folder / "face_short_range.int8.tflite"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="not the model its card describes"):
        load_model(DETECTOR, folder=folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": "x"}'])
def test_what_is_not_a_card_is_refused_in_one_line(folder: Path, text: str) -> None:
    (folder / "expression.json").write_text(text)
    with pytest.raises(ModelError, match="not a model card") as caught:
        load_model(EXPRESSION, folder=folder)
    assert "\n" not in str(caught.value)


def test_a_card_cannot_point_outside_its_folder(folder: Path) -> None:
    change_card(folder, EXPRESSION, file="../../expression.tflite")
    with pytest.raises(ModelError, match="file"):
        load_model(EXPRESSION, folder=folder)


def test_a_file_that_is_no_model_is_refused_though_its_hash_is_right(folder: Path) -> None:
    nonsense = b"not a model at all" * 100
    (folder / "face_short_range.int8.tflite").write_bytes(nonsense)
    change_card(folder, DETECTOR, sha256=hashlib.sha256(nonsense).hexdigest())
    with pytest.raises(ModelError, match="cannot be run") as caught:
        FaceDetector(load_model(DETECTOR, folder=folder))
    assert "\n" not in str(caught.value)


def test_presence_needs_no_expression_net(folder: Path) -> None:
    (folder / "expression.json").unlink()
    nets = open_nets(folder, expression=False)
    assert nets.reader is None
    assert list(nets.refs) == ["detector"]


def test_smile_needs_both_nets(folder: Path) -> None:
    assert sorted(open_nets(folder).refs) == ["detector", "expression"]
    (folder / "expression.json").unlink()
    with pytest.raises(ModelError):
        open_nets(folder)
