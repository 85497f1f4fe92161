"""How long each contact smiled: sums over its own frames, kept only until it is in a batch."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from agent.vision.expression import Expression

SMILE = 0.5
"""A face smiles where a smile is the likelier reading of it than all others together."""
SMOOTHED = 5
"""Readings in the running median: half a second at 10 frames a second outlives one bad crop."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Expression of one contact. Seconds of face time."""

    face_s: float = 0.0
    smile_s: float = 0.0
    positive_s: float = 0.0
    neutral_s: float = 0.0
    negative_s: float = 0.0

    @property
    def smile_share(self) -> float:
        """Smile seconds over face seconds; 0 without any."""
        return self.smile_s / self.face_s if self.face_s > 0 else 0.0


@dataclass(slots=True)
class Gauge:
    """The running measurement of one track."""

    step_s: float
    """Longest time between two readings that is counted."""
    measured: Measured = field(default_factory=Measured)
    _last_s: float | None = None
    _recent: deque[Expression] = field(default_factory=lambda: deque(maxlen=SMOOTHED))

    @property
    def smile(self) -> float:
        """The smoothed smile level, 0 to 1."""
        return median(reading.positive for reading in self._recent) if self._recent else 0.0

    @property
    def level(self) -> Expression | None:
        """The smoothed reading, its three adding up to 1; absent before the first one."""
        if not self._recent:
            return None
        smile = self.smile
        neutral = median(reading.neutral for reading in self._recent)
        negative = median(reading.negative for reading in self._recent)
        total = smile + neutral + negative or 1.0
        return Expression(smile / total, neutral / total, negative / total)

    def add(self, reading: Expression, *, at_s: float) -> None:
        """Take one reading; the time since the one before is given to what is seen now."""
        self._recent.append(reading)
        gap_s = at_s - self._last_s if self._last_s is not None else 0.0
        self._last_s = at_s
        if 0 < gap_s <= self.step_s:
            self._give(gap_s)

    def _give(self, gap_s: float) -> None:
        before, level = self.measured, self.level
        if level is None:
            return
        self.measured = Measured(
            face_s=before.face_s + gap_s,
            smile_s=before.smile_s + (gap_s if self.smile >= SMILE else 0.0),
            positive_s=before.positive_s + gap_s * level.positive,
            neutral_s=before.neutral_s + gap_s * level.neutral,
            negative_s=before.negative_s + gap_s * level.negative,
        )
