"""Our own pipeline over the frames of `bench vision`, in a process of its own.

python -m agent.bench.looking FRAMES.npy [MODELS]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2

from agent.bench.peers.seeing import Look, Pixels, measure
from agent.vision.nets import open_nets
from agent.vision.pipeline import Pipeline
from agent.vision.settings import VisionSettings

FPS = 10.0


def ours(models: Path | None) -> Look:
    """Return the pipeline as the camera process has it: mask, gate, faces, tracks, expression."""
    cv2.setNumThreads(1)
    settings = VisionSettings(fps=FPS)
    nets = open_nets(models, expression=True)
    detector = nets.detector
    pipeline = Pipeline(settings, detect=detector, threshold=detector.threshold, read=nets.reader)
    at_s = 0.0

    def look(picture: Pixels) -> int:
        nonlocal at_s
        at_s += 1 / FPS
        return pipeline.look(picture, at_s=at_s).faces

    return look


def main() -> int:
    """Measure."""
    frames, *models = sys.argv[1:]
    told = measure(ours(Path(models[0]) if models else None), Path(frames))
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
