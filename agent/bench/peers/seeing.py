"""What other programs make of the same frames, each in its own environment.

    python -m agent.bench.peers.seeing NAME FRAMES.npy

It prints one JSON line: CPU milliseconds of each frame, faces found, resident memory.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Look = Callable[[Pixels], int]
"""Look at one BGR frame; return how many faces were found."""

WARM_UP = 3


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


def measure(look: Look, frames: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """Return {cpu_ms: of each frame, faces: of each frame, resident_mb} of `look`.

    CPU is of the whole process: a peer's own threads count, too.
    """
    for frame in frames[:WARM_UP]:
        look(frame.copy())
    cpu_ms, faces = [], []
    for frame in frames:
        own = frame.copy()
        began_s = time.process_time()
        faces.append(look(own))
        cpu_ms.append((time.process_time() - began_s) * 1000)
    return {"cpu_ms": cpu_ms, "faces": faces, "resident_mb": resident_mb()}


def resident_mb() -> float:
    """Return this process's resident memory in megabytes (10^6 bytes), as Linux tells it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def _module(name: str) -> Any:
    return importlib.import_module(name)


def main() -> int:
    """Measure one peer."""
    name, frames = sys.argv[1:]
    told = measure(PEERS[name](), np.load(frames, mmap_mode="r"))
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
