"""Debounce: which edges of a bouncing contact are a press. Pure.

A press is accepted on its edge plus a confirmed level (5 ms) and dated by its first edge. After
the last edge a lock-out (20 ms) must pass in silence before the next press can begin, so a
contact that drops out for a moment while held is not two presses, and a tap of 20 ms is one.
The backends' own debouncing is not used: it differs between them and loses real presses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ChangeName = Literal["pressed", "released", "stuck", "freed"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became certain about a key."""

    name: ChangeName
    at_s: float
    """Monotonic time: of a press its first edge, of a release its last."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Times of the machine, in seconds."""

    confirm_s: float = 0.005
    lockout_s: float = 0.020
    stuck_s: float = 10.0


class Debounce:
    """The machine of one key. Feed it every raw edge, and `tick` it when `due_s` has come.

    A key held when the machine is made is stuck: it is muted until released.
    """

    __slots__ = ("_began_s", "_last_edge_s", "_level", "_limits", "_muted", "_phase")

    def __init__(self, limits: Limits, *, level: bool, now_s: float) -> None:
        self._limits = limits
        self._level = level
        self._muted = level
        self._phase: Literal["idle", "rising", "held", "falling"] = "held" if level else "idle"
        self._began_s = self._last_edge_s = now_s

    @property
    def level(self) -> bool:
        """The last level seen."""
        return self._level

    @property
    def due_s(self) -> float | None:
        """When something becomes certain if no edge comes before."""
        if self._phase == "idle":
            return None
        if self._phase == "held":
            return None if self._muted else self._began_s + self._limits.stuck_s
        confirming = self._phase == "rising" and self._level
        wait_s = self._limits.confirm_s if confirming else self._limits.lockout_s
        return self._last_edge_s + wait_s

    def edge(self, at_s: float, *, level: bool) -> list[Change]:
        """Take a raw edge to `level` (True: pressed). Times may not run backwards."""
        at_s = max(at_s, self._last_edge_s)
        changes = self.tick(at_s)
        self._last_edge_s = at_s
        if level == self._level:
            return changes
        self._level = level
        if self._phase == "idle":
            self._phase, self._began_s = "rising", at_s
        elif self._phase == "held":
            self._phase = "falling"
        elif self._phase == "falling":
            self._phase = "held"
        return changes

    def tick(self, now_s: float) -> list[Change]:
        """Return what has become certain by `now_s`."""
        changes: list[Change] = []
        while (due_s := self.due_s) is not None and now_s >= due_s:
            changes += self._expire(due_s)
        return changes

    def _expire(self, due_s: float) -> list[Change]:
        if self._phase == "rising" and self._level:
            self._phase = "held"
            return [Change("pressed", self._began_s)]
        if self._phase == "rising":  # a glitch: never a confirmed level
            self._phase = "idle"
            return []
        if self._phase == "held":
            self._muted = True
            return [Change("stuck", due_s)]
        return self._release()

    def _release(self) -> list[Change]:
        """End a press; if a dropout came back the key is still held."""
        if self._level:
            self._phase = "held"
            return []
        self._phase = "idle"
        released = Change("released", self._last_edge_s)
        if not self._muted:
            return [released]
        self._muted = False
        return [released, Change("freed", self._last_edge_s)]
