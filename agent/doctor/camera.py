"""Checks of the camera and its models, without loading what the camera process loads."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import struct
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from agent.doctor.checks import Failed, NotApplicable
from agent.errors import ModelError
from agent.vision.models import load_model, models_folder, wanted
from agent.vision.settings import VisionSettings
from agent.vision.source import CsiCamera, IpCamera, Recording, UsbCamera, place_of

# <linux/videodev2.h>
_VIDIOC_QUERYCAP = 0x80685600
_CAPABILITY = struct.Struct("=16s32s32sIII12x")
_DEVICE_CAPS = 0x8000_0000
_CAPTURE = 0x0000_0001 | 0x0000_1000  # single and multi planar

ANSWER_S = 3.0
_RUNTIMES = ("ai_edge_litert", "tflite_runtime")

AskDevice = Callable[[Path], tuple[str, bool]]


def ask_device(device: Path) -> tuple[str, bool]:
    """Ask a V4L2 device for its (name, whether it captures pictures). Raises OSError."""
    answer = bytearray(_CAPABILITY.size)
    handle = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(handle, _VIDIOC_QUERYCAP, answer)
    finally:
        os.close(handle)
    return parse_capability(bytes(answer))


def parse_capability(answer: bytes) -> tuple[str, bool]:
    """Read a `struct v4l2_capability`."""
    _driver, card, _bus, _version, whole, this_node = _CAPABILITY.unpack(answer)
    able = this_node if whole & _DEVICE_CAPS else whole
    return card.split(b"\0")[0].decode("utf-8", "replace"), bool(able & _CAPTURE)


def camera(
    vision: VisionSettings,
    *,
    ask: AskDevice = ask_device,
    importable: Callable[[str], bool] = lambda name: find_spec(name) is not None,
) -> str:
    """Check that a camera is there and gives pictures; `vision` is `VisionSettings.of` it."""
    if vision.mode == "off":
        raise NotApplicable("mode off: no camera is opened")
    _libraries(importable)
    place = place_of(vision.source)
    match place:
        case UsbCamera(device):
            return _v4l2(device, ask)
        case CsiCamera():
            return _picamera2(importable)
        case IpCamera():
            return _network(place)
        case Recording(playlist):
            return _files(playlist)


def _libraries(importable: Callable[[str], bool]) -> None:
    """Look for what a camera's process imports."""
    missing = [name for name in ("cv2", "numpy") if not importable(name)]
    if not any(importable(name) for name in _RUNTIMES):
        missing.append("ai_edge_litert")
    if missing:
        raise Failed(
            f"a camera needs {' and '.join(missing)}, which this Python does not have",
            remedy="run scripts/install again, or `pip install '.[vision]'` in the checkout",
        )


def _network(place: IpCamera) -> str:
    where = f"{place.host} port {place.port}"
    try:
        socket.create_connection((place.host, place.port), timeout=ANSWER_S).close()
    except OSError as error:
        raise Failed(
            f"no camera answers at {where}: {error.strerror or error}",
            remedy="switch it on, and check its address in the source, its cable and the network",
        ) from error
    return f"{where} answers"


def _picamera2(importable: Callable[[str], bool]) -> str:
    missing = [name for name in ("picamera2", "libcamera") if not importable(name)]
    if missing:
        raise Failed(
            f"{missing[0]} is not installed for this Python",
            remedy="apt install python3-picamera2, and use a venv with system site packages",
        )
    return "picamera2 is installed"


def _v4l2(device: Path, ask: AskDevice) -> str:
    try:
        if not stat.S_ISCHR(device.stat().st_mode):
            raise Failed(f"{device} is no camera", remedy="set vision.source to its number")
        name, captures = ask(device)
    except FileNotFoundError as error:
        raise Failed(
            f"there is no {device}", remedy=f"plug the camera in; `{_listing(device)}"
        ) from error
    except PermissionError as error:
        raise Failed(
            f"{device} may not be opened by this user",
            remedy="add the user to group video: usermod -aG video USER",
        ) from error
    except OSError as error:
        raise Failed(
            f"{device} does not answer as a camera: {error.strerror}",
            remedy="set vision.source to a camera's number; `v4l2-ctl --list-devices` names them",
        ) from error
    if not captures:
        raise Failed(
            f"{device} ({name}) takes no pictures",
            remedy="set vision.source to a camera's number; `v4l2-ctl --list-devices` names them",
        )
    return f"{device}: {name}"


def _listing(device: Path) -> str:
    numbered = device.name.startswith("video")
    return (
        "ls /dev/video*` shows the numbers" if numbered else f"ls {device.parent}` shows the names"
    )


def _files(source: str) -> str:
    parts = [part.strip() for part in source.split(",")]
    files = [Path(part) for part in parts if part and not part.startswith("pause:")]
    unreadable = [str(file) for file in files if not os.access(file, os.R_OK)]
    if unreadable or not files:
        raise Failed(
            f"{unreadable[0] if unreadable else 'no video file'} cannot be read",
            remedy="set vision.source to a camera's number, picamera2, or readable video files",
        )
    return f"{len(files)} video file{'s' if len(files) > 1 else ''}"


def models(vision: VisionSettings) -> str:
    """Check that the models of this mode are the files their cards describe (sha256)."""
    if vision.mode == "off":
        raise NotApplicable("mode off: no model is loaded")
    folder = models_folder(vision.models)
    try:
        found = [load_model(name, folder=folder).ref for name in wanted(vision)]
    except ModelError as error:
        raise Failed(str(error), remedy="install Smilepost again, or mend vision.models") from error
    return ", ".join(f"{ref.id} ({ref.sha256[:12]})" for ref in found)
