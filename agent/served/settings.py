"""The `served` section: who counts the customers served, beside or instead of a camera."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from agent.config.base import Settings
from agent.panel.settings import Pin
from agent.served.tally import Source


class SensorSettings(Settings):
    """A presence sensor with a switching output: PIR, light barrier, time of flight."""

    pin: Pin
    """BCM pin of its output."""
    active: Literal["high", "low"] = "high"
    """The level that means that somebody is there. An open collector pulls `low`."""
    min_dwell_s: float = Field(default=1.5, ge=0.2, le=30)
    """A presence shorter than this is a pass-by, not a contact."""
    bridge_s: float = Field(default=5.0, ge=0.2, le=60)
    """Silences up to this long do not end a contact: a PIR sees movement only."""
    stuck_minutes: float = Field(default=30.0, ge=1, le=1440)
    """Active for so long without a break, it is taken for broken: its count no longer holds."""


class ManualSettings(Settings):
    """A key of the staff's: one press is one customer served."""

    pin: Pin
    """BCM pin the key connects."""
    pull: Literal["up", "down"] = "up"
    """`up`: the key connects the pin to ground; `down`: to 3.3 V."""


class ServedSettings(Settings):
    """Sources beside the camera, and which of them holds."""

    sensor: SensorSettings | None = None
    """A presence sensor on a pin."""
    manual: ManualSettings | None = None
    """A key of the staff's."""
    order: tuple[Source, ...] = Field(
        default=("camera", "sensor", "manual"), min_length=1, max_length=3
    )
    """The most trusted first: of those that are there, the first that works counts."""
    interval_minutes: float = Field(default=15.0, ge=1, le=60)
    """How often the counts are published, with which of them holds."""

    @model_validator(mode="after")
    def _order_names_each_once(self) -> ServedSettings:
        if len(set(self.order)) < len(self.order):
            raise ValueError("order names a source twice: name each once")
        for source in ("sensor", "manual"):
            if getattr(self, source) is not None and source not in self.order:
                raise ValueError(f"{source} is set up but not in order: add it there")
        return self

    @property
    def wiring(self) -> tuple[tuple[int, str], ...]:
        """Every pin in use and what is on it."""
        there = ((self.sensor, "the sensor"), (self.manual, "the staff's key"))
        return tuple((part.pin, what) for part, what in there if part is not None)

    def sources(self, *, camera: bool) -> tuple[Source, ...]:
        """Return the sources there are, the most trusted first. `camera`: vision is on."""
        there = {"camera": camera, "sensor": self.sensor, "manual": self.manual}
        return tuple(source for source in self.order if there[source])
