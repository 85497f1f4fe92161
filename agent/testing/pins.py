"""Fingers for buttons that do not exist: plays edges on gpiozero's mock pins."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gpiozero.pins.mock import MockFactory

from agent.panel.settings import ButtonSettings, PanelSettings

TAP_S = 0.12
BOUNCE_S = (0.0004, 0.0009, 0.0003, 0.0012)
"""Times between the edges of a worn contact: open and closed in turn until it stays."""
STALL_S = 0.004
"""A pause that took so long is none of a bouncing contact any more."""


class HeldFactory(MockFactory):  # type: ignore[misc]  # gpiozero is untyped
    """Pins that something holds at a level from the start: their own pull cannot move them."""

    def __init__(self, *, high: bool) -> None:
        super().__init__()
        self._high = high

    def pin(self, name: Any) -> Any:
        """Return a mock pin."""
        pin = super().pin(name)
        pull = pin._set_pull  # noqa: SLF001 - the mock has no public way

        def pull_in_vain(value: str) -> None:
            pull(value)
            (pin.drive_high if self._high else pin.drive_low)()

        pin._set_pull = pull_in_vain  # noqa: SLF001
        return pin


class PinPlayer:
    """Presses the buttons of `settings` on the pins of `factory`, and looks at their lights.

    A `Panel` with the same factory hears it once it is started. Everything happens in the thread
    that calls; `sleep` is injected so that a test need not wait.
    """

    def __init__(
        self,
        factory: MockFactory,
        settings: PanelSettings,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._buttons = {button.id: button for button in settings.buttons}
        self._buzzer = settings.buzzer
        self._sleep = sleep
        # All at once, and early: a factory is not made to be asked by two threads.
        self._pins: dict[int, Any] = {number: factory.pin(number) for number in self._numbers()}

    @property
    def keys(self) -> tuple[str, ...]:
        """Ids of the buttons, the worst answer first."""
        return tuple(self._buttons)

    @property
    def listening(self) -> bool:
        """Whether somebody hears every button."""
        return all(self._pins[b.pin].when_changed is not None for b in self._buttons.values())

    def press(self, key: str) -> None:
        """Close the contact and keep it closed."""
        self._drive(self._button(key), closed=True)

    def release(self, key: str) -> None:
        """Open the contact."""
        self._drive(self._button(key), closed=False)

    def bounce(self, key: str, *, closed: bool) -> None:
        """Close (or open) the contact as a worn one does: a few edges, then it stays.

        On a busy machine a pause may last as long as a press: then the contact stays at once.
        """
        button, now = self._button(key), closed
        for pause_s in BOUNCE_S:
            self._drive(button, closed=now)
            began_s = time.monotonic()
            self._sleep(pause_s)
            if time.monotonic() - began_s > STALL_S:
                break
            now = not now
        self._drive(button, closed=closed)

    def tap(self, key: str, *, held_s: float = TAP_S, bouncing: bool = True) -> None:
        """Press and let go, with bounce on both edges."""
        if not bouncing:
            self.press(key)
            self._sleep(held_s)
            self.release(key)
            return
        self.bounce(key, closed=True)
        self._sleep(held_s)
        self.bounce(key, closed=False)

    def light(self, key: str) -> bool:
        """Tell whether the button's light is on; False where it has none."""
        light = self._button(key).light
        return light is not None and bool(self._pins[light].state)

    def thanks(self) -> int:
        """Count how often the buzzer has sounded: once for every acknowledged answer."""
        if self._buzzer is None:
            return 0
        return sum(bool(state) for _, state in self._pins[self._buzzer].states)

    def _button(self, key: str) -> ButtonSettings:
        if key not in self._buttons:
            raise KeyError(f"no button {key}: there are {', '.join(self._buttons)}")
        return self._buttons[key]

    def _drive(self, button: ButtonSettings, *, closed: bool) -> None:
        pin = self._pins[button.pin]
        to_ground = button.pull == "up"
        if closed == to_ground:
            pin.drive_low()
        else:
            pin.drive_high()

    def _numbers(self) -> set[int]:
        used = {pin for b in self._buttons.values() for pin in (b.pin, b.light)} | {self._buzzer}
        return {number for number in used if number is not None}
