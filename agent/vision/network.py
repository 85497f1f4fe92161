"""A camera on the network: JPEG after JPEG over HTTP, or RTSP. By OpenCV's FFmpeg.

What comes is a stranger's: nothing but the expected kind is taken apart, every wait is bounded, no
redirect of HTTP is followed, a JPEG is looked at only when it is whole and of a size that makes
sense. Sound is never asked for. FFmpeg's own log is off, because it quotes what it opens.

By https a camera must show the certificate that is configured, or one that this signed: FFmpeg
holds a name against none, so the system's many authorities would prove nothing and are not asked.
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
    "http": "protocol_whitelist;http,tcp|input_format;mpjpeg|max_redirects;0",
    "https": "protocol_whitelist;https,tls,tcp|input_format;mpjpeg|max_redirects;0|tls_verify;1",
}
_PEM = "-----BEGIN CERTIFICATE-----"
_MEND = "check that it is on, and the network"
_FILLING = 0xFF
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_SCAN = b"\xff\xda"
_MOST_SCANS = 64
"""A camera sends one, a progressive picture some ten; each of thousands would take a second."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG: those without a length, and those that begin a picture (ITU T.81, B.1)."""


def open_network(place: IpCamera, *, settings: VisionSettings) -> Source:
    """Open a camera on the network. Raises `CameraError`."""
    scheme = place.url.partition("://")[0]
    name = f"{scheme}://{place.host}:{place.port}"
    jpeg = scheme != "rtsp"
    options = _OPTIONS[scheme]
    if settings.certificate_file is not None:
        options += f"|ca_file;{_certificate(settings.certificate_file)}"
    url = _with_password(place, settings)
    video = _capture(url, options, settings.capture_timeout_s, raw=jpeg)
    if not video.isOpened():
        path = "the path of its address" + " (no redirect is followed)" * jpeg
        more = ", that it shows certificate_file" if scheme == "https" else ""
        raise CameraError(
            f"camera {name} gives no stream: check that it is on, {path}, username and"
            f" password_file{more}, and that its unit allows its address"
        )
    grabber = Grabber(video, fps=settings.fps, name=name, mend=_MEND)
    return JpegStream(grabber, name=name) if jpeg else Stream(grabber)


def _capture(url: str, options: str, timeout_s: float, *, raw: bool) -> cv2.VideoCapture:
    hush()
    wait_ms = int(timeout_s * 1000 * PATIENCE)
    asked = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, wait_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, wait_ms]
    asked += [cv2.CAP_PROP_N_THREADS, 1]
    os.environ[_ASKED_OF_FFMPEG] = options
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
    return _text(path, key="password_file").partition("\n")[0].strip()


def _certificate(path: Path) -> Path:
    """Return where it is, if it may be read: FFmpeg would not say why it trusts nobody."""
    if _PEM not in _text(path, key="certificate_file"):
        raise CameraError(f"certificate_file {path} holds no certificate: write one there, as PEM")
    return path


def _text(path: Path, *, key: str) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise CameraError(
            f"{key} {path} cannot be read ({why}): name it in the unit's LoadCredential="
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
    content = jpeg.tobytes() if jpeg.nbytes <= MOST_BYTES else b""
    width, height = jpeg_size(content) or (0, 0)
    whole = content.rstrip(b"\r\n\0").endswith(b"\xff\xd9")
    sane = 0 < width * height <= MOST_PIXELS and content.count(_SCAN) <= _MOST_SCANS
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
