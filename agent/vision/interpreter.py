"""The LiteRT interpreter, one thread, behind the one call the nets need.

`ai_edge_litert` where it is installed, else the older `tflite_runtime`: same interface. One thread,
because two never helped at these sizes, and a kiosk's other cores belong to the browser.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.errors import ModelError, VisionError
from agent.vision.models import Model

Floats = npt.NDArray[np.float32]

RUNTIMES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter")


class Net:
    """A model ready to run: one input, floats in and floats out, whatever is quantized inside."""

    def __init__(self, model: Model) -> None:
        runtime = _runtime()
        try:
            self._interpreter = runtime.Interpreter(model_content=model.content, num_threads=1)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"model {model.ref.id} cannot be run: {_one_line(error)};"
                " build it again with scripts/build_models"
            ) from error
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = self._interpreter.get_output_details()

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the one input, batch first."""
        return tuple(int(side) for side in self._input["shape"])

    def __call__(self, values: Floats) -> list[Floats]:
        """Run once; `values` has `input_shape`. Outputs in the model's own order."""
        self._interpreter.set_tensor(self._input["index"], _quantized(values, self._input))
        self._interpreter.invoke()
        return [
            _dequantized(self._interpreter.get_tensor(output["index"]), output)
            for output in self._outputs
        ]


def _runtime() -> ModuleType:
    for name in RUNTIMES:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise VisionError("no model runtime: run scripts/install again, or `pip install '.[vision]'`")


def _quantized(values: Floats, details: dict[str, Any]) -> npt.NDArray[Any]:
    if details["dtype"] == np.float32:
        return values
    scale, zero = details["quantization"]
    limits = np.iinfo(details["dtype"])
    steps = np.clip(np.round(values / scale + zero), limits.min, limits.max)
    whole: npt.NDArray[Any] = steps.astype(details["dtype"])
    return whole


def _dequantized(values: npt.NDArray[Any], details: dict[str, Any]) -> Floats:
    if details["dtype"] == np.float32:
        return values
    scale, zero = details["quantization"]
    floats: Floats = (values.astype(np.float32) - np.float32(zero)) * np.float32(scale)
    return floats


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160]
