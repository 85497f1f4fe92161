"""Which line of the guest's GPIO controller is what, and what its light and buzzer say.

The guest's PL061 has eight lines; line 3 is the machine's power key. A light alone cannot tell a
slow write's pulse from a kept answer's steady light in its first quarter of a second, so the beep
that begins with the steady light dates the acknowledgement. A light that goes off sooner than a
steady one can was the double pulse of an answer in memory only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BUTTONS = {"bad": 5, "okay": 6, "good": 7}
LIGHTS = {"bad": 0, "okay": 1, "good": 2}
BUZZER = 4
SHORTEST_STEADY_S = 0.75
"""A steady light lasts a second, a pulse a quarter of one."""


@dataclass(frozen=True, slots=True)
class Change:
    """An output line of the guest changed, as the host saw it."""

    line: int
    on: bool
    at_s: float
    """Monotonic time of the host."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a customer saw and heard."""

    at_s: float
    kept: bool
    """The light was steady, or as long as the power held: the answer is kept."""


def acknowledgements(changes: Sequence[Change]) -> list[Acknowledgement]:
    """Return every acknowledgement in a boot's changes, in order.

    A beep that began while every light was off is none.
    """
    told = []
    lit: set[int] = set()
    for index, change in enumerate(changes):
        if change.line in LIGHTS.values():
            lit = lit | {change.line} if change.on else lit - {change.line}
        elif change.line == BUZZER and change.on and lit:
            kept = _stays_lit(changes[index:], from_s=change.at_s)
            told.append(Acknowledgement(change.at_s, kept))
    return told


def _stays_lit(later: Iterable[Change], *, from_s: float) -> bool:
    """Tell whether no light goes off in the time only a steady one lasts."""
    lights = set(LIGHTS.values())
    return not any(
        c.line in lights and not c.on and c.at_s - from_s < SHORTEST_STEADY_S for c in later
    )
