"""Weights as TensorFlow.js keeps them, and the same eight bits again in a .tflite.

A manifest names every weight, its shape and, where it is kept in uint8, a scale and the smallest
value; the smallest value is a whole number of scales. That is what .tflite calls an affine
quantized tensor, so the bytes can be carried over without rounding a second time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

Floats = npt.NDArray[np.float32]
_SHIFT = 128
"""From uint8 to int8."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight; `scale` is 0 where it is kept as float32."""

    values: Floats
    scale: float = 0.0
    zero: int = 0
    """The uint8 that stands for 0."""


def read_weights(manifest: Path, content: Path) -> dict[str, Weight]:
    """Read every weight of a one-file manifest, by name."""
    (group,) = json.loads(manifest.read_text())
    data, offset, weights = content.read_bytes(), 0, {}
    for entry in group["weights"]:
        kept = entry.get("quantization")
        kind = np.dtype(kept["dtype"] if kept else entry["dtype"])
        count = int(np.prod(entry["shape"]))
        raw = np.frombuffer(data, kind, count, offset).reshape(entry["shape"])
        offset += count * kind.itemsize
        weights[entry["name"]] = _dequantized(raw, kept) if kept else Weight(raw)
    if offset != len(data):
        raise SystemExit(f"build_models: {content} has {len(data)} bytes, its manifest {offset}")
    return weights


def _dequantized(raw: npt.NDArray[Any], kept: dict[str, Any]) -> Weight:
    scale, smallest = float(kept["scale"]), float(kept["min"])
    values = (raw.astype(np.float64) * scale + smallest).astype(np.float32)
    return Weight(values, scale=scale, zero=round(-smallest / scale))


def packed(content: bytes, weights: list[Weight]) -> bytes:
    """Put the constants of a float32 .tflite that are `weights` back into eight bits.

    Each becomes int8 behind a DEQUANTIZE, which runtimes unpack once, when they load the file:
    the file is small, and computes exactly what the float32 one does.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(content), 0))
    graph = model.subgraphs[0]
    for tensor in list(graph.tensors):
        values = _constant(model, tensor)
        weight = _same(values, weights) if values is not None else None
        if weight is not None:
            _pack(model, tensor, values, weight)
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _constant(model: Any, tensor: Any) -> Floats | None:
    data = model.buffers[tensor.buffer].data
    if tensor.type != schema.TensorType.FLOAT32 or data is None or not len(data):
        return None
    return np.frombuffer(np.asarray(data, np.uint8).tobytes(), np.float32)


def _same(values: Floats, weights: list[Weight]) -> Weight | None:
    """Return the weight with exactly these values in any order; layouts differ."""
    ordered = np.sort(values)
    for weight in weights:
        if weight.values.size == values.size and np.array_equal(
            np.sort(weight.values, axis=None), ordered
        ):
            return weight if weight.scale else None
    return None


def _pack(model: Any, tensor: Any, values: Floats, weight: Weight) -> None:
    graph, zero = model.subgraphs[0], weight.zero - _SHIFT
    steps = np.rint(values / weight.scale).astype(np.int32) + zero
    buffer, small = schema.BufferT(), schema.TensorT()
    buffer.data = np.frombuffer(steps.astype(np.int8).tobytes(), np.uint8)
    model.buffers.append(buffer)
    small.name, small.shape = tensor.name + b"_int8", tensor.shape
    small.type, small.buffer = schema.TensorType.INT8, len(model.buffers) - 1
    small.quantization = schema.QuantizationParametersT()
    small.quantization.scale, small.quantization.zeroPoint = [weight.scale], [zero]
    graph.tensors.append(small)
    place = next(i for i, other in enumerate(graph.tensors) if other is tensor)
    model.buffers[tensor.buffer].data, tensor.buffer = None, 0
    graph.operators.insert(0, _unpack(model, len(graph.tensors) - 1, place))


def _unpack(model: Any, source: int, target: int) -> Any:
    kind = schema.BuiltinOperator.DEQUANTIZE
    codes = [code.builtinCode for code in model.operatorCodes]
    if kind not in codes:
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = kind
        code.version = 2
        model.operatorCodes.append(code)
        codes.append(kind)
    op = schema.OperatorT()
    op.opcodeIndex = codes.index(kind)
    op.inputs, op.outputs = np.array([source], np.int32), np.array([target], np.int32)
    return op
