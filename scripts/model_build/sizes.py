"""How small a face a detector still finds: stills, scaled until a face has a given size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from agent.vision.attention import CLOSER, around
from agent.vision.detector import FaceDetector
from agent.vision.faces import Box, Face
from model_build.pictures import Pixels

WIDTH, HEIGHT = 640, 480
SIZES = (0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.25, 0.4, 0.6)
"""Heights of faces, in shares of the picture's longer side."""
SURE = 0.75


def known_faces(
    pictures: Sequence[Pixels], near: FaceDetector, far: FaceDetector
) -> list[tuple[Pixels, Box]]:
    """Return the faces that either detector is sure of, each by the box of the closer look."""
    found = []
    for picture in pictures:
        boxes: list[Box] = []
        for face in [*near(picture), *far(picture)]:
            closer = _closer(picture, face.box, near)
            if closer is not None and all(closer.overlap(box) < 1 / CLOSER for box in boxes):
                boxes.append(closer)
        found += [(picture, box) for box in boxes]
    return found


def found_by_size(detector: FaceDetector, faces: Sequence[tuple[Pixels, Box]]) -> dict[str, float]:
    """Return the share of faces that become candidates, by their share of the picture's width."""
    return {
        f"{size:g}": round(float(np.mean([_found(detector, face, size) for face in faces])), 2)
        for size in SIZES
    }


def _found(detector: FaceDetector, known: tuple[Pixels, Box], size: float) -> bool:
    (picture, box), wanted = known, size * WIDTH
    half = wanted / 2
    there = Box(WIDTH / 2 - half, HEIGHT / 2 - half, WIDTH / 2 + half, HEIGHT / 2 + half)
    shown = _placed(picture, box, wanted)
    return any(face.box.overlap(there) > 1 / CLOSER for face in detector(shown))


def _placed(picture: Pixels, box: Box, wanted: float) -> Pixels:
    """Return a picture of 640x480 with the face in its middle, `wanted` pixels high."""
    scale = wanted / box.height
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    sized = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=method)
    x, y = box.centre
    move = np.array([[1, 0, WIDTH / 2 - x * scale], [0, 1, HEIGHT / 2 - y * scale]], np.float32)
    placed = cv2.warpAffine(sized, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(placed, np.uint8)


def _closer(picture: Pixels, box: Box, near: FaceDetector) -> Box | None:
    height, width = picture.shape[:2]
    view = around(box, width=width, height=height)
    if view is None:
        return None
    left, top = int(view.left), int(view.top)
    seen = near(picture[top : int(view.bottom), left : int(view.right)])
    return next(_sure(seen, box, left, top), None)


def _sure(faces: Sequence[Face], box: Box, left: int, top: int) -> Iterator[Box]:
    for face in faces:
        moved = face.moved(left, top)
        if moved.score >= SURE and moved.box.overlap(box) > 1 / CLOSER:
            yield moved.box
