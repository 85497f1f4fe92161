"""A recording, looked at faster than it plays: figures for the report."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from agent.emoscope.cards import ModelNote
from agent.emoscope.cost import Spread, spread
from agent.emoscope.scope import Scope, Tools
from agent.emoscope.series import Bin
from agent.emoscope.stays import Stay
from agent.memory import resident_mb
from agent.vision.clips import Clip, sampled
from agent.vision.expression import Expression
from agent.vision.settings import Mode, VisionSettings

Progress = Callable[[float], None]
"""Hears how many seconds of the recording have been looked at."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a recording showed, and what looking at it cost."""

    name: str
    """The file's, without its folder."""
    made: datetime
    mode: Mode
    seconds: float
    """Length of the recording."""
    frames: int
    """Frames looked at."""
    fps: float
    """Wanted a second."""
    stays: tuple[Stay, ...]
    """The contacts, in the order of counting."""
    bins: tuple[Bin, ...]
    total: Bin
    costs_ms: tuple[float, ...]
    """Processor time of every frame."""
    passed_s: float
    """How long it took, decoding included."""
    resident_mb: float
    models: tuple[ModelNote, ...]

    @property
    def dwell_median_s(self) -> float | None:
        """Half of the contacts stayed longer."""
        return median(stay.dwell_s for stay in self.stays) if self.stays else None

    @property
    def most_at_once(self) -> int:
        """Most contacts in view at one time."""
        return self.total.present

    @property
    def face_s(self) -> float:
        """Seconds in which a contact's face was read, summed over the contacts."""
        return sum(stay.measured.face_s for stay in self.stays)

    @property
    def smile_share(self) -> float | None:
        """Of these seconds, those in which it smiled."""
        if self.face_s <= 0:
            return None
        return sum(stay.measured.smile_s for stay in self.stays) / self.face_s

    @property
    def expression(self) -> Expression | None:
        """Of these seconds, the shares of the three classes."""
        if self.face_s <= 0:
            return None
        measured = [stay.measured for stay in self.stays]
        return Expression(
            positive=sum(each.positive_s for each in measured) / self.face_s,
            neutral=sum(each.neutral_s for each in measured) / self.face_s,
            negative=sum(each.negative_s for each in measured) / self.face_s,
        )

    @property
    def cost(self) -> Spread:
        """Processor time a frame, in milliseconds."""
        return spread(self.costs_ms)

    @property
    def times_faster(self) -> float:
        """How much faster than it plays."""
        return self.seconds / self.passed_s if self.passed_s > 0 else 0.0


def look_through(
    video: Path, settings: VisionSettings, tools: Tools, *, progress: Progress
) -> Figures:
    """Look at `settings.fps` frames a second of a recording's own time.

    Raises `CameraError` when the file is not a video that can be read.
    """
    scope = Scope(settings, tools)
    clip = Clip(video)
    began_s = time.monotonic()
    costs_ms: list[float] = []
    for at_s, picture in sampled(clip, fps=settings.fps):
        scope.look(picture, at_s=at_s)
        costs_ms.append(1000 * scope.cpu_s)
        progress(at_s)
    scope.close()
    clip.close()
    return Figures(
        name=video.name,
        made=datetime.now().astimezone(),
        mode=settings.mode,
        seconds=clip.seconds,
        frames=len(costs_ms),
        fps=settings.fps,
        stays=tuple(sorted(scope.stays.gone, key=lambda stay: stay.number)),
        bins=scope.stays.series.bins,
        total=scope.stays.series.total,
        costs_ms=tuple(costs_ms),
        passed_s=time.monotonic() - began_s,
        resident_mb=resident_mb(),
        models=tools.models,
    )
