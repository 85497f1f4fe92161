"""The sources of one kiosk, put together. A pin that cannot be used is a fault of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gpiozero.pins import Factory

from agent.clock import Clock
from agent.errors import PanelError
from agent.events.catalogue import EventData
from agent.faults import Faults
from agent.served.pins import Sensor, StaffKey
from agent.served.registrar import (
    UNOBSERVED,
    Desk,
    Observer,
    Registrar,
    ShowPresence,
    Visitors,
    show_nobody,
)
from agent.served.settings import ServedSettings

PIN_REMEDY = "choose another pin in the served section, or mend its wiring"


class Sources:
    """Make it, then `start` it inside a running event loop. `camera`: vision is on."""

    def __init__(
        self,
        settings: ServedSettings,
        *,
        camera: bool,
        visitors: Visitors,
        keep: Callable[[EventData], object],
        faults: Faults,
        clock: Clock,
        observer: Observer = UNOBSERVED,
        show_presence: ShowPresence = show_nobody,
    ) -> None:
        self._settings = settings
        self._faults = faults
        self.registrar = Registrar(
            settings.sources(camera=camera),
            visitors=visitors,
            keep=keep,
            now_ms=lambda: round(clock.monotonic() * 1000),
            observer=observer,
            show_presence=show_presence,
        )
        self._open: list[Sensor | StaffKey] = []

    @property
    def camera(self) -> Desk:
        """Where the camera tells who comes and goes, whether or not it counts."""
        return self.registrar.desk("camera")

    def start(self, factory: Factory | None) -> None:
        """Open what is on pins; `factory` is None where there are none."""
        self.registrar.begin()
        report = partial(self._faults.report, remedy=PIN_REMEDY)
        sensor, key = self._settings.sensor, self._settings.manual
        if sensor is not None:
            desk = self.registrar.desk("sensor")
            self._try(
                "sensor",
                factory,
                lambda pins: Sensor(
                    sensor, factory=pins, desk=desk, report=report, clear=self._faults.clear
                ),
            )
        if key is not None:
            heads = self.registrar.desk("manual")
            self._try(
                "staff_key",
                factory,
                lambda pins: StaffKey(
                    key, factory=pins, desk=heads, report=report, clear=self._faults.clear
                ),
            )

    def close(self) -> None:
        """Release the pins and publish what has been counted since the last interval."""
        for source in self._open:
            source.close()
        self.registrar.close()

    def _try(
        self, part: str, factory: Factory | None, make: Callable[[Factory], Sensor | StaffKey]
    ) -> None:
        if factory is None:
            self._faults.report(part, "there are no pins here", remedy=PIN_REMEDY)
            return
        try:
            self._open.append(make(factory))
        except PanelError as error:
            self._faults.report(part, str(error), remedy=PIN_REMEDY)
