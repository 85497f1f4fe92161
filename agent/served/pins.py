"""The sources on pins: a presence sensor, and a key of the staff's. On the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gpiozero.pins import Factory

from agent.panel.debounce import Change, Limits
from agent.panel.key import Key
from agent.panel.pins import EdgeInput
from agent.served.registrar import Desk
from agent.served.sensor import Came, PresenceLine, Sensed
from agent.served.settings import ManualSettings, SensorSettings

Report = Callable[[str, str], None]
"""(part, fact): a source does not work."""

MINUTE_MS = 60_000
LOOK_S = 60.0
"""How often it is seen whether the sensor is stuck, and whether the kernel dropped an edge."""


class Sensor:
    """Tells a desk who comes and goes, as one line sees it."""

    def __init__(
        self,
        settings: SensorSettings,
        *,
        factory: Factory,
        desk: Desk,
        report: Report,
        clear: Report,
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._report = report
        self._clear = clear
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._line = PresenceLine(
            min_dwell_ms=round(settings.min_dwell_s * 1000),
            bridge_ms=round(settings.bridge_s * 1000),
        )
        self._stuck = False
        self._input = EdgeInput(
            settings.pin,
            pull="down" if settings.active == "high" else "up",
            factory=factory,
            on_edge=self._hand_over,
            what="the sensor",
        )
        desk.watch(on=True)
        self._edge(self._loop.time(), self._input.pressed)

    def close(self) -> None:
        """Release the pin."""
        if self._timer is not None:
            self._timer.cancel()
        self._input.close()

    def _hand_over(self, at_s: float, active: bool) -> None:  # noqa: FBT001 - an edge handler
        """Take an edge in the backend's thread."""
        self._loop.call_soon_threadsafe(self._edge, at_s, active)

    def _edge(self, at_s: float, active: bool) -> None:  # noqa: FBT001 - an edge
        at_ms = round(at_s * 1000)
        if self._stuck and not active:
            self._let_go()
        if not self._stuck:
            self._tell(self._line.level(active=active, at_ms=at_ms))
            if self._line.active_for_ms(at_ms) >= self._settings.stuck_minutes * MINUTE_MS:
                self._stick(at_ms)
        self._schedule()

    def _due(self) -> None:
        # An edge the kernel dropped is seen here at the latest.
        self._edge(self._loop.time(), self._input.pressed)

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_ms, now_s = self._line.due_ms, self._loop.time()
        due_s = now_s + LOOK_S if due_ms is None else min(due_ms / 1000, now_s + LOOK_S)
        self._timer = self._loop.call_at(due_s, self._due)

    def _tell(self, changes: list[Sensed]) -> None:
        for change in changes:
            if isinstance(change, Came):
                self._desk.arrive(change.contact, arrived_ms=change.arrived_ms)
            else:
                self._desk.leave(change.contact, left_ms=change.left_ms)

    def _stick(self, at_ms: int) -> None:
        """Believe a line no more that never lets go; the contact it made up has left."""
        self._stuck = True
        self._tell(self._line.close(at_ms))
        self._desk.watch(on=False)
        minutes = self._settings.stuck_minutes
        self._report("sensor", f"active for {minutes:g} minutes without a break")

    def _let_go(self) -> None:
        self._stuck = False
        self._desk.watch(on=True)
        self._clear("sensor", "it lets go again")


class StaffKey:
    """Tells a desk of one customer a press."""

    def __init__(
        self,
        settings: ManualSettings,
        *,
        factory: Factory,
        desk: Desk,
        report: Report,
        clear: Report,
    ) -> None:
        self._desk = desk
        self._report = report
        self._clear = clear
        self._works = True
        self._key = Key(
            settings.pin,
            pull=settings.pull,
            factory=factory,
            limits=Limits(),
            tell=self._tell,
            what="the staff's key",
        )
        desk.watch(on=self._works)

    def close(self) -> None:
        """Release the pin."""
        self._key.close()

    def _tell(self, change: Change) -> None:
        match change.name:
            case "pressed":
                self._desk.tick_off()
            case "stuck":
                self._switch(works=False)
                self._report("staff_key", "held for too long, or since the start")
            case "freed":
                self._switch(works=True)
                self._clear("staff_key", "released")
            case "released":
                pass

    def _switch(self, *, works: bool) -> None:
        self._works = works
        self._desk.watch(on=works)
