"""The `panel` section: buttons, lights, buzzer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from agent.config.base import Name, Settings
from agent.config.problem import KeyPath, clash_error, doubles

LAST_PIN = 27


def _on_the_header(pin: object) -> object:
    if isinstance(pin, int) and not 0 <= pin <= LAST_PIN:
        raise ValueError(
            f"{pin} is no BCM number: choose from 0 to {LAST_PIN}; the README's wiring table has"
            " them, they are not the positions on the header"
        )
    return pin


# BCM numbers of the 40-pin header.
Pin = Annotated[int, Field(ge=0, le=LAST_PIN), BeforeValidator(_on_the_header)]


class ButtonSettings(Settings):
    """One physical rating button."""

    id: Name
    """The key's name in events, for example `very_bad`."""
    pin: Pin
    """BCM pin the button connects; see the wiring table in the README."""
    light: Pin | None = None
    """BCM pin of the button's light, if it has one."""
    pull: Literal["up", "down"] = "up"
    """`up`: the button connects the pin to ground; `down`: to 3.3 V."""


class PanelSettings(Settings):
    """The button panel."""

    backend: Literal["auto", "lgpio", "mock"] = "auto"
    """Pin factory: `auto` takes lgpio; `mock` is for machines without pins."""
    buttons: tuple[ButtonSettings, ...] = Field(default=(), max_length=5)
    """2 to 5 buttons from the worst answer to the best; none at all for a touch-only kiosk."""
    buzzer: Pin | None = None
    """BCM pin of an active buzzer; off when absent."""
    confirm_ms: float = Field(default=5.0, ge=1, le=50)
    """How long a level must hold before an edge is a press."""
    lockout_ms: float = Field(default=20.0, ge=5, le=200)
    """Silence after the last edge before the next press can begin."""
    stuck_s: float = Field(default=10.0, ge=2, le=120)
    """A button held this long is stuck: not counted, muted until released, a fault."""

    @model_validator(mode="after")
    def _pins_are_distinct(self) -> PanelSettings:
        if len(self.buttons) == 1:
            raise ValueError("one button cannot be a scale: give 2 to 5 buttons, or none")
        ids = [(b.id, ("buttons", place, "id")) for place, b in enumerate(self.buttons)]
        doubled = [*doubles(ids, "an id"), *doubles(self.pins, "a pin")]
        if doubled:
            raise clash_error(doubled)
        return self

    @property
    def pins(self) -> tuple[tuple[int, KeyPath], ...]:
        """Every pin in use and where it is written."""
        written: list[tuple[int | None, KeyPath]] = []
        for place, button in enumerate(self.buttons):
            written.append((button.pin, ("buttons", place, "pin")))
            written.append((button.light, ("buttons", place, "light")))
        written.append((self.buzzer, ("buzzer",)))
        return tuple((pin, key) for pin, key in written if pin is not None)

    @property
    def wiring(self) -> tuple[tuple[int, str], ...]:
        """Every pin in use and what is on it, as `(17, "the light of button good")`."""
        buttons = [(button.pin, f"button {button.id}") for button in self.buttons]
        lights = [
            (button.light, f"the light of button {button.id}")
            for button in self.buttons
            if button.light is not None
        ]
        buzzer = [] if self.buzzer is None else [(self.buzzer, "the buzzer")]
        return (*buttons, *lights, *buzzer)
