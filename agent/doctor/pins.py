"""Check of the button panel's pins."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gpiozero.pins import Factory

from agent.doctor.checks import Failed, NotApplicable
from agent.errors import PanelError
from agent.panel.pins import pin_factory
from agent.panel.settings import PanelSettings

# Before this, lgpio was a pure Python client of a daemon that nobody runs.
OLDEST_LGPIO = (0, 2)


def pins(
    panel: PanelSettings,
    *,
    devices: Path = Path("/dev"),
    lgpio: Callable[[], str] | None = None,
    open_factory: Callable[..., Factory] = pin_factory,
) -> str:
    """Check that the pins can be used, and say through what."""
    if not panel.buttons:
        raise NotApplicable("no buttons configured")
    if panel.backend == "mock":
        return "mock pins: presses come from programs, not from buttons"
    chips = _usable_chips(devices)
    found = (lgpio or lgpio_version)()
    try:
        open_factory(panel.backend).close()
    except PanelError as error:
        raise Failed(str(error), remedy="run scripts/install, then `smilepost doctor`") from error
    numbers = ", ".join(str(button.pin) for button in panel.buttons)
    return f"lgpio {found} on {', '.join(chips)}; buttons on pins {numbers}"


def _usable_chips(devices: Path) -> list[str]:
    chips = sorted(devices.glob("gpiochip*"))
    if not chips:
        raise Failed(
            f"no {devices}/gpiochip*: this machine has no GPIO pins",
            remedy="use a Raspberry Pi, or set panel.backend to mock",
        )
    usable = [str(chip) for chip in chips if os.access(chip, os.R_OK | os.W_OK)]
    if not usable:
        raise Failed(
            f"{chips[0]} may not be opened by this user",
            remedy="add the user to group gpio: usermod -aG gpio USER",
        )
    return usable


def lgpio_version() -> str:
    """Return the version of lgpio in force; the old pure Python one is a failure."""
    try:
        found = version("lgpio")
    except PackageNotFoundError as error:
        raise Failed("lgpio is not installed", remedy="apt install python3-lgpio") from error
    parts = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
    if parts < OLDEST_LGPIO:
        raise Failed(
            f"lgpio {found} cannot drive pins by itself",
            remedy="pip uninstall lgpio; apt install python3-lgpio",
        )
    return found
