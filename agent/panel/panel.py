"""The button panel: pins in, presses out.

Edges come in the backend's thread and are handed to the event loop, where one debounce machine a
key decides. A pin that cannot be used is a fault of its own; the other buttons work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from gpiozero.pins import Factory

from agent.errors import PanelError
from agent.panel.debounce import Change, Debounce, Limits
from agent.panel.pins import EdgeInput, Output
from agent.panel.settings import ButtonSettings, PanelSettings
from agent.panel.signals import Signals

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PanelEvents:
    """What the panel tells, on the event loop."""

    pressed: Callable[[str, float], None]
    """(key, monotonic seconds of the first edge)."""
    stuck: Callable[[str, float], None]
    """A key is held too long, or since the start."""
    freed: Callable[[str, float], None]
    """A stuck key was released."""
    fault: Callable[[str, str], None]
    """(part, fact): a pin cannot be used."""
    released: Callable[[str, float], None] = lambda _key, _at_s: None
    """A key was let go."""


class Panel:
    """All buttons, lights and the buzzer of one kiosk. Make it inside a running event loop."""

    def __init__(self, settings: PanelSettings, *, factory: Factory, events: PanelEvents) -> None:
        self._settings = settings
        self._factory = factory
        self._events = events
        self._loop = asyncio.get_running_loop()
        self._limits = Limits(
            confirm_s=settings.confirm_ms / 1000,
            lockout_s=settings.lockout_ms / 1000,
            stuck_s=settings.stuck_s,
        )
        self._inputs: dict[str, EdgeInput] = {}
        self._machines: dict[str, Debounce] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._outputs = self._open_outputs()
        self._buzzer = self._open_buzzer()
        self.signals = Signals(lights=self._switch_lights, buzzer=self._switch_buzzer)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys whose pins work."""
        return tuple(self._inputs)

    def start(self) -> None:
        """Begin to listen."""
        for button in self._settings.buttons:
            self._open_button(button)

    def close(self) -> None:
        """Release every pin."""
        for timer in self._timers.values():
            timer.cancel()
        self.signals.close()
        for device in self._inputs.values():
            device.close()
        for output in self._outputs:
            output.close()
        if self._buzzer is not None:
            self._buzzer.close()

    def _open_button(self, button: ButtonSettings) -> None:
        def hand_over(at_s: float, pressed: bool) -> None:  # noqa: FBT001 - an edge handler
            self._loop.call_soon_threadsafe(self._edge, button.id, at_s, pressed)

        try:
            device = EdgeInput(
                button.pin, pull=button.pull, factory=self._factory, on_edge=hand_over
            )
        except PanelError as error:
            self._events.fault(f"button:{button.id}", str(error))
            return
        self._inputs[button.id] = device
        now_s = self._loop.time()
        self._machines[button.id] = Debounce(self._limits, level=device.pressed, now_s=now_s)
        if device.pressed:
            self._events.stuck(button.id, now_s)

    def _edge(self, key: str, at_s: float, pressed: bool) -> None:  # noqa: FBT001 - an edge
        self._tell(key, self._machines[key].edge(at_s, level=pressed))
        self._schedule(key)

    def _due(self, key: str) -> None:
        machine, now_s = self._machines[key], self._loop.time()
        # An edge the kernel dropped is seen here at the latest.
        if self._inputs[key].pressed != machine.level:
            self._tell(key, machine.edge(now_s, level=not machine.level))
        self._tell(key, machine.tick(now_s))
        self._schedule(key)

    def _schedule(self, key: str) -> None:
        if key in self._timers:
            self._timers.pop(key).cancel()
        due_s = self._machines[key].due_s
        if due_s is not None:
            self._timers[key] = self._loop.call_at(due_s, self._due, key)

    def _tell(self, key: str, changes: list[Change]) -> None:
        for change in changes:
            match change.name:
                case "pressed":
                    self._events.pressed(key, change.at_s)
                case "released":
                    self._events.released(key, change.at_s)
                case "stuck":
                    self._events.stuck(key, change.at_s)
                case "freed":
                    self._events.freed(key, change.at_s)

    def _open_outputs(self) -> list[Output]:
        outputs = []
        for button in self._settings.buttons:
            if button.light is not None:
                outputs += self._open_output(button.light, part=f"light:{button.id}")
        return outputs

    def _open_buzzer(self) -> Output | None:
        if self._settings.buzzer is None:
            return None
        return next(iter(self._open_output(self._settings.buzzer, part="buzzer")), None)

    def _open_output(self, pin: int, *, part: str) -> list[Output]:
        try:
            return [Output(pin, factory=self._factory)]
        except PanelError as error:
            self._events.fault(part, str(error))
            return []

    def _switch_lights(self, on: bool) -> None:  # noqa: FBT001 - a switch
        for output in self._outputs:
            output.set(on=on)

    def _switch_buzzer(self, on: bool) -> None:  # noqa: FBT001 - a switch
        if self._buzzer is not None:
            self._buzzer.set(on=on)
