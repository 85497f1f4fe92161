"""face-api's age and gender net, operation by operation: TinyXception and two linear heads.

Source: src/xception/TinyXception.ts and src/ageGenderNet/AgeGenderNet.ts of the package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from model_build.tfjs import Floats

SIDE = 112
MEAN_RGB = (122.782, 117.001, 104.298)
Weights = Mapping[str, Floats]


def age_gender(weights: Weights) -> bytes:
    """Return the net as a float32 .tflite.

    In: RGB, -1 to 1 (1, 112, 112, 3). Out: age in years (1, 1), male and female (1, 2).
    """

    @tf.function(input_signature=[tf.TensorSpec([1, SIDE, SIDE, 3], tf.float32, name="picture")])
    def net(picture: Any) -> dict[str, Any]:
        features = _features((picture * 127.5 + 127.5 - tf.constant(MEAN_RGB)) / 255, weights)
        pooled = tf.reshape(tf.nn.avg_pool2d(features, 7, 2, "VALID"), [1, 512])
        sex = tf.matmul(pooled, weights["fc/gender/weights"]) + weights["fc/gender/bias"]
        age = tf.matmul(pooled, weights["fc/age/weights"]) + weights["fc/age/bias"]
        return {"age": age, "sex": tf.nn.softmax(sex)}

    holder = tf.Module()
    holder.net = net
    concrete = net.get_concrete_function()
    return bytes(tf.lite.TFLiteConverter.from_concrete_functions([concrete], holder).convert())


def _features(values: Any, weights: Weights) -> Any:
    """Entry, middle and exit flow: (1, 112, 112, 3) to (1, 7, 7, 512)."""
    values = tf.nn.relu(_conv(values, weights, "entry_flow/conv_in", stride=2))
    values = _reduced(values, weights, "entry_flow/reduction_block_0", activated=False)
    values = _reduced(values, weights, "entry_flow/reduction_block_1")
    for block in ("main_block_0", "main_block_1"):
        values = _refined(values, weights, f"middle_flow/{block}")
    values = _reduced(values, weights, "exit_flow/reduction_block")
    return tf.nn.relu(_separable(values, weights, "exit_flow/separable_conv"))


def _reduced(values: Any, weights: Weights, name: str, *, activated: bool = True) -> Any:
    out = tf.nn.relu(values) if activated else values
    out = _separable(out, weights, f"{name}/separable_conv0")
    out = _separable(tf.nn.relu(out), weights, f"{name}/separable_conv1")
    out = tf.nn.max_pool2d(out, 3, 2, "SAME")
    return out + _conv(values, weights, f"{name}/expansion_conv", stride=2)


def _refined(values: Any, weights: Weights, name: str) -> Any:
    out = values
    for part in range(3):
        out = _separable(tf.nn.relu(out), weights, f"{name}/separable_conv{part}")
    return out + values


def _conv(values: Any, weights: Weights, name: str, *, stride: int) -> Any:
    return (
        tf.nn.conv2d(values, weights[f"{name}/filters"], stride, "SAME") + weights[f"{name}/bias"]
    )


def _separable(values: Any, weights: Weights, name: str) -> Any:
    return (
        tf.nn.separable_conv2d(
            values,
            weights[f"{name}/depthwise_filter"],
            weights[f"{name}/pointwise_filter"],
            [1, 1, 1, 1],
            "SAME",
        )
        + weights[f"{name}/bias"]
    )
