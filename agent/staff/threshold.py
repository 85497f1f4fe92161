"""The counter's alert: many unhappy answers in a short time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.staff.settings import AlertSettings

FEWEST_UNHAPPY = 2  # one person's answer is never an alert at the counter, however it is set


@dataclass(frozen=True, slots=True)
class Threshold:
    """At least `share` unhappy of at least `least` answers within `window_ms`."""

    share: float = 0.5
    least: int = 4
    window_ms: int = 15 * 60_000
    quiet_ms: int = 15 * 60_000
    """After an alert has ended the next one waits so long."""

    @classmethod
    def of(cls, settings: AlertSettings) -> Threshold:
        """Read it from the configuration."""
        return cls(
            share=settings.share,
            least=settings.least,
            window_ms=round(settings.minutes * 60_000),
            quiet_ms=round(settings.quiet_minutes * 60_000),
        )


@dataclass(frozen=True, slots=True)
class Mood:
    """How many answers of late, and how many of them unhappy."""

    n: int
    unhappy: int

    @property
    def share(self) -> float:
        """The unhappy by all; nought while there are none."""
        return self.unhappy / self.n if self.n else 0.0

    def alarms(self, threshold: Threshold) -> bool:
        """Tell whether the counter should know. Two people at least are behind it, always."""
        enough = self.n >= threshold.least and self.unhappy >= FEWEST_UNHAPPY
        return enough and self.share >= threshold.share


def mood_of(sentiments: Iterable[int]) -> Mood:
    """Count answers by their class: -1 is unhappy."""
    classes = list(sentiments)
    return Mood(len(classes), sum(c < 0 for c in classes))
