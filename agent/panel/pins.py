"""Pins behind gpiozero: raw edges in, levels out.

No gpiozero debouncing is used. The callback runs in the backend's one thread that serves every
button; an exception there would silence the whole panel, so it is guarded.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from gpiozero import BadPinFactory, GPIOZeroError, InputDevice, OutputDevice
from gpiozero.pins import Factory

from agent.errors import PanelError

log = logging.getLogger(__name__)

EdgeHandler = Callable[[float, bool], None]
# Kernel timestamps are monotonic seconds; anything farther off is another clock.
_TICKS_TOLERANCE_S = 1.0


def pin_factory(backend: Literal["auto", "lgpio", "mock"]) -> Factory:
    """Return the pin backend. Raises PanelError where there are no pins."""
    if backend == "mock":
        from gpiozero.pins.mock import MockFactory  # noqa: PLC0415

        return MockFactory()
    # lgpio writes a pipe into its working directory, which a sandboxed service cannot.
    os.environ.setdefault("LG_WD", os.environ.get("RUNTIME_DIRECTORY", "/tmp").split(":")[0])  # noqa: S108
    try:
        # Importing lgpio changes the working directory of the whole process; undo that.
        with contextlib.chdir(Path.cwd()):
            from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415

        return LGPIOFactory()
    except ImportError as error:
        raise PanelError("lgpio is not installed: apt install python3-lgpio") from error
    except (BadPinFactory, GPIOZeroError, OSError, RuntimeError) as error:
        raise PanelError(
            f"no GPIO pins here ({error}): is this a Raspberry Pi, is the user in group gpio?"
        ) from error
    except Exception as error:  # lgpio raises its own error class, derived from Exception alone
        raise PanelError(f"GPIO cannot be opened ({error}): is the user in group gpio?") from error


class EdgeInput:
    """One button's pin. `on_edge(at_s, pressed)` is called in the backend's thread.

    `what` names it where the pin cannot be used. Raises PanelError then.
    """

    def __init__(
        self,
        pin: int,
        *,
        pull: Literal["up", "down"],
        factory: Factory,
        on_edge: EdgeHandler,
        what: str = "a button",
    ) -> None:
        self._pressed_state = pull == "down"
        self._on_edge = on_edge
        try:
            self._device = InputDevice(pin, pull_up=pull == "up", pin_factory=factory)
        except GPIOZeroError as error:
            raise PanelError(f"pin {pin} cannot be used for {what}: {error}") from error
        self._pin: Any = self._device.pin
        self._pin.edges = "both"
        self._pin.bounce = None
        # gpiozero keeps only a weak reference to a callback: this object must outlive it.
        self._pin.when_changed = self._changed

    @property
    def pressed(self) -> bool:
        """The level now."""
        return bool(self._pin.state) == self._pressed_state

    def _changed(self, ticks: float, state: int) -> None:
        try:
            self._on_edge(
                trusted_ticks(ticks, time.monotonic()), bool(state) == self._pressed_state
            )
        except Exception:  # it would end the thread that serves every button
            log.exception("a button's edge could not be handled")

    def close(self) -> None:
        """Release the pin."""
        self._pin.when_changed = None
        self._device.close()


def trusted_ticks(ticks: float, now_s: float) -> float:
    """Return the kernel's time of an edge, or `now_s` where it is of another clock."""
    return ticks if abs(ticks - now_s) <= _TICKS_TOLERANCE_S else now_s


class Output:
    """One light or buzzer."""

    def __init__(self, pin: int, *, factory: Factory) -> None:
        try:
            self._device = OutputDevice(pin, pin_factory=factory)
        except GPIOZeroError as error:
            raise PanelError(f"pin {pin} cannot be used for a light or buzzer: {error}") from error
        self._pin = pin

    def set(self, *, on: bool) -> None:
        """Switch it. Raises PanelError where that fails."""
        try:
            self._device.value = on
        except Exception as error:  # lgpio raises its own error class, derived from Exception alone
            raise PanelError(f"pin {self._pin} cannot be switched any more: {error}") from error

    def close(self) -> None:
        """Release the pin."""
        self._device.close()
