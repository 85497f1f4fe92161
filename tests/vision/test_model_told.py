"""The expression net's card and what the documents say of it."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module(f"model_build.{name}")


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Any:
    return module("tables", monkeypatch)


@pytest.fixture
def hardships(monkeypatch: pytest.MonkeyPatch) -> Any:
    return module("hardships", monkeypatch)


@pytest.fixture
def face() -> np.ndarray:
    picture = np.full((48, 48), 200, np.uint8)
    picture[16:22, 12:20] = picture[16:22, 28:36] = 20
    picture[34:38, 16:32] = 60
    return picture


def test_the_document_quotes_the_card(tables: Any) -> None:
    page = (ROOT / "docs" / "vision.md").read_text("utf-8")
    card = json.loads((ROOT / "models" / "expression.json").read_text("utf-8"))
    assert tables.written_into(page, card) == page


def test_a_document_without_its_marks_is_refused(tables: Any) -> None:
    with pytest.raises(ValueError, match="the document has no"):
        tables.written_into("nothing to see", {})


def test_writing_twice_changes_nothing_and_leaves_the_rest_alone(tables: Any) -> None:
    card = json.loads((ROOT / "models" / "expression.json").read_text("utf-8"))
    page = f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n"
    once = tables.written_into(page, card)
    assert tables.written_into(once, card) == once
    assert once.startswith("before\n")
    assert once.endswith("\nafter\n")
    assert "old" not in once


def test_every_hardship_changes_a_picture_the_same_way_each_time(
    hardships: Any, face: np.ndarray
) -> None:
    for name in hardships.HARDSHIPS:
        once, again = (hardships.spoilt(face[None], name)[0] for _ in range(2))
        assert once.shape == face.shape
        assert once.dtype == np.uint8
        assert (once == again).all(), name
        assert (once != face).any(), name


def test_blur_and_distance_take_detail_and_darkness_takes_light(
    hardships: Any, face: np.ndarray
) -> None:
    for name in ("blurred by 1.5 pixels", "24 pixels wide"):
        assert hardships.spoilt(face[None], name).std() < face.std()
    dark = hardships.spoilt(face[None], "a quarter of the light")
    assert dark.mean() == pytest.approx(face.mean() / 4, abs=2)
