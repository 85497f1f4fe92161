"""The camera process confines itself, before it has seen a picture and before it has threads.

From then on the kernel lets it write no file and make none, read little but programs and models,
open no device but where cameras are, make no socket but a Unix one, and signal or trace no other
process. On a kiosk the unit's sandbox says the same and more; this holds without systemd as well,
and where somebody edits the unit.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import agent
from agent.vision.landlock import Leave, give_up, kernel_abi
from agent.vision.models import models_folder
from agent.vision.seccomp import allow_sockets
from agent.vision.settings import VisionSettings
from agent.vision.source import CsiCamera, IpCamera, Recording, place_of

log = logging.getLogger(__name__)

PROGRAMS = ("/usr", "/lib", "/lib64", "/bin")
SYSTEM = ("/proc", "/sys", "/run/udev", "/etc/ld.so.cache", "/etc/localtime", "/etc/passwd")
NETWORK = ("/etc/ssl", "/etc/ca-certificates", "/etc/hosts", "/etc/resolv.conf")
ALWAYS = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
"""Devices that keep nothing and tell nothing."""


def allowance(settings: VisionSettings) -> Leave:
    """Return what a camera's process needs. Raises `SourceError` for a source that is none."""
    place = place_of(settings.source)
    read = [*_own_program(), *map(Path, PROGRAMS + SYSTEM), models_folder(settings.models)]
    ports: tuple[int, ...] = ()
    devices = [Path(name) for name in ALWAYS]
    if isinstance(place, Recording):
        read += [Path(part) for part in place.playlist.split(",") if not part.startswith("pause:")]
    elif isinstance(place, IpCamera):
        read += map(Path, NETWORK)
        read += [] if settings.password_file is None else [settings.password_file]
        ports = (place.port,)
    else:
        # A camera that is plugged in again is a new file in /dev: no single one could be named.
        devices.append(Path("/dev"))
    if isinstance(place, CsiCamera):
        read.append(Path("/"))  # what libcamera reads of a Pi could not be tried here
    abstract = os.environ.get("NOTIFY_SOCKET", "").startswith("@")
    return Leave(tuple(read), tuple(devices), ports, abstract=abstract)


def confine(settings: VisionSettings) -> None:
    """Give up what a camera's process does not need; what the kernel cannot take is told once."""
    leave = allowance(settings)
    abi = kernel_abi()
    kept = [] if abi else ["this kernel offers no Landlock"]
    try:
        if abi:
            give_up(leave, abi=abi)
        if not allow_sockets(network=bool(leave.ports)):
            kept.append("no filter of system calls is known for this processor")
    except OSError as error:
        kept.append(f"the kernel refused ({error.strerror})")
    if kept:
        log.warning("the camera process is confined by its unit alone: %s", "; ".join(kept))
    else:
        log.info("the camera process has given up writing files and using networks")


def _own_program() -> list[Path]:
    """Return where this program and its libraries lie."""
    return [Path(agent.__file__).parent, *map(Path, {sys.prefix, sys.base_prefix})]
