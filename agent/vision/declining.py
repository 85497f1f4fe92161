"""A customer wants no camera: it closes for a minute, on the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from agent.events.catalogue import CameraDeclined, EventData
from agent.vision.blanking import Blanking
from agent.vision.watcher import Watcher


class Declining:
    """Make it inside a running event loop.

    `opt_out` takes whoever is there out of the count. `on_change` is called when the cameras close,
    when that lasts longer, and when it is over. `clock` in seconds.
    """

    def __init__(
        self,
        watcher: Watcher,
        *,
        keep: Callable[[EventData], object],
        opt_out: Callable[[], object],
        on_change: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._watcher = watcher
        self._keep = keep
        self._opt_out = opt_out
        self._on_change = on_change
        self._clock = clock
        self._blanking = Blanking()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def left_s(self) -> float | None:
        """For how much longer the cameras stay closed for that; None while they do not."""
        return self._blanking.left_s(self._clock())

    @property
    def closed_s(self) -> float:
        """How long they were closed for that in this run."""
        return round(self._blanking.closed_s(self._clock()), 3)

    def decline(self) -> None:
        """Close the cameras for a minute, or for a minute from now."""
        if self._blanking.ask(self._clock()):
            self._opt_out()
        self._watcher.decline(on=True)
        self._schedule()
        self._on_change()

    def close(self) -> None:
        """End it, and tell what has not been told."""
        if self._timer is not None:
            self._timer.cancel()
        self._tell(self._blanking.close(self._clock()))

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_s = self._blanking.due_s
        if due_s is not None:
            wait_s = max(0.0, due_s - self._clock())
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._pass_time)

    def _pass_time(self) -> None:
        self._tell(self._blanking.tick(self._clock()))
        self._schedule()
        if not self._blanking.on:
            self._watcher.decline(on=False)
            self._on_change()

    def _tell(self, declined: CameraDeclined | None) -> None:
        if declined is not None:
            self._keep(declined)
