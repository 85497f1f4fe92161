"""The `panel` section: buttons, lights, buzzer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.config.base import Name, Settings

# BCM numbers of the 40-pin header.
Pin = Annotated[int, Field(ge=0, le=27)]


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
        _refuse_doubles("button id", [b.id for b in self.buttons])
        _refuse_doubles("pin", [pin for pin, _ in self.wiring])
        return self

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


def _refuse_doubles(what: str, values: list[str] | list[int]) -> None:
    seen: set[str | int] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{what} {value} is used twice")
        seen.add(value)
