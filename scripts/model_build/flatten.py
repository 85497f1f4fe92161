"""Prepares BlazeFace for the quantizer: the same numbers in a graph it understands.

The published file keeps its weights as float16 behind DEQUANTIZE operations, names its operators
in a deprecated field that newer tools read as ADD, has RELU as operations of their own and no
signature. None of these steps changes a result.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPERATOR = schema.BuiltinOperator
RELU = schema.ActivationFunctionType.RELU
FUSES = (OPERATOR.CONV_2D, OPERATOR.DEPTHWISE_CONV_2D, OPERATOR.ADD)


def flatten(source: Path, target: Path) -> None:
    """Write the model at `source` to `target`, prepared."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(source.read_bytes(), 0))
    kinds = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    graph = model.subgraphs[0]
    graph.operators = [op for op in graph.operators if not _folded(model, graph, op, kinds)]
    graph.operators = _fused(graph, kinds)
    _drop_unused_tensors(graph)
    _renumber_kinds(model, graph, kinds)
    model.metadata = None
    model.signatureDefs = [_signature(graph)]
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    target.write_bytes(bytes(builder.Output()))


def _folded(model: Any, graph: Any, op: Any, kinds: list[int]) -> bool:
    """Turn a DEQUANTIZE of constant float16 into a float32 constant; False for anything else."""
    if kinds[op.opcodeIndex] != OPERATOR.DEQUANTIZE:
        return False
    half, full = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    data = model.buffers[half.buffer].data
    if half.type != schema.TensorType.FLOAT16 or data is None or not len(data):
        return False
    values = np.frombuffer(np.asarray(data, np.uint8).tobytes(), np.float16).astype(np.float32)
    constant = schema.BufferT()
    constant.data = np.frombuffer(values.tobytes(), np.uint8)
    model.buffers.append(constant)
    model.buffers[half.buffer].data = None
    full.buffer, full.type = len(model.buffers) - 1, schema.TensorType.FLOAT32
    return True


def _fused(graph: Any, kinds: list[int]) -> list[Any]:
    """Put each stand-alone RELU into the operation before it, where nothing else reads that."""
    producer = {int(out): op for op in graph.operators for out in op.outputs}
    readers: dict[int, int] = {}
    for op in graph.operators:
        for tensor in op.inputs:
            readers[int(tensor)] = readers.get(int(tensor), 0) + 1
    kept = []
    for op in graph.operators:
        before = producer.get(int(op.inputs[0])) if kinds[op.opcodeIndex] == OPERATOR.RELU else None
        if before is not None and _takes_relu(before, kinds) and readers[int(op.inputs[0])] == 1:
            before.builtinOptions.fusedActivationFunction = RELU
            before.outputs = np.array([op.outputs[0]], np.int32)
            producer[int(op.outputs[0])] = before
        else:
            kept.append(op)
    return kept


def _takes_relu(op: Any, kinds: list[int]) -> bool:
    plain = schema.ActivationFunctionType.NONE
    return kinds[op.opcodeIndex] in FUSES and op.builtinOptions.fusedActivationFunction == plain


def _drop_unused_tensors(graph: Any) -> None:
    used = {int(i) for op in graph.operators for i in [*op.inputs, *op.outputs]}
    used |= {int(i) for i in [*graph.inputs, *graph.outputs]}
    kept = [index for index in range(len(graph.tensors)) if index in used]
    place = {index: new for new, index in enumerate(kept)} | {-1: -1}
    graph.tensors = [graph.tensors[index] for index in kept]
    for op in graph.operators:
        op.inputs, op.outputs = _moved(op.inputs, place), _moved(op.outputs, place)
        op.intermediates = None
    graph.inputs, graph.outputs = _moved(graph.inputs, place), _moved(graph.outputs, place)


def _moved(indices: Iterable[int], place: dict[int, int]) -> np.ndarray[Any, Any]:
    return np.array([place[int(index)] for index in indices], np.int32)


def _renumber_kinds(model: Any, graph: Any, kinds: list[int]) -> None:
    used = sorted({op.opcodeIndex for op in graph.operators})
    for op in graph.operators:
        op.opcodeIndex = used.index(op.opcodeIndex)
    model.operatorCodes = [model.operatorCodes[index] for index in used]
    for code, index in zip(model.operatorCodes, used, strict=True):
        code.builtinCode = kinds[index]


def _signature(graph: Any) -> Any:
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = "serving_default", 0
    signature.inputs = [_named(graph, index) for index in graph.inputs]
    signature.outputs = [_named(graph, index) for index in graph.outputs]
    return signature


def _named(graph: Any, index: int) -> Any:
    entry, name = schema.TensorMapT(), graph.tensors[int(index)].name
    entry.name = name.decode() if isinstance(name, bytes) else name
    entry.tensorIndex = int(index)
    return entry
