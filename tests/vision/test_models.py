"""Models are the ones their cards describe, or they are not used."""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ModelError
from agent.vision.detector import FaceDetector
from agent.vision.models import (
    DETECTOR,
    EXPRESSION,
    FULL_RANGE,
    TRAITS,
    load_model,
    models_folder,
)
from agent.vision.nets import open_nets

ROOT = Path(__file__).parents[2]
SHIPPED = (DETECTOR, FULL_RANGE, EXPRESSION, TRAITS)


def card_of(name: str) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((models_folder(None) / f"{name}.json").read_text())
    return card


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped models."""
    shutil.copytree(models_folder(None), tmp_path / "models")
    return tmp_path / "models"


def change_card(folder: Path, name: str, **changes: object) -> None:
    path = folder / f"{name}.json"
    card = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(card))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_models_match_their_cards(name: str) -> None:
    model = load_model(name, folder=models_folder(None))
    assert model.ref.sha256 == hashlib.sha256(model.content).hexdigest()
    assert model.ref.id == model.card.id
    assert len(model.content) == card_of(name)["size_bytes"]


def test_every_shipped_file_is_a_model_with_a_card_or_a_card() -> None:
    expected = {f"{name}.json" for name in SHIPPED} | {card_of(name)["file"] for name in SHIPPED}
    assert {path.name for path in models_folder(None).iterdir()} == expected


@pytest.mark.parametrize("name", SHIPPED)
def test_every_card_tells_source_licence_limits_and_measured_figures(name: str) -> None:
    card = card_of(name)
    assert {"source", "licence", "limits", "size_bytes", "quantization", "cpu_ms"} <= set(card)
    assert "agreement_with_float" in card or "figures" in card
    assert card["training_data"]["open_question"]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_notice_names_every_model(name: str) -> None:
    assert f"models/{card_of(name)['file']}" in (ROOT / "NOTICE").read_text("utf-8")


@pytest.mark.parametrize("name", [DETECTOR, FULL_RANGE])
def test_a_detectors_card_passes_the_gate_of_its_build(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    gate = importlib.import_module("model_build.agreement")
    agreement = card_of(name)["agreement_with_float"]
    assert (gate.GATE, agreement["same_from_overlap"]) == (0.99, gate.SAME)
    assert agreement["recall"] >= gate.GATE
    assert agreement["matched"] == pytest.approx(
        agreement["recall"] * agreement["float_faces"], abs=0.5
    )
    assert agreement["float_faces"] > 500


@pytest.mark.parametrize("name", [DETECTOR, FULL_RANGE])
def test_a_detectors_threshold_is_the_one_of_its_card(name: str) -> None:
    card = card_of(name)
    detector = FaceDetector(load_model(name, folder=models_folder(None)))
    assert detector.threshold == card["score_threshold"]
    assert card["input"].startswith(f"1x{detector.side}x{detector.side}x3 ")


def test_the_full_range_finds_small_faces_and_the_short_range_large_ones() -> None:
    short, full = (card_of(name)["found_by_size"]["share"] for name in (DETECTOR, FULL_RANGE))
    assert full["0.06"] > 0.8
    assert short["0.06"] < 0.2
    assert full["0.6"] < short["0.6"]


def test_the_traits_card_answers_as_its_original_and_says_what_is_open() -> None:
    card = card_of(TRAITS)
    agreement = card["agreement_with_float"]
    assert agreement["face_api_apart"]["years"] <= 0.1
    assert agreement["face_api_apart"]["male"] <= 0.005
    assert agreement["faces"] >= 40
    assert "not settled" in card["training_data"]["open_question"]
    assert "Off in every profile" in card["limits"]
    assert card["known_bias"]


def test_the_expression_card_states_what_is_open_about_its_data() -> None:
    card = card_of(EXPRESSION)
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
    path = folder / "face_short_range.tflite"
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
    (folder / "face_short_range.tflite").write_bytes(nonsense)
    change_card(folder, DETECTOR, sha256=hashlib.sha256(nonsense).hexdigest())
    with pytest.raises(ModelError, match="cannot be run") as caught:
        FaceDetector(load_model(DETECTOR, folder=folder))
    assert "\n" not in str(caught.value)


def test_presence_needs_no_expression_net(folder: Path) -> None:
    (folder / "expression.json").unlink()
    nets = open_nets(folder, expression=False)
    assert nets.reader is None
    assert list(nets.refs) == ["detector"]


def test_from_afar_another_net_searches(folder: Path) -> None:
    nets = open_nets(folder, expression=False, far=True)
    assert nets.search is not None
    assert (nets.search.side, nets.detector.side) == (192, 128)
    assert list(nets.refs) == ["detector", "search"]


def test_near_the_counter_nobody_needs_the_net_for_afar(folder: Path) -> None:
    (folder / "face_full_range.json").unlink()
    assert open_nets(folder).search is None
    with pytest.raises(ModelError, match="face_full_range"):
        open_nets(folder, far=True)


def test_smile_needs_both_nets(folder: Path) -> None:
    assert sorted(open_nets(folder).refs) == ["detector", "expression"]
    (folder / "expression.json").unlink()
    with pytest.raises(ModelError):
        open_nets(folder)
