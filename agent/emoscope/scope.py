"""The pipeline with everything that is kept of it for a display. It looks, and tells nobody."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import cv2

from agent.emoscope.cards import ModelNote, notes_of
from agent.emoscope.cost import CostMeter
from agent.emoscope.stays import Stays
from agent.vision.attention import Detect
from agent.vision.detector import Pixels
from agent.vision.models import models_folder
from agent.vision.nets import open_nets
from agent.vision.pipeline import Looked, Pipeline, Read
from agent.vision.settings import VisionSettings


@dataclass(frozen=True, slots=True)
class Tools:
    """What looks at pictures, whether nets or a test's own."""

    detect: Detect
    threshold: float
    read: Read | None
    models: tuple[ModelNote, ...] = ()
    search: Detect | None = None
    """Searches where customers stand far away."""


def open_tools(settings: VisionSettings) -> Tools:
    """Load the models that the mode needs. Raises `ModelError`."""
    cv2.setNumThreads(1)
    nets = open_nets(settings.models, expression=settings.mode != "presence", far=settings.far)
    folder: Path = models_folder(settings.models)
    return Tools(
        detect=nets.detector,
        threshold=nets.detector.threshold,
        read=nets.reader,
        models=notes_of(nets.refs, folder=folder),
        search=nets.search,
    )


class Scope:
    """Looks at frames, one after the other, and keeps times, shares and sums of them."""

    def __init__(
        self, settings: VisionSettings, tools: Tools, *, keep_steps: int | None = None
    ) -> None:
        self.settings = settings
        self.tools = tools
        self.stays = Stays(keep=keep_steps)
        self.cost = CostMeter()
        self.cpu_s = 0.0
        """Of the last frame."""
        self._pipeline = Pipeline(
            settings,
            detect=tools.detect,
            threshold=tools.threshold,
            read=tools.read,
            search=tools.search,
        )

    def look(self, picture: Pixels, *, at_s: float, skipped: int = 0) -> Looked:
        """Look at one BGR frame taken at `at_s`, never earlier than before; masks it in place."""
        began_s = time.thread_time()
        looked = self._pipeline.look(picture, at_s=at_s)
        self.cpu_s = time.thread_time() - began_s
        self.cost.add(at_s, cpu_s=self.cpu_s, skipped=skipped)
        self.stays.add(looked, at_s=at_s)
        return looked

    def close(self) -> None:
        """Whoever was there has left, as far as anybody can know."""
        self.stays.leave(self._pipeline.close())
