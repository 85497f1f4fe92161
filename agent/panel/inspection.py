"""Inspection: looks a few times a day whether buttons are worn, and tells it as faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from agent.clock import Clock
from agent.faults import Faults
from agent.outbox.rows import Dated
from agent.panel.daily import DAY_MS, count_days
from agent.panel.wear import Sign, Wear

FIRST_S = 600.0  # a kiosk that is switched off every night must get to it as well
EVERY_S = 21_600.0


class Inspection:
    """The inspection of one panel.

    `recall` returns the stored ratings; it may take a while and is called in a thread of its own.
    """

    def __init__(
        self,
        keys: Sequence[str],
        *,
        recall: Callable[[], Sequence[Dated]],
        clock: Clock,
        faults: Faults,
    ) -> None:
        self._wear = Wear(keys)
        self._recall = recall
        self._clock = clock
        self._faults = faults

    async def run(self) -> None:
        """Look for ever."""
        await asyncio.sleep(FIRST_S)
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Look once; without a date nothing can be told."""
        now_ms = self._clock.moment().wall_ms
        if now_ms is None:
            return
        for sign in await asyncio.to_thread(self._judge, now_ms // DAY_MS):
            self._tell(sign)

    def _judge(self, today: int) -> list[Sign]:
        return self._wear.judge(count_days(self._recall(), today=today))

    def _tell(self, sign: Sign) -> None:
        if sign.state == "faulty":
            self._faults.report(sign.part, sign.fact, remedy=sign.remedy)
        elif sign.state == "sound":
            self._faults.clear(sign.part, sign.fact)
