"""The expression net: a small residual CNN of plain 3x3 convolutions, which int8 likes best."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from model_build.augment import SIDE
from model_build.labels import CLASSES

layers = tf.keras.layers
WIDTHS = (24, 48, 96, 160)


def network() -> Any:
    """Pixels 0 to 255 (n, 48, 48, 1) to logits (n, 8)."""
    pixels = layers.Input((SIDE, SIDE, 1))
    x = _convolved(layers.Rescaling(1 / 127.5, -1.0)(pixels), WIDTHS[0], stride=2)
    x = _residual(x, WIDTHS[0], stride=1)
    for width in WIDTHS[1:]:
        x = _residual(x, width, stride=2)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return tf.keras.Model(pixels, layers.Dense(len(CLASSES))(x))


def with_softmax(model: Any, *, temperature: float) -> Any:
    """Return the net as it ships: one picture in, calibrated probabilities out."""
    pixels = tf.keras.Input((SIDE, SIDE, 1), batch_size=1)
    scaled = layers.Rescaling(1 / temperature)(model(pixels, training=False))
    return tf.keras.Model(pixels, layers.Softmax()(scaled))


def _convolved(x: Any, width: int, *, stride: int = 1, side: int = 3) -> Any:
    x = layers.Conv2D(width, side, stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.95)(x)
    return layers.ReLU()(x) if side > 1 else x


def _residual(x: Any, width: int, *, stride: int) -> Any:
    inner = _convolved(x, width, stride=stride)
    inner = layers.Conv2D(width, 3, padding="same", use_bias=False)(inner)
    inner = layers.BatchNormalization(momentum=0.95)(inner)
    if stride != 1:
        x = _convolved(x, width, stride=stride, side=1)
    return layers.ReLU()(layers.Add()([x, inner]))
