"""The light at the counter and the relay, each on a pin of its own, if it has one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from gpiozero.pins import Factory

from agent.errors import PanelError
from agent.panel.pins import Output
from agent.staff.settings import AlertSettings

log = logging.getLogger(__name__)

TRIED_S = 1.0
"""How long a lamp that is tried is switched over."""

Report = Callable[[str, str], None]
"""(part, fact): a pin does not work."""


class Lamps:
    """Switches what is there. A pin that fails is a fault, and never anybody else's trouble."""

    def __init__(self, settings: AlertSettings, *, factory: Factory | None, report: Report) -> None:
        self._report = report
        self._outputs: dict[str, Output] = {}
        self._on: dict[str, bool] = {}
        self._back: dict[str, asyncio.TimerHandle] = {}
        pins = {"alert_light": settings.light_pin, "alert_relay": settings.relay_pin}
        self.pins: Mapping[str, int] = {part: pin for part, pin in pins.items() if pin is not None}
        """What is configured, by part."""
        for part, pin in self.pins.items():
            self._open(part, pin, factory)

    @property
    def working(self) -> frozenset[str]:
        """The parts whose pin can be switched."""
        return frozenset(self._outputs)

    def try_out(self, part: str) -> bool:
        """Switch a part over for a second, and back to how it is then meant to be.

        Returns whether its pin can be switched. Call it inside a running event loop.
        """
        if part in self._outputs and part not in self._back:
            log.info("%s on pin %d is tried", part, self.pins[part])
            self._put(part, on=not self._on.get(part, False))
            loop = asyncio.get_running_loop()
            self._back[part] = loop.call_later(TRIED_S, self._end_trial, part)
        return part in self._outputs

    def light(self, *, on: bool) -> None:
        """Switch the light at the counter."""
        self._switch("alert_light", on=on)

    def relay(self, *, on: bool) -> None:
        """Switch the relay."""
        self._switch("alert_relay", on=on)

    def close(self) -> None:
        """Switch everything off and release the pins."""
        for timer in self._back.values():
            timer.cancel()
        self._back.clear()
        for part in tuple(self._outputs):
            self._switch(part, on=False)
        for output in self._outputs.values():
            output.close()
        self._outputs.clear()

    def _open(self, part: str, pin: int, factory: Factory | None) -> None:
        if factory is None:
            self._report(part, f"there are no pins here: nothing can be switched by pin {pin}")
            return
        try:
            self._outputs[part] = Output(pin, factory=factory)
        except PanelError as error:
            self._report(part, str(error))

    def _end_trial(self, part: str) -> None:
        del self._back[part]
        self._put(part, on=self._on.get(part, False))

    def _switch(self, part: str, *, on: bool) -> None:
        """Switch a part; one that is tried just now follows when that is over."""
        self._on[part] = on
        if part not in self._back:
            self._put(part, on=on)

    def _put(self, part: str, *, on: bool) -> None:
        output = self._outputs.get(part)
        if output is None:
            return
        try:
            output.set(on=on)
        except PanelError as error:
            del self._outputs[part]
            self._report(part, str(error))
