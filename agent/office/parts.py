"""What the pages show and switch: the parts of the kiosk, as narrow as the pages need them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.clock import Clock
from agent.config.schema import KioskSettings
from agent.events.catalogue import DeviceFault
from agent.served.calibrator import Calibrator
from agent.staff.alert import Alert
from agent.staff.shifts import Shift
from agent.visit.trial import Trial

if TYPE_CHECKING:  # a kiosk without these pages does not load them
    from agent.office.cases import CaseBook
    from agent.vision.eyes import Eyes


def supervised() -> bool:
    """Tell whether systemd started this process, and would start it again."""
    return "NOTIFY_SOCKET" in os.environ


class Duty(Protocol):
    """The alerts and the shift; `agent.staff.duty.Duty` is one."""

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be said to have been done."""
        ...

    @property
    def shift(self) -> Shift | None:
        """Who is at the till."""
        ...

    @property
    def language(self) -> str | None:
        """What who is at the till wants to read; None where that is not known."""
        ...

    def open_alerts(self) -> tuple[Alert, ...]:
        """Return the alerts that are not resolved, in the order of raising."""
        ...

    def age_s(self, alert: Alert) -> float:
        """Return the seconds since an alert was raised."""
        ...

    def acknowledge(self, alert: str, *, by: str) -> None:
        """Note that somebody takes an alert on. Raises StaffError."""
        ...

    def resolve(self, alert: str, *, by: str, how: str) -> None:
        """Note what was done. Raises StaffError."""
        ...

    async def sign_on(self, pin: str) -> Shift | None:
        """Begin the shift of whose PIN this is. Raises StaffError."""
        ...

    def sign_off(self) -> None:
        """End the shift, if there is one."""
        ...


class TrialDesk(Protocol):
    """The button test; `agent.visit.Visit` is one."""

    keys: tuple[str, ...]
    trial: Trial

    def begin_trial(self, *, for_s: float = 300.0) -> None:
        """Try the buttons: presses never count for that long."""
        ...

    def end_trial(self) -> None:
        """End the button test."""
        ...


class Thanks(Protocol):
    """Lights and buzzer."""

    def acknowledge(self, *, durable: bool) -> None:
        """Light up and sound as for a kept answer."""
        ...


class Lamps(Protocol):
    """The light at the counter and the relay; `agent.staff.lamps.Lamps` is one."""

    @property
    def pins(self) -> Mapping[str, int]:
        """What is configured, by part."""
        ...

    @property
    def working(self) -> frozenset[str]:
        """The parts whose pin can be switched."""
        ...

    def try_out(self, part: str) -> bool:
        """Switch a part over for a second; returns whether its pin can be switched."""
        ...


class Depth(Protocol):
    """The store."""

    @property
    def pending(self) -> int:
        """Rows the broker has not settled."""
        ...

    @property
    def degraded(self) -> bool:
        """Whether the file cannot be written."""
        ...

    @property
    def high(self) -> int:
        """Position of the newest event."""
        ...


class Link(Protocol):
    """What is known of the broker."""

    @property
    def online(self) -> bool:
        """Whether it is there."""
        ...

    @property
    def reason(self) -> str:
        """What is wrong."""
        ...

    @property
    def remedy(self) -> str:
        """What mends it."""
        ...


class Troubles(Protocol):
    """`agent.faults.Faults`."""

    @property
    def open(self) -> tuple[DeviceFault, ...]:
        """What was told of the parts that do not work, by part."""
        ...

    def report(self, part: str, fact: str, *, remedy: str = "") -> None:
        """Tell that a part does not work."""
        ...


@dataclass(frozen=True, slots=True)
class Backstage:
    """All of it."""

    settings: KioskSettings
    config: Path
    """The configuration's file, which the checks read anew."""
    visit: TrialDesk
    duty: Duty | None
    thanks: Thanks | None
    """None where no panel works."""
    lamps: Lamps
    cases: CaseBook
    calibrator: Calibrator
    outbox: Depth
    link: Callable[[], Link]
    clock: Clock
    faults: Troubles
    restart: Callable[[], None] | None
    """Ends the agent; None where nobody would start it again."""
    eyes: Eyes | None = None
    """The cameras; None where none is configured."""
