"""An event loop whose time is a `FakeClock`'s and leaps to the next timer when all is done."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

from agent.testing.clock import FakeClock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LOOK_S = 0.05
TURN_S = 1e-5
"""What a turn of the loop takes: else a timer that is early by a hair would stay so for ever."""


class _LeapingSelector(selectors.BaseSelector):
    """A selector that, where it would wait, moves the clock instead of waiting."""

    def __init__(self, clock: FakeClock, busy: Callable[[], bool]) -> None:
        self._inner = selectors.DefaultSelector()
        self._clock = clock
        self._busy = busy

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; with nothing under way in other threads, leap by `timeout`."""
        self._clock.advance(TURN_S)
        events = self._inner.select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if timeout is None or self._busy():
            return self._inner.select(LOOK_S)
        self._clock.advance(timeout)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch a file."""
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Watch it no longer."""
        return self._inner.unregister(fileobj)

    def close(self) -> None:
        """Let go of everything."""
        self._inner.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Return what is watched."""
        return self._inner.get_map()


class LeapingLoop(asyncio.SelectorEventLoop):
    """Runs what is scheduled at once, in the order of its time. Nothing sleeps.

    `busy` tells whether another thread still has something under way that the loop must wait for;
    of what the loop itself gave to threads it knows.
    """

    def __init__(self, clock: FakeClock, *, busy: Callable[[], bool] = lambda: False) -> None:
        self.clock = clock
        """What it goes by."""
        self._threads = 0
        super().__init__(_LeapingSelector(clock, lambda: self._threads > 0 or busy()))

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Call a function in a thread; the loop waits for it."""
        self._threads += 1
        called = super().run_in_executor(executor, func, *args)
        called.add_done_callback(self._leave_thread)
        return called

    def _leave_thread(self, _called: asyncio.Future[Any]) -> None:
        self._threads -= 1

    def time(self) -> float:
        """Return the clock's seconds."""
        return self.clock.monotonic()
