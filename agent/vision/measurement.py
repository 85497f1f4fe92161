"""How long each contact smiled: sums over its own frames, kept only until it is in a batch."""

from __future__ import annotations

from collections import deque
from dataclasses import astuple, dataclass, field
from statistics import median

from agent.vision.expression import Expression

SMILE = 0.5
"""A face smiles where a smile is the likelier reading of it than all others together."""
SMOOTHED, SMOOTHED_LEAST = 5, 3
"""Readings in the running median: half a second at 10 frames a second outlives one bad crop."""
SMOOTHED_S = 0.75
"""Older readings are left out, as long as enough remain: a smile is seen when it begins."""
SETTLED = 0.15
"""Readings that differ by no more than this in any class are the same expression."""
SETTLED_EVERY_S = 0.29
"""A face whose expression stays is read this often: three times a second are enough."""


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
    """Longest time between two looks that is counted."""
    measured: Measured = field(default_factory=Measured)
    settled: bool = False
    """Whether all readings in the running median are the same expression."""
    _last_s: float | None = None
    _read_s: float = float("-inf")
    _recent: deque[tuple[float, Expression]] = field(default_factory=lambda: deque(maxlen=SMOOTHED))

    @property
    def smile(self) -> float:
        """The smoothed smile level, 0 to 1."""
        return median(reading.positive for _, reading in self._recent) if self._recent else 0.0

    @property
    def level(self) -> Expression | None:
        """The smoothed reading, its three adding up to 1; absent before the first one."""
        if not self._recent:
            return None
        smile = self.smile
        neutral = median(reading.neutral for _, reading in self._recent)
        negative = median(reading.negative for _, reading in self._recent)
        total = smile + neutral + negative or 1.0
        return Expression(smile / total, neutral / total, negative / total)

    def is_due(self, at_s: float) -> bool:
        """Tell whether to read the face now; one whose expression changes, at every look."""
        return at_s - self._read_s >= SETTLED_EVERY_S or not self.settled

    def add(self, reading: Expression, *, at_s: float) -> None:
        """Take one reading; the time since the last look is given to what is seen now."""
        self._recent.append((at_s, reading))
        while len(self._recent) > SMOOTHED_LEAST and at_s - self._recent[0][0] > SMOOTHED_S:
            self._recent.popleft()
        alike = all(_alike(before, reading) for _, before in self._recent)
        self.settled = alike and len(self._recent) >= SMOOTHED_LEAST
        self._read_s = at_s
        self.stay(at_s=at_s)

    def stay(self, *, at_s: float) -> None:
        """Learn that the face is there; the time since the last look is given to what was read."""
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


def _alike(one: Expression, other: Expression) -> bool:
    shares = zip(astuple(one), astuple(other), strict=True)
    return all(abs(share - another) <= SETTLED for share, another in shares)
