"""The camera process confines itself, before it has seen a picture and before it has threads.

From then on the kernel lets it write no file, change none and make none, read little but programs
and models, open no device but where cameras are, make no socket but a Unix one (and to a camera on
the network TCP, by connecting), start no program, and signal or trace no other process; nor does it
leave an image of its memory behind when it crashes, or show that to others of the same user. On a
kiosk the unit's sandbox says the same and more; this holds without systemd as well, and where
somebody edits the unit.
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import sys
from pathlib import Path

import agent
from agent.vision.landlock import Leave, give_up, kernel_abi
from agent.vision.models import models_folder
from agent.vision.seccomp import filter_calls
from agent.vision.settings import VisionSettings
from agent.vision.source import CsiCamera, IpCamera, Recording, place_of

log = logging.getLogger(__name__)

SET_DUMPABLE = 4
PROGRAMS = ("/usr", "/lib", "/lib64", "/bin")
PROCESS = ("self", "cpuinfo", "meminfo", "stat", "version", "filesystems", "device-tree")
"""Below /proc: of this process and the machine, of no other process."""
SYSTEM = ("/sys", "/run/udev", "/etc/ld.so.cache", "/etc/localtime", "/etc/passwd")
NETWORK = ("/etc/ssl", "/etc/ca-certificates", "/etc/hosts", "/etc/resolv.conf")
ALWAYS = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
"""Devices that keep nothing and tell nothing."""


def allowance(settings: VisionSettings) -> Leave:
    """Return what a camera's process needs. Raises `SourceError` for a source that is none."""
    place = place_of(settings.source)
    read = [*_own_program(), *map(Path, PROGRAMS + SYSTEM), models_folder(settings.models)]
    read += [Path("/proc", name) for name in PROCESS]
    ports: tuple[int, ...] = ()
    devices = [Path(name) for name in ALWAYS]
    if isinstance(place, Recording):
        read += [Path(part) for part in place.playlist.split(",") if not part.startswith("pause:")]
    elif isinstance(place, IpCamera):
        read += map(Path, NETWORK)
        named = settings.password_file, settings.certificate_file
        read += [path for path in named if path is not None]
        ports = (place.port,)
    else:
        # A camera that is plugged in again is a new file in /dev: no single one could be named.
        devices.append(Path("/dev"))
    ribbon = isinstance(place, CsiCamera)
    if ribbon:
        read.append(Path("/"))  # what libcamera reads and starts of a Pi could not be tried here
    abstract = os.environ.get("NOTIFY_SOCKET", "").startswith("@")
    return Leave(tuple(read), tuple(devices), ports, abstract=abstract, programs=ribbon)


def confine(settings: VisionSettings) -> None:
    """Give up what a camera's process does not need; what the kernel cannot take is told once."""
    leave = allowance(settings)
    abi = kernel_abi()
    kept = [] if abi else ["this kernel offers no Landlock"]
    try:
        if abi:
            give_up(leave, abi=abi)
        deny_images()
        if not filter_calls(network=bool(leave.ports), programs=leave.programs):
            kept.append("no filter of system calls is known for this processor")
    except OSError as error:
        kept.append(f"the kernel refused ({error.strerror})")
    if kept:
        log.warning("the camera process is confined by its unit alone: %s", "; ".join(kept))
    else:
        log.info("the camera process has given up writing files and using networks")


def deny_images() -> None:
    """Let a crash write no memory, with its pictures, to a file, and nobody look into it.

    Raises `OSError` when the kernel refuses.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(SET_DUMPABLE, 0, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def bound_memory(more: int) -> None:
    """Let this process take `more` bytes than it has now, and fail at what asks for more.

    FFmpeg keeps what a camera sends until a picture is whole, however long that one claims to be.
    """
    held = Path("/proc/self/status").read_text("ascii").partition("VmData:")[2].split()[0]
    most = int(held) * 1024 + more
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _own_program() -> list[Path]:
    """Return where this program and its libraries lie."""
    return [Path(agent.__file__).parent, *map(Path, {sys.prefix, sys.base_prefix})]
