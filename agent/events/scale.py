"""Rating scales: their keys and the three classes they map to."""

from __future__ import annotations

from typing import Literal

Sentiment = Literal[-1, 0, 1]

# Dissatisfied, neutral, satisfied: from the worst answer to the best.
CLASSES: dict[int, tuple[Sentiment, ...]] = {
    2: (-1, 1),
    3: (-1, 0, 1),
    4: (-1, -1, 1, 1),
    5: (-1, -1, 0, 1, 1),
}

DEFAULT_KEYS: dict[int, tuple[str, ...]] = {
    2: ("bad", "good"),
    3: ("bad", "neutral", "good"),
    4: ("very_bad", "bad", "good", "very_good"),
    5: ("very_bad", "bad", "neutral", "good", "very_good"),
}


def sentiment(value: int, *, scale: int) -> Sentiment:
    """Return the class of answer `value` (1 is the worst) on a scale of `scale` answers."""
    return CLASSES[scale][value - 1]
