"""`smilepost vision` as a service: the camera process, or a quiet end where it is off."""

from __future__ import annotations

import logging

from agent.config.schema import KioskSettings
from agent.notify import notify
from agent.vision.confine import confine
from agent.vision.source import MAIN
from agent.vision.unit import check_unit

log = logging.getLogger(__name__)


def run_vision(settings: KioskSettings, *, camera: str = MAIN, ip: bool = False) -> int:
    """Run the process of one camera until SIGTERM or SIGINT; return the exit code.

    `ip`: it may speak to a camera on the network, and open none at this machine.

    With `vision.mode` off it says that it is ready and ends with 0: for systemd a service of type
    `notify` that ends before it was ready has failed, and would be started again for ever.

    Raises `WrongUnitError`, and what `run_process` raises.
    """
    if settings.vision.mode == "off":
        log.info("vision.mode is off: no camera is used")
        notify("READY=1")
        return 0
    check_unit(settings.vision, camera, ip=ip)
    confine(settings.vision.of(camera))  # before OpenCV has threads
    from agent.vision.process import run_process  # noqa: PLC0415 - OpenCV, for a camera alone

    return run_process(settings, camera=camera)
