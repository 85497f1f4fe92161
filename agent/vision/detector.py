"""Faces in a picture: MediaPipe's BlazeFace short-range model, decoded here.

Source of the decoding: Bazarevsky et al., "BlazeFace" (2019), and the model's MediaPipe graph:
896 anchors (two a cell on a 16x16 grid, six on an 8x8 grid), boxes and keypoints as offsets from
the anchor in input pixels, overlapping candidates blended by score instead of dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from agent.errors import ModelError
from agent.vision.faces import Box, Face
from agent.vision.interpreter import Floats, Net
from agent.vision.models import Model

Pixels = npt.NDArray[np.uint8]
"""A picture (height, width, 3), BGR as OpenCV reads it."""

SIDE = 128
BLEND_OVERLAP = 0.3
"""Candidates that overlap the best one this much are the same face (MediaPipe's value)."""
CANDIDATE_SHARE = 0.5
"""Faces scoring this share of the threshold are reported too: they deserve a closer look."""
_VALUES = 16
"""Numbers a candidate: centre, size, six keypoints."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture was fitted into the square input."""

    scale: float
    left: int
    top: int

    def back(self, points: Floats) -> Floats:
        """Input pixels (..., 2) to picture pixels."""
        offset = np.array([self.left, self.top], np.float32)
        return ((points - offset) / np.float32(self.scale)).astype(np.float32)


def anchors() -> Floats:
    """Centres of the 896 anchors in input pixels, (896, 2)."""
    rows = [_grid(16, each=2), _grid(8, each=6)]
    return np.concatenate(rows).astype(np.float32)


def letterboxed(picture: Pixels) -> tuple[Floats, Letterbox]:
    """Fit a BGR picture into the input (1, 128, 128, 3): RGB, -1 to 1, black bars."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.cvtColor(shrunk(picture, size), cv2.COLOR_BGR2RGB)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    values = np.full((1, SIDE, SIDE, 3), -1, np.float32)
    values[0, top : top + size[1], left : left + size[0]] = small * np.float32(1 / 127.5) - 1
    return values, Letterbox(scale=scale, left=left, top=top)


def shrunk(picture: Pixels, size: tuple[int, int], *, samples: int = 2) -> Pixels:
    """Resize to (width, height), averaging `samples` times `samples` pixels into one.

    Averaging all of them, as INTER_AREA alone does, takes five times as long and finds no more.
    """
    width, height = size[0] * samples, size[1] * samples
    if picture.shape[1] < width or picture.shape[0] < height:
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    picked = cv2.resize(picture, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.resize(picked, size, interpolation=cv2.INTER_AREA), np.uint8)


class FaceDetector:
    """Finds faces from about 1/12 of the picture's longer side on."""

    def __init__(self, model: Model) -> None:
        self._net = Net(model)
        self._anchors = anchors()
        self.threshold = model.card.score_threshold
        if self._net.input_shape != (1, SIDE, SIDE, 3):
            raise ModelError(
                f"model {model.ref.id} wants {self._net.input_shape}, not 1x128x128x3:"
                " it is not the short-range detector; run scripts/build_models"
            )

    def __call__(self, picture: Pixels) -> list[Face]:
        """Return faces in a BGR picture, best first, down to `CANDIDATE_SHARE` of the threshold."""
        values, box = letterboxed(picture)
        raw, logits = _heads(self._net(values))
        floor = self.threshold * CANDIDATE_SHARE
        chosen = np.flatnonzero(logits > np.log(floor / (1 - floor)))
        if not len(chosen):
            return []
        scores = _sigmoid(logits[chosen])
        corners = decoded(raw[chosen], self._anchors[chosen])
        blended = blend(corners, scores)
        return [_face(box.back(points), score) for points, score in blended]


def decoded(raw: Floats, centres: Floats) -> Floats:
    """Raw values (n, 16) to points (n, 8, 2): two corners of the box, then six keypoints."""
    middle = raw[:, 0:2] + centres
    half = raw[:, 2:4] / 2
    keypoints = raw[:, 4:].reshape(-1, 6, 2) + centres[:, None]
    return np.concatenate([(middle - half)[:, None], (middle + half)[:, None], keypoints], axis=1)


def blend(points: Floats, scores: Floats) -> list[tuple[Floats, float]]:
    """Blend overlapping candidates into one by score, best first: (points (8, 2), score)."""
    order = np.argsort(-scores, kind="stable")
    faces = []
    while len(order):
        same = _overlaps(points[order[0]], points[order]) > BLEND_OVERLAP
        same[0] = True
        group = order[same]
        weights = (scores[group] / scores[group].sum())[:, None, None]
        faces.append(((points[group] * weights).sum(axis=0), float(scores[order[0]])))
        order = order[~same]
    return faces


def _sigmoid(logits: Floats) -> Floats:
    return (1 / (1 + np.exp(-np.clip(logits, -50, 50)))).astype(np.float32)


def _overlaps(one: Floats, others: Floats) -> Floats:
    low = np.maximum(one[0], others[:, 0])
    high = np.minimum(one[1], others[:, 1])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    area = np.prod(np.clip(one[1] - one[0], 1e-6, None))
    areas = np.prod(np.clip(others[:, 1] - others[:, 0], 1e-6, None), axis=1)
    overlaps: Floats = shared / (area + areas - shared)
    return overlaps


def _heads(outputs: list[Floats]) -> tuple[Floats, Floats]:
    """Values (896, 16) and score logits (896,), in whichever order the file has them."""
    by_width: dict[int, Any] = {output.shape[-1]: output[0] for output in outputs}
    return by_width[_VALUES], by_width[1][:, 0]


def _face(points: Floats, score: float) -> Face:
    (left, top), (right, bottom), eye, other_eye, nose = (
        (float(x), float(y)) for x, y in points[:5].tolist()
    )
    return Face(Box(left, top, right, bottom), score, eyes=(eye, other_eye), nose=nose)


def _grid(cells: int, *, each: int) -> Floats:
    steps = (np.arange(cells) + 0.5) * (SIDE / cells)
    columns, lines = np.meshgrid(steps, steps)
    centres = np.stack([columns.ravel(), lines.ravel()], axis=1)
    return np.repeat(centres, each, axis=0).astype(np.float32)
