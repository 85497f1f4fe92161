"""The camera process's end of a preview: small pictures to the installer, while one is asked for.

What is sent is the picture that the nets get: where staff stand it is black already, so there is
none of them to be seen. Nothing is queued: a picture that the agent does not take is let go.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2

from agent.vision.detector import Pixels
from agent.vision.observations import MOST_FRAME_BYTES, PREVIEW_SOCKET, PreviewAsk
from agent.vision.pipeline import Seen, blank
from agent.vision.settings import Zone

log = logging.getLogger(__name__)

WIDTH = 640
QUALITY = 70
EVERY_S = 0.2
LONGEST_S = 10.0
"""Whatever the agent asks for: without a new ask it is over then."""
CONTACT, FACE, EDGE = (60, 220, 60), (220, 220, 220), (0, 0, 0)
"""Blue, green, red: around who is a contact, around any other face, and around both."""


class PreviewSender:
    """Sends pictures while an ask holds. `clock` is monotonic."""

    def __init__(self, runtime_dir: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = runtime_dir / PREVIEW_SOCKET
        self._clock = clock
        self._socket: socket.socket | None = None
        self._until_s = float("-inf")
        self._next_s = float("-inf")
        self._unsent = b""

    def expire(self) -> None:
        """End it where its time is over."""
        if self._socket is not None and self._clock() >= self._until_s:
            self.close()

    def obey(self, ask: PreviewAsk) -> None:
        """Begin, go on, or end."""
        if not ask.on:
            self.close()
            return
        now_s = self._clock()
        self._until_s = min(ask.until_ms / 1000, now_s + LONGEST_S)
        if self._socket is None and now_s < self._until_s:
            self._connect(ask.key)

    def offer(self, picture: Pixels, *, masks: Sequence[Zone], seen: Sequence[Seen]) -> None:
        """Send a BGR picture with the faces `seen` in it, if it is time for one.

        The picture itself is blanked in place, as the nets get it.
        """
        if self._socket is None or self._clock() < self._next_s:
            return
        self._next_s = self._clock() + EVERY_S
        if not self._unsent:
            blank(picture, masks)
            jpeg = encode(picture, seen)
            self._unsent = len(jpeg).to_bytes(4, "big") + jpeg if jpeg else b""
        self._send()

    def close(self) -> None:
        """End it; what is not sent yet is forgotten."""
        self._unsent = b""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            log.info("the preview is over")

    def _connect(self, key: str) -> None:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(0)  # the pipeline waits for no phone
        try:
            line.connect(str(self._path))
            line.sendall(key.encode())
        except OSError as error:
            line.close()
            log.warning("the preview cannot be sent to %s: %s", self._path, error.strerror)
            return
        self._socket = line
        log.info("a preview is sent to the installer")

    def _send(self) -> None:
        if self._socket is None:
            return
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:  # the agent hung up: nobody looks
            self.close()
            return
        self._unsent = self._unsent[sent:]


def encode(picture: Pixels, seen: Sequence[Seen]) -> bytes:
    """Return a BGR picture as a JPEG at most `WIDTH` pixels wide, with the faces framed.

    Nothing where it takes more than `MOST_FRAME_BYTES`.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, WIDTH / width)
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    for each in seen:
        box = each.face.box
        first = (round(box.left * scale), round(box.top * scale))
        last = (round(box.right * scale), round(box.bottom * scale))
        cv2.rectangle(small, first, last, EDGE, 4)
        counts = each.contact is not None and each.contact.confirmed
        cv2.rectangle(small, first, last, CONTACT if counts else FACE, 2)
    done, jpeg = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    content = jpeg.tobytes() if done else b""
    return content if len(content) <= MOST_FRAME_BYTES else b""
