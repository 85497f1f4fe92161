"""A camera on the network: JPEG after JPEG over HTTP, or RTSP. By OpenCV's FFmpeg.

What comes is a stranger's: nothing but the expected kind is taken apart, every wait is bounded, a
JPEG is looked at only when it is whole and of a size that makes sense. Sound is never asked for.
FFmpeg's own log is off, because it quotes what it opens.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.errors import CameraError
from agent.vision.detector import Pixels
from agent.vision.grabbing import Grabber, Source, hush
from agent.vision.settings import VisionSettings
from agent.vision.source import IpCamera

PATIENCE = 0.8
"""The share of `capture_timeout_s` after which a silent connection is given up by itself."""
MOST_BYTES = 4_000_000
MOST_PIXELS = 3840 * 2160
_ASKED_OF_FFMPEG = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_OPTIONS = {
    "rtsp": "protocol_whitelist;rtsp,rtp,tcp|rtsp_transport;tcp|allowed_media_types;video",
    "http": "protocol_whitelist;http,tcp|input_format;mpjpeg",
    "https": "protocol_whitelist;https,tls,tcp|input_format;mpjpeg",
}
_MEND = "check that it is on, and the network"
_FILLING = 0xFF
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG: those without a length, and those that begin a picture (ITU T.81, B.1)."""


def open_network(place: IpCamera, *, settings: VisionSettings) -> Source:
    """Open a camera on the network. Raises `CameraError`."""
    scheme = place.url.partition("://")[0]
    name = f"{scheme}://{place.host}:{place.port}"
    jpeg = scheme != "rtsp"
    video = _capture(_with_password(place, settings), scheme, settings.capture_timeout_s, raw=jpeg)
    if not video.isOpened():
        raise CameraError(
            f"camera {name} gives no stream: check that it is on, the path of its address, username"
            " and password_file, and that its unit allows its address"
        )
    grabber = Grabber(video, fps=settings.fps, name=name, mend=_MEND)
    return JpegStream(grabber, name=name) if jpeg else Stream(grabber)


def _capture(url: str, scheme: str, timeout_s: float, *, raw: bool) -> cv2.VideoCapture:
    hush()
    wait_ms = int(timeout_s * 1000 * PATIENCE)
    asked = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, wait_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, wait_ms]
    asked += [cv2.CAP_PROP_N_THREADS, 1]
    os.environ[_ASKED_OF_FFMPEG] = _OPTIONS[scheme]
    try:
        return cv2.VideoCapture(url, cv2.CAP_FFMPEG, asked + [cv2.CAP_PROP_FORMAT, -1] * raw)
    finally:  # no file could be opened with them
        del os.environ[_ASKED_OF_FFMPEG]


def _with_password(place: IpCamera, settings: VisionSettings) -> str:
    """Return the address as FFmpeg wants it: it exists in this process's memory alone."""
    if settings.username is None or settings.password_file is None:
        return place.url
    password = _first_line(settings.password_file)
    words = f"{quote(settings.username, safe='')}:{quote(password, safe='')}"
    return place.url.replace("://", f"://{words}@", 1)


def _first_line(path: Path) -> str:
    try:
        return path.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise CameraError(
            f"password_file {path} cannot be read ({why}): name it in the unit's LoadCredential="
        ) from error


class Stream:
    """Pictures that FFmpeg has decoded. It scales a size that changes back to the first."""

    def __init__(self, grabber: Grabber) -> None:
        self._grabber = grabber

    def read(self) -> Pixels:
        """Return the next picture that is due. Raises `CameraError`."""
        return self._grabber.take()

    def close(self) -> None:
        """Hang up."""
        self._grabber.close()


class JpegStream:
    """JPEGs as they came; only those that are due are decoded."""

    def __init__(self, grabber: Grabber, *, name: str) -> None:
        self._grabber = grabber
        self._name = name

    def read(self) -> Pixels:
        """Return the next whole picture that is due. Raises `CameraError`."""
        return decoded(self._grabber.take(), name=self._name)

    def close(self) -> None:
        """Hang up."""
        self._grabber.close()


def decoded(jpeg: NDArray[np.uint8], *, name: str) -> Pixels:
    """Decode a JPEG, uint8 bytes of any shape, to BGR. Raises `CameraError`."""
    content = jpeg.tobytes()
    width, height = jpeg_size(content) or (0, 0)
    whole = len(content) <= MOST_BYTES and content.rstrip(b"\r\n\0").endswith(b"\xff\xd9")
    sane = 0 < width * height <= MOST_PIXELS
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), 1) if whole and sane else None
    if picture is None:
        raise CameraError(f"camera {name} gave a broken picture: check the network and its load")
    return np.asarray(picture, np.uint8)


def jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Return (width, height) as a JPEG's header tells, None where it is none (ITU T.81, B.2)."""
    at = 2
    while content[:2] == b"\xff\xd8" and content[at : at + 1] == b"\xff" and at + 9 <= len(content):
        marker = content[at + 1]
        if marker in _FRAMES:
            height = int.from_bytes(content[at + 5 : at + 7])
            return int.from_bytes(content[at + 7 : at + 9]), height
        if marker == _FILLING:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4])
    return None
