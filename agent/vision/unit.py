"""Which unit of systemd looks through which camera. Pure.

A camera at this machine is looked through without any network, one on the network without any
device: two sandboxes, so two units, and neither process takes the other's work.
"""

from __future__ import annotations

from agent.errors import VisionError
from agent.vision.settings import VisionSettings
from agent.vision.source import MAIN, is_remote


class WrongUnitError(VisionError, ValueError):
    """A camera process was started as what it is not."""

    exit_code = 2


def unit_of(settings: VisionSettings, camera: str) -> str:
    """Return the unit that looks through a camera. Raises `KeyError`."""
    if is_remote(settings.of(camera).source):
        return f"smilepost-vision-ip@{camera}.service"
    return "smilepost-vision.service" if camera == MAIN else f"smilepost-vision@{camera}.service"


USERS = frozenset({"smilepost-vision", "smilepost-vision-ip"})
"""As whom the units' processes run."""


def user_of(settings: VisionSettings, camera: str) -> str:
    """Return as whom the unit's process of a camera runs. Raises `KeyError`."""
    remote = is_remote(settings.of(camera).source)
    return "smilepost-vision-ip" if remote else "smilepost-vision"


def check_unit(settings: VisionSettings, camera: str, *, ip: bool) -> None:
    """Refuse a camera that there is not, or that another unit is for. Raises `WrongUnitError`.

    `ip`: this process may speak to a camera on the network, and open none at this machine.
    """
    if camera not in settings.ids:
        known = ", ".join(settings.ids)
        raise WrongUnitError(
            f"there is no camera `{camera}`, the cameras are {known}: mend --camera, or add it to"
            " vision.cameras"
        )
    if is_remote(settings.of(camera).source) != ip:
        is_, flag = ("no camera", "without") if ip else ("a camera", "with")
        raise WrongUnitError(
            f"camera {camera} is {is_} on the network: enable {unit_of(settings, camera)} instead,"
            f" or start this {flag} --ip"
        )
