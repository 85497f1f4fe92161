"""Checks of the machine itself: Python, disk, the screen's port, the runtime folder."""

from __future__ import annotations

import errno
import http.client
import os
import platform
import shutil
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from agent.doctor.checks import Failed, NotApplicable
from agent.screen.settings import ScreenSettings

OLDEST_PYTHON = (3, 11)
MIN_FREE_MB = 200
ASK_TIMEOUT_S = 2.0

_BOARD = Path("/proc/device-tree/model")


def python(
    version: tuple[int, ...] = sys.version_info[:3],
    *,
    bits: int = struct.calcsize("P") * 8,
    board: Path = _BOARD,
) -> str:
    """Check the interpreter: 64 bits, 3.11 or newer. Names the board where the kernel knows it."""
    shown = ".".join(str(part) for part in version)
    if version[:2] < OLDEST_PYTHON:
        raise Failed(f"Python {shown}", remedy="use Raspberry Pi OS bookworm or newer")
    if bits != 64:  # noqa: PLR2004
        raise Failed(f"Python {shown}, {bits}-bit", remedy="flash the 64-bit Raspberry Pi OS")
    name = board.read_text("utf-8").rstrip("\0\n") if board.exists() else platform.machine()
    return f"Python {shown}, 64-bit, {name}"


def disk(folder: Path, *, free_bytes: Callable[[Path], int] | None = None) -> str:
    """Check that the store has room to grow."""
    place = _nearest_existing(folder)
    free = free_bytes(place) if free_bytes else shutil.disk_usage(place).free
    free_mb = free // 1_000_000
    if free_mb < MIN_FREE_MB:
        raise Failed(
            f"{free_mb} MB free at {place}, {MIN_FREE_MB} MB are needed",
            remedy="delete what is not needed, or use a larger card",
        )
    return f"{free_mb} MB free at {place}"


def screen_port(settings: ScreenSettings) -> str:
    """Check that the page's port is free, or that our own page already answers there."""
    if not settings.enabled:
        raise NotApplicable("no screen configured")
    if settings.port == 0:
        return "any free port"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", settings.port))
        except OSError as error:
            return _occupied(settings.port, error)
    return f"127.0.0.1:{settings.port} is free"


def _occupied(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE and _is_our_page(port):
        return f"127.0.0.1:{port} shows our page: the agent is running"
    raise Failed(
        f"127.0.0.1:{port} cannot be used: {error.strerror}",
        remedy="set screen.port to another port, or stop the program that holds it",
    )


def _is_our_page(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ASK_TIMEOUT_S)
    try:
        connection.request("GET", "/")
        return b"<title>Smilepost</title>" in connection.getresponse().read(4096)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def runtime_dir(folder: Path, *, needed: bool) -> str:
    """Check that the socket between agent and camera process has a place."""
    if not needed:
        raise NotApplicable("no camera configured")
    place = _nearest_existing(folder)
    if not os.access(place, os.W_OK | os.X_OK):
        raise Failed(
            f"{place} is not writable for this user",
            remedy="let the smilepost-agent service make it, or set runtime_dir to another folder",
        )
    return f"{folder} is writable" if place == folder else f"{folder} will be made"


def _nearest_existing(folder: Path) -> Path:
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder
