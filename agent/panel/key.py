"""One key on a pin: raw edges through the debounce machine, on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from gpiozero.pins import Factory

from agent.panel.debounce import Change, Debounce, Limits
from agent.panel.pins import EdgeInput


class Key:
    """Make it inside a running event loop. `tell` hears every change, on the loop.

    Raises PanelError where the pin cannot be used.
    """

    def __init__(
        self,
        pin: int,
        *,
        pull: Literal["up", "down"],
        factory: Factory,
        limits: Limits,
        tell: Callable[[Change], None],
        what: str = "a button",
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._tell = tell
        self._timer: asyncio.TimerHandle | None = None
        self._input = EdgeInput(pin, pull=pull, factory=factory, on_edge=self._hand_over, what=what)
        now_s = self._loop.time()
        self._machine = Debounce(limits, level=self._input.pressed, now_s=now_s)
        if self._input.pressed:
            tell(Change("stuck", now_s))

    def close(self) -> None:
        """Release the pin."""
        if self._timer is not None:
            self._timer.cancel()
        self._input.close()

    def _hand_over(self, at_s: float, pressed: bool) -> None:  # noqa: FBT001 - an edge handler
        """Take an edge in the backend's thread."""
        self._loop.call_soon_threadsafe(self._edge, at_s, pressed)

    def _edge(self, at_s: float, pressed: bool) -> None:  # noqa: FBT001 - an edge
        self._tell_all(self._machine.edge(at_s, level=pressed))
        self._schedule()

    def _due(self) -> None:
        machine, now_s = self._machine, self._loop.time()
        # An edge the kernel dropped is seen here at the latest.
        if self._input.pressed != machine.level:
            self._tell_all(machine.edge(now_s, level=not machine.level))
        self._tell_all(machine.tick(now_s))
        self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_s = self._machine.due_s
        self._timer = None if due_s is None else self._loop.call_at(due_s, self._due)

    def _tell_all(self, changes: list[Change]) -> None:
        for change in changes:
            self._tell(change)
