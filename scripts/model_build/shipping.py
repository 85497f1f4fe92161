"""From a trained net to the .tflite that ships: batch norms folded, calibrated, int8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from model_build.augment import SIDE
from model_build.labels import Bytes, Floats
from model_build.network import Convolved, Network

layers = tf.keras.layers


def shipped(net: Network, *, temperature: float) -> Any:
    """Return the net as it ships: one picture 0 to 255 in, calibrated probabilities out."""
    pixels = tf.keras.Input((SIDE, SIDE, 1), batch_size=1)
    x = _rectified(_convolved(layers.Rescaling(1 / 127.5, -1.0)(pixels), net.stem))
    for stage in net.stages:
        x = _residual(x, stage)
    x = layers.GlobalAveragePooling2D()(x)
    weight, bias = (parameter.detach().numpy() for parameter in net.answer.parameters())
    answer = layers.Dense(len(bias))
    scores = answer(x)
    answer.set_weights([weight.T / temperature, bias / temperature])
    return tf.keras.Model(pixels, layers.Softmax()(scores))


def quantized(model: Any, pictures: Bytes) -> bytes:
    """Convert to full int8 with the ranges seen on `pictures`; input and output stay float."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]

    def samples() -> Iterator[list[Floats]]:
        for picture in pictures:
            yield [picture[None, ..., None].astype(np.float32)]

    converter.representative_dataset = samples
    return bytes(converter.convert())


def unquantized(model: Any) -> bytes:
    """Convert as it is, in float32."""
    return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


def _residual(x: Any, block: Any) -> Any:
    inner = _convolved(_rectified(_convolved(x, block.first)), block.second)
    around = x if block.around is None else _convolved(x, block.around)
    return _rectified(layers.Add()([inner, around]))


def _convolved(x: Any, part: Convolved) -> Any:
    """One convolution with its normalization folded into weights and bias.

    Padding is written out: TensorFlow's "same" begins a stride one pixel later than PyTorch.
    """
    convolution, normal = part.convolution, part.normal
    side, stride = convolution.kernel_size[0], convolution.stride[0]
    weight, bias = _folded(convolution.weight, normal)
    if stride > 1 and side > 1:
        x = layers.ZeroPadding2D(((side // 2, 0), (side // 2, 0)))(x)
    padding = "valid" if stride > 1 else "same"
    layer = layers.Conv2D(len(bias), side, stride, padding=padding)
    out = layer(x)
    layer.set_weights([weight.transpose(2, 3, 1, 0), bias])
    return out


def _folded(weight: Any, normal: Any) -> tuple[Floats, Floats]:
    """Return the weights and the bias of a convolution that does its batch norm's work too."""
    factor = (normal.weight / (normal.running_var + normal.eps).sqrt()).detach()
    bias = normal.bias.detach() - normal.running_mean * factor
    return (weight.detach() * factor[:, None, None, None]).numpy(), bias.numpy()


def _rectified(x: Any) -> Any:
    return layers.ReLU()(x)
