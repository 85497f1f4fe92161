"""What other programs make of the same frames, each in its own environment.

    python -m agent.bench.peers.seeing NAME FRAMES.npy

It prints one JSON line: CPU milliseconds of each frame, faces found, resident memory.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Look = Callable[[Pixels], int]
"""Look at one BGR frame; return how many faces were found."""

WARM_UP = 30
"""Frames looked at before any is measured: nets are loaded, and a still scene is known as such."""


def mediapipe() -> Look:
    """Return MediaPipe's FaceDetector, short range, with the model its package brings."""
    cv2, solutions = _module("cv2"), _module("mediapipe").solutions
    detector = solutions.face_detection.FaceDetection(
        model_selection=0, min_detection_confidence=0.5
    )

    def look(picture: Pixels) -> int:
        found = detector.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        return len(found.detections or ())

    return look


def haar() -> Look:
    """Return OpenCV's frontal face cascade with its usual numbers."""
    cv2 = _module("cv2")
    cv2.setNumThreads(1)
    folder = cv2.data.haarcascades
    cascade = cv2.CascadeClassifier(f"{folder}haarcascade_frontalface_default.xml")
    return lambda p: len(cascade.detectMultiScale(cv2.cvtColor(p, cv2.COLOR_BGR2GRAY), 1.1, 5))


def fer() -> Look:
    """Return `fer` as it is shipped: a Haar cascade and its own expression net."""
    _module("cv2").setNumThreads(1)
    detector = _module("fer.fer").FER()
    return lambda picture: len(detector.detect_emotions(picture))


PEERS: dict[str, Callable[[], Look]] = {"mediapipe": mediapipe, "haar": haar, "fer": fer}


def measure(look: Look, frames: Path) -> dict[str, Any]:
    """Return {cpu_ms: of each frame, faces: of each frame, resident_mb} of `look`.

    `frames` is a .npy file (n, height, width, 3). CPU is of the whole process: a peer's own threads
    count, too.
    """
    for _, frame in zip(range(WARM_UP), each(frames), strict=False):
        look(frame)
    cpu_ms, faces = [], []
    for own in each(frames):
        began_s = time.process_time()
        faces.append(look(own))
        cpu_ms.append((time.process_time() - began_s) * 1000)
    return {"cpu_ms": cpu_ms, "faces": faces, "resident_mb": resident_mb()}


def each(frames: Path) -> Iterator[Pixels]:
    """Yield the frames of a .npy file, one at a time in memory: pages of the rest are not ours."""
    stored = np.load(frames, mmap_mode="r")
    count, shape, begins = len(stored), stored.shape[1:], stored.offset
    del stored
    with frames.open("rb") as file:
        file.seek(begins)
        for _ in range(count):
            yield np.fromfile(file, np.uint8, math.prod(shape)).reshape(shape)


def resident_mb() -> float:
    """Return this process's resident memory in megabytes (10^6 bytes), as Linux tells it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def _module(name: str) -> Any:
    return importlib.import_module(name)


def main() -> int:
    """Measure one peer."""
    name, frames = sys.argv[1:]
    told = measure(PEERS[name](), Path(frames))
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
