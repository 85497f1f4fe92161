"""Which presses were made, and which were acknowledged by the lights. Pure.

An acknowledgement does not say which press it is for, but they come in the order of the presses.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

PATIENCE_S = 4.0
"""After this long without a light, none will come."""
LOCKOUT_S = 0.02
"""A button has to rest for this long before the panel takes its next press."""


@dataclass(slots=True, eq=False)
class Pressed:
    """One press that somebody made."""

    key: str
    at_s: float
    thanked: bool = False
    on_thanked: Callable[[], None] = field(default=lambda: None)


@dataclass(slots=True)
class Presses:
    """Everything pressed in one demo."""

    thanked: list[Pressed] = field(default_factory=list)
    cut_off: list[Pressed] = field(default_factory=list)
    """Presses that no light answered, because the agent died before it."""
    too_fast: list[Pressed] = field(default_factory=list)
    """Presses that the panel left out: the button had not come to rest."""
    others: int = 0
    """Acknowledgements of something else: a touch or a reason on the page."""
    _waiting: deque[Pressed] = field(default_factory=deque)
    _counted: int = 0
    _moved_s: dict[str, float] = field(default_factory=dict)
    """When each button was last pressed or let go."""

    def make(self, pressed: Pressed) -> None:
        """Note a press on its way."""
        self._waiting.append(pressed)

    def push(self, pressed: Pressed) -> None:
        """Note a finger's press on its way, or one that comes too fast to be taken."""
        rested_s = pressed.at_s - self._moved_s.get(pressed.key, -math.inf)
        self._moved_s[pressed.key] = pressed.at_s
        (self._waiting if rested_s >= LOCKOUT_S else self.too_fast).append(pressed)

    def let_go(self, key: str, at_s: float) -> None:
        """Note that a button was let go."""
        self._moved_s[key] = at_s

    def note_thanks(self, count: int, *, now_s: float) -> None:
        """Learn how often was thanked since the agent's start."""
        self.give_up(now_s)
        for _ in range(count - self._counted):
            if not self._waiting:
                self.others += 1
                continue
            pressed = self._waiting.popleft()
            pressed.thanked = True
            self.thanked.append(pressed)
            pressed.on_thanked()
        self._counted = count

    def give_up(self, now_s: float) -> None:
        """Leave out what has waited for too long at an agent that lives."""
        while self._waiting and now_s - self._waiting[0].at_s > PATIENCE_S:
            self.too_fast.append(self._waiting.popleft())

    def lose_agent(self) -> None:
        """Cut off whatever waits: the agent is gone, and a new one counts from zero."""
        self.cut_off += self._waiting
        self._waiting.clear()
        self._counted = 0

    def acknowledged(self, *, reasons: int) -> int:
        """Count the acknowledged presses, touches included; `reasons` were thanked for too."""
        return len(self.thanked) + max(0, self.others - reasons)
