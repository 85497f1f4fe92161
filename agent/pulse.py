"""What a kiosk does at intervals: tells its health, purges, answers requests, is seen to live."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping

from agent.clock.keeper import ClockKeeper
from agent.events.catalogue import DeviceHealth
from agent.feedback.settings import PERSONAL_KINDS
from agent.ground import Ground
from agent.memory import resident_mb
from agent.notify import notify, watchdog_interval_s

HEALTH_S = 300.0
PURGE_S = 3600.0
SETTLE_S = 30.0
REQUESTS_S = 5.0


class Pulse:
    """Make it inside a running event loop. `presses` counts this run's presses by key.

    `declined_s` tells for how long the camera was closed for customers; None without one.
    """

    def __init__(
        self,
        ground: Ground,
        *,
        presses: Mapping[str, int],
        declined_s: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._ground = ground
        self._declined_s = declined_s
        self._presses = presses
        self._keeper = ClockKeeper(
            ground.clock, keep=ground.outbox.append, boots=ground.outbox.boots
        )
        self._started_s = ground.clock.monotonic()
        self._chores: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin, until `stop`."""
        self.add(self._keeper.run())
        self.repeat(self.tell_health, every_s=HEALTH_S)
        self.repeat(self.purge, every_s=PURGE_S)
        self.repeat(self._ground.faults.settle, every_s=SETTLE_S)
        self.add(self._answer_requests())
        if (interval_s := watchdog_interval_s()) is not None:
            self.repeat(lambda: notify("WATCHDOG=1"), every_s=interval_s)

    def add(self, chore: Coroutine[object, object, None]) -> None:
        """Let something else run until `stop`."""
        self._chores.add(asyncio.create_task(chore))

    def repeat(self, chore: Callable[[], None], *, every_s: float) -> None:
        """Do something now and then until `stop`."""
        self.add(_repeat(every_s, chore))

    def stop(self) -> None:
        """End them all."""
        for chore in self._chores:
            chore.cancel()

    def tell_health(self) -> None:
        """Keep a heartbeat."""
        outbox = self._ground.outbox
        totals, since = self._count_for_life()
        outbox.append(
            DeviceHealth(
                uptime_s=round(self._ground.clock.monotonic() - self._started_s, 3),
                presses=dict(self._presses),
                presses_total=totals,
                total_since=since,
                pending=outbox.pending,
                rejected=outbox.count_rejected(),
                resident_mb=resident_mb(),
                camera_declined_s=self._declined_s(),
            )
        )

    def purge(self) -> None:
        """Delete what was delivered and is older than the settings keep it."""
        settings, outbox = self._ground.settings, self._ground.outbox
        outbox.purge(keep_days=settings.store.keep_delivered_days)
        outbox.purge(keep_days=settings.feedback.keep_days, kinds=PERSONAL_KINDS)

    def _count_for_life(self) -> tuple[dict[str, int] | None, str | None]:
        """Return the presses of this and all earlier epochs, and the first of these."""
        before = self._ground.outbox.presses_before
        if before is None:
            return None, None
        counts, since = before
        return dict(Counter(counts) + Counter(self._presses)), since

    async def _answer_requests(self) -> None:
        while True:
            await asyncio.sleep(REQUESTS_S)
            await asyncio.to_thread(self._ground.outbox.answer_requests)


async def _repeat(interval_s: float, chore: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(interval_s)
        chore()
