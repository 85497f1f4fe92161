"""Faces in a picture: MediaPipe's BlazeFace, short range or full range, decoded here.

Source of the decoding: Bazarevsky et al., "BlazeFace" (2019), and the models' MediaPipe graphs.
The short-range model sees 128x128 pixels and has 896 anchors (two a cell on a 16x16 grid, six on
an 8x8 grid); the full-range model sees 192x192 and has 2304 (one a cell on a 48x48 grid). In both,
boxes and keypoints are offsets from the anchor in input pixels, and overlapping candidates are
blended by score instead of dropped. Which of the two a file is, its input says.
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

GRIDS: dict[int, tuple[tuple[int, int], ...]] = {128: ((16, 2), (8, 6)), 192: ((48, 1),)}
"""By the input's side: (cells along a side, anchors a cell), in the order of the outputs."""
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


def anchors(side: int) -> Floats:
    """Centres of the anchors in input pixels, (896, 2) for 128 and (2304, 2) for 192."""
    rows = [_grid(cells, each=each, side=side) for cells, each in GRIDS[side]]
    return np.concatenate(rows).astype(np.float32)


def letterboxed(picture: Pixels, *, side: int) -> tuple[Floats, Letterbox]:
    """Fit a BGR picture into the input (1, side, side, 3): RGB, -1 to 1, black bars."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.cvtColor(shrunk(picture, size), cv2.COLOR_BGR2RGB)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    values = np.full((1, side, side, 3), -1, np.float32)
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
    """Finds faces. How small ones, the model's card says."""

    def __init__(self, model: Model) -> None:
        self._net = Net(model)
        self.side = _side(self._net.input_shape, model)
        """Pixels along a side of what the net sees."""
        self._anchors = anchors(self.side)
        self.threshold = model.card.score_threshold

    def __call__(self, picture: Pixels) -> list[Face]:
        """Return faces in a BGR picture, best first, down to `CANDIDATE_SHARE` of the threshold."""
        values, box = letterboxed(picture, side=self.side)
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


def _side(shape: tuple[int, ...], model: Model) -> int:
    for side in GRIDS:
        if shape == (1, side, side, 3):
            return side
    raise ModelError(
        f"model {model.ref.id} wants {shape}, not 1x128x128x3 or 1x192x192x3:"
        " it is not a face detector; run scripts/build_models"
    )


def _sigmoid(logits: Floats) -> Floats:
    return (1 / (1 + np.exp(-np.clip(logits, -50, 50)))).astype(np.float32)


def _overlaps(one: Floats, others: Floats) -> Floats:
    shared = _areas(np.maximum(one[0], others[:, 0]), np.minimum(one[1], others[:, 1]))
    areas = _areas(others[:, 0], others[:, 1])
    overlaps: Floats = shared / (_areas(one[None, 0], one[None, 1]) + areas - shared)
    return overlaps


def _areas(low: Floats, high: Floats) -> Floats:
    """Areas (n,) between corners (n, 2); next to none where they do not span any."""
    sides = np.maximum(high - low, 1e-6)
    areas: Floats = sides[:, 0] * sides[:, 1]
    return areas


def _heads(outputs: list[Floats]) -> tuple[Floats, Floats]:
    """Values (n, 16) and score logits (n,), in whichever order the file has them."""
    by_width: dict[int, Any] = {output.shape[-1]: output[0] for output in outputs}
    return by_width[_VALUES], by_width[1][:, 0]


def _face(points: Floats, score: float) -> Face:
    (left, top), (right, bottom), eye, other_eye, nose = (
        (float(x), float(y)) for x, y in points[:5].tolist()
    )
    return Face(Box(left, top, right, bottom), score, eyes=(eye, other_eye), nose=nose)


def _grid(cells: int, *, each: int, side: int) -> Floats:
    steps = (np.arange(cells) + 0.5) * (side / cells)
    columns, lines = np.meshgrid(steps, steps)
    centres = np.stack([columns.ravel(), lines.ravel()], axis=1)
    return np.repeat(centres, each, axis=0).astype(np.float32)
