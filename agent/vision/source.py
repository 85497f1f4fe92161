"""What a camera's `source` says: a device, a camera on the network, or recordings. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from agent.errors import CameraError

MAIN = "main"
"""The camera of `vision.source`; the others have the ids of `vision.cameras`."""
CAMERA_ID = r"^[a-z0-9][a-z0-9_-]{0,31}$"
"""Also an instance name of systemd's that needs no escaping."""

PORTS = {"rtsp": 554, "http": 80, "https": 443}
CSI = "picamera2"
MOST_RIBBONS = 4
_SECRETS = frozenset({"pass", "passwd", "password", "pwd", "usr", "user", "username", "token"})
_PLAIN = re.compile(r"[!-~]+")


class SourceError(CameraError, ValueError):
    """A source that names no camera; the text never quotes a password."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class UsbCamera:
    """A V4L2 device."""

    device: Path


@dataclass(frozen=True, slots=True)
class CsiCamera:
    """A camera on a Pi's ribbon cable, by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class IpCamera:
    """A camera on the network. `url` holds neither user nor password."""

    url: str
    host: str
    """An address, without brackets."""
    port: int


@dataclass(frozen=True, slots=True)
class Recording:
    """Video files and pauses that play the camera."""

    playlist: str


Place = UsbCamera | CsiCamera | IpCamera | Recording


def place_of(source: str) -> Place:
    """Return where the pictures come from. Raises `SourceError`."""
    name = source.strip()
    if "://" in name:
        return _on_the_network(name)
    if name.isdecimal():
        return UsbCamera(Path(f"/dev/video{int(name)}"))
    if name.startswith("/dev/"):
        return UsbCamera(Path(name))
    if name.partition(":")[0] == CSI:
        return CsiCamera(_ribbon(name))
    return Recording(name)


def is_recording(source: str) -> bool:
    """Whether files play the camera: no lens is there to be covered, and nothing to freeze."""
    return isinstance(place_of(source), Recording)


def is_remote(source: str) -> bool:
    """Whether the camera is on the network. Raises `SourceError`."""
    return isinstance(place_of(source), IpCamera)


def _ribbon(name: str) -> int:
    _, colon, number = name.partition(":")
    if not colon:
        return 0
    if not number.isdecimal() or int(number) >= MOST_RIBBONS:
        raise SourceError(f"`{name}` is no camera: write picamera2, or picamera2:1 for the second")
    return int(number)


def _on_the_network(url: str) -> IpCamera:
    if not _PLAIN.fullmatch(url) or "\\" in url:
        raise SourceError("the address has characters that none has: write them as %20 and so on")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SourceError("the address is none: write rtsp://192.168.1.60/stream") from error
    _refuse_secrets(parts)
    if parts.scheme not in PORTS:
        raise SourceError(f"{parts.scheme}:// is not spoken here: use rtsp, http or https")
    return IpCamera(url, _address(parts), port or PORTS[parts.scheme])


def _refuse_secrets(parts: SplitResult) -> None:
    """Everybody may read the configuration, and what is wrong in it is quoted."""
    if "@" in parts.netloc:
        raise SourceError(
            "the address holds a user or a password, and everybody may read this file: write"
            " username and password_file beside it"
        )
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if name.lower() in _SECRETS:
            raise SourceError(
                f"the address holds `{name}=`, and everybody may read this file: write username"
                " and password_file beside it"
            )


def _address(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise SourceError(
            f"`{host}` is no address: write one like 192.168.1.60; the camera's process may ask"
            " no name server"
        ) from None
