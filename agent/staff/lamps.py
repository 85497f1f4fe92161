"""The light at the counter and the relay, each on a pin of its own, if it has one."""

from __future__ import annotations

from collections.abc import Callable

from gpiozero.pins import Factory

from agent.errors import PanelError
from agent.panel.pins import Output
from agent.staff.settings import AlertSettings

Report = Callable[[str, str], None]
"""(part, fact): a pin does not work."""


class Lamps:
    """Switches what is there. A pin that fails is a fault, and never anybody else's trouble."""

    def __init__(self, settings: AlertSettings, *, factory: Factory | None, report: Report) -> None:
        self._report = report
        self._outputs: dict[str, Output] = {}
        wanted = {"alert_light": settings.light_pin, "alert_relay": settings.relay_pin}
        for part, pin in wanted.items():
            if pin is not None:
                self._open(part, pin, factory)

    def light(self, *, on: bool) -> None:
        """Switch the light at the counter."""
        self._switch("alert_light", on=on)

    def relay(self, *, on: bool) -> None:
        """Switch the relay."""
        self._switch("alert_relay", on=on)

    def close(self) -> None:
        """Switch everything off and release the pins."""
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

    def _switch(self, part: str, *, on: bool) -> None:
        output = self._outputs.get(part)
        if output is None:
            return
        try:
            output.set(on=on)
        except PanelError as error:
            del self._outputs[part]
            self._report(part, str(error))
