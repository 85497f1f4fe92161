"""The button panel: pins in, presses out.

A pin that cannot be used is a fault of its own; the other buttons work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gpiozero.pins import Factory

from agent.errors import PanelError
from agent.panel.debounce import Change, Limits
from agent.panel.key import Key
from agent.panel.pins import Output
from agent.panel.settings import ButtonSettings, PanelSettings
from agent.panel.signals import Signals


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
        self._limits = Limits(
            confirm_s=settings.confirm_ms / 1000,
            lockout_s=settings.lockout_ms / 1000,
            stuck_s=settings.stuck_s,
        )
        self._keys: dict[str, Key] = {}
        self._outputs = self._open_outputs()
        self._buzzer = self._open_buzzer()
        self.signals = Signals(lights=self._switch_lights, buzzer=self._switch_buzzer)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys whose pins work."""
        return tuple(self._keys)

    def start(self) -> None:
        """Begin to listen."""
        for button in self._settings.buttons:
            self._open_button(button)

    def close(self) -> None:
        """Release every pin."""
        self.signals.close()
        for key in self._keys.values():
            key.close()
        for output in self._outputs:
            output.close()
        if self._buzzer is not None:
            self._buzzer.close()

    def _open_button(self, button: ButtonSettings) -> None:
        try:
            self._keys[button.id] = Key(
                button.pin,
                pull=button.pull,
                factory=self._factory,
                limits=self._limits,
                tell=partial(self._tell, button.id),
            )
        except PanelError as error:
            self._events.fault(f"button:{button.id}", str(error))

    def _tell(self, key: str, change: Change) -> None:
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
