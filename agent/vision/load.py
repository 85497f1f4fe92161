"""What looking costs: CPU time a frame and resident memory, every ten seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from agent.memory import resident_mb
from agent.vision.observations import Load

EVERY_S = 10.0


class LoadMeter:
    """Adds up the frames of ten seconds."""

    def __init__(self, *, at_s: float) -> None:
        self._since_s = at_s
        self._frames = 0
        self._skipped = 0
        self._cpu_s = 0.0

    @contextmanager
    def frame(self) -> Iterator[None]:
        """Measure the work on one frame, which this thread does alone."""
        began_s = time.thread_time()
        yield
        self._cpu_s += time.thread_time() - began_s
        self._frames += 1

    def skip(self, count: int) -> None:
        """Add frames nobody looked at."""
        self._skipped += count

    def due(self, *, at_s: float) -> Load | None:
        """Return the ten seconds' load when they are over, and begin the next."""
        if at_s - self._since_s < EVERY_S:
            return None
        load = Load(
            at_ms=int(at_s * 1000),
            frames=self._frames,
            skipped=self._skipped,
            cpu_ms_per_frame=round(1000 * self._cpu_s / max(1, self._frames), 3),
            resident_mb=resident_mb(),
        )
        self._since_s, self._frames, self._skipped, self._cpu_s = at_s, 0, 0, 0.0
        return load
