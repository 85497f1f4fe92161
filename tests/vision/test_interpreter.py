"""The model runtime: which one, and numbers in and out."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest

from agent.errors import VisionError
from agent.vision.interpreter import RUNTIMES, Net
from agent.vision.models import DETECTOR, EXPRESSION, Card, Model, load_model, models_folder

MODEL = Model(card=Card(id="fake-1", file="fake.tflite", sha256="0" * 64, licence=""), content=b"")


class DoublingInterpreter:
    """A runtime with one int8 net that gives back its input, in steps of 0.5 from -10."""

    def __init__(self, *, model_content: bytes, num_threads: int) -> None:
        assert num_threads == 1
        self._content = model_content
        self._given: Any = None

    def allocate_tensors(self) -> None:
        if self._content == b"damaged":
            raise ValueError("Model provided has model identifier 'dama',\nshould be 'TFL3'")

    def get_input_details(self) -> list[dict[str, Any]]:
        shape = np.array([1, 4])
        return [{"index": 0, "shape": shape, "dtype": np.int8, "quantization": (0.5, -10)}]

    def get_output_details(self) -> list[dict[str, Any]]:
        return self.get_input_details()

    def set_tensor(self, _index: int, values: Any) -> None:
        self._given = values

    def invoke(self) -> None:
        assert self._given.dtype == np.int8

    def get_tensor(self, _index: int) -> Any:
        return self._given


@pytest.fixture
def old_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only tflite_runtime is installed."""
    fake = types.ModuleType(RUNTIMES[1])
    fake.Interpreter = DoublingInterpreter  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, RUNTIMES[0], None)
    monkeypatch.setitem(sys.modules, "tflite_runtime", types.ModuleType("tflite_runtime"))
    monkeypatch.setitem(sys.modules, RUNTIMES[1], fake)


@pytest.mark.usefixtures("old_runtime")
def test_the_older_runtime_serves_where_the_newer_is_not_installed() -> None:
    assert Net(MODEL).input_shape == (1, 4)


@pytest.mark.usefixtures("old_runtime")
def test_quantized_inputs_and_outputs_are_floats_outside() -> None:
    (out,) = Net(MODEL)(np.array([[0, 1, 2.4, -3]], np.float32))
    assert out.tolist() == [[0, 1, 2.5, -3]]
    assert out.dtype == np.float32


@pytest.mark.usefixtures("old_runtime")
def test_what_does_not_fit_the_scale_is_cut_not_wrapped() -> None:
    (out,) = Net(MODEL)(np.array([[1000, -1000, 0, 0]], np.float32))
    assert out.tolist() == [[68.5, -59, 0, 0]]


@pytest.mark.usefixtures("old_runtime")
def test_a_damaged_model_is_refused_in_one_line() -> None:
    with pytest.raises(VisionError, match=r"fake-1 cannot be run.*build_models") as caught:
        Net(Model(card=MODEL.card, content=b"damaged"))
    assert "\n" not in str(caught.value)


def test_without_any_runtime_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in RUNTIMES:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(VisionError, match=r"pip install '\.\[vision\]'"):
        Net(MODEL)


def test_the_same_picture_gives_the_same_numbers() -> None:
    net = Net(load_model(EXPRESSION, folder=models_folder(None)))
    picture = np.random.default_rng(1).uniform(0, 255, net.input_shape).astype(np.float32)
    (first,), (second,) = net(picture), net(picture)
    assert first.tolist() == second.tolist()


def test_the_shipped_nets_have_the_shapes_the_code_expects() -> None:
    folder = models_folder(None)
    detector = Net(load_model(DETECTOR, folder=folder))
    outputs = detector(np.zeros(detector.input_shape, np.float32))
    assert sorted(output.shape for output in outputs) == [(1, 896, 1), (1, 896, 16)]
    expression = Net(load_model(EXPRESSION, folder=folder))
    (shares,) = expression(np.zeros(expression.input_shape, np.float32))
    assert shares.shape == (1, 8)
    assert shares.sum() == pytest.approx(1, abs=0.03)
