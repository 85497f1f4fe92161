"""Cameras on the network of this machine alone: JPEGs over HTTP, and RTSP with JPEGs in RTP."""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import cv2
import numpy as np

Send = Callable[[bytes], None]
Plan = Callable[[Send], None]

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
EVERY_S = 0.02


def jpeg(width: int = 320, height: int = 240, *, level: int | None = None) -> bytes:
    """Return a picture of noise, or of one grey `level` with a little noise, as JPEG."""
    noise = np.random.default_rng().integers(0, 255, (height, width, 3), np.uint8)
    picture = noise if level is None else (noise // 64 + level).astype(np.uint8)
    coded: Any = cv2.imencode(".jpg", picture)[1]
    return bytes(coded.tobytes())


def part(picture: bytes) -> bytes:
    """Return a picture as one part of the stream."""
    head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture)
    return head + picture + b"\r\n"


def film(send: Send, *, pictures: int = 10**6, picture: Callable[[], bytes] = jpeg) -> None:
    """Send so many pictures, as they are taken."""
    for _ in range(pictures):
        send(part(picture()))
        time.sleep(EVERY_S)


class IpCamera:
    """Listens on 127.0.0.1 and lets `answer` speak to everybody who asks for something.

    By `tls`, where that is given.
    """

    def __init__(
        self, answer: Callable[[socket.socket, bytes], None], *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._answer = answer
        self._tls = tls
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.requests: list[bytes] = []
        self._lines: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for line in (self._server, *self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._server.accept()
                self._lines.append(line)
                threading.Thread(target=self._speak, args=(line,), daemon=True).start()

    def _speak(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), self._secured(line) as spoken:
            for request in requests_of(spoken):
                self.requests.append(request)
                self._answer(spoken, request)

    def _secured(self, line: socket.socket) -> socket.socket:
        return line if self._tls is None else self._tls.wrap_socket(line, server_side=True)


def requests_of(line: socket.socket) -> Iterator[bytes]:
    """Yield what is asked for, head by head; what else comes in between is of no interest."""
    heard = b""
    while said := line.recv(4096):
        heard += said
        while b"\r\n\r\n" in heard:
            request, _, heard = heard.partition(b"\r\n\r\n")
            yield request


def over_http(
    plan: Plan, *, wants: bytes | None = None, tls: ssl.SSLContext | None = None
) -> IpCamera:
    """Return a camera that follows the plan; `wants` is the Authorization it lets in."""

    def answer(line: socket.socket, request: bytes) -> None:
        if wants is not None and b"Authorization: " + wants not in request:
            refusal = b'HTTP/1.0 401 No\r\nWWW-Authenticate: Basic realm="camera"\r\n'
            line.sendall(refusal + b"Content-Length: 0\r\n\r\n")
        else:
            line.sendall(HEAD)
            plan(line.sendall)
        line.shutdown(socket.SHUT_RDWR)

    return IpCamera(answer, tls=tls)


# -- RTSP ------------------------------------------------------------------------------------------

_SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
    b"m=video 0 RTP/AVP 26\r\na=control:track1\r\nm=audio 0 RTP/AVP 0\r\na=control:track2\r\n"
)
_NONCE = "4f2a"


def over_rtsp(pictures: Iterator[bytes], *, word: tuple[str, str] | None = None) -> IpCamera:
    """Return a camera that plays pictures; `word` is the (user, password) it lets in."""

    def answer(line: socket.socket, request: bytes) -> None:
        method = request.split(b" ", 1)[0].decode()
        if word is not None and method != "OPTIONS" and not _opens(request.decode(), *word):
            realm = b'WWW-Authenticate: Digest realm="camera", nonce="%s"' % _NONCE.encode()
            line.sendall(_reply(request, realm, status=b"401 Unauthorized"))
        elif method == "DESCRIBE":
            line.sendall(_reply(request, b"Content-Type: application/sdp", body=_SDP))
        elif method == "SETUP":
            line.sendall(_reply(request, b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1"))
        else:
            line.sendall(_reply(request, b"Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"))
        if method == "PLAY":
            _play(line, pictures)

    return IpCamera(answer)


def _reply(request: bytes, header: bytes, *, body: bytes = b"", status: bytes = b"200 OK") -> bytes:
    number = re.search(rb"CSeq: (\d+)", request)
    assert number
    head = b"RTSP/1.0 %s\r\nCSeq: %s\r\nSession: 7\r\n%s\r\n" % (status, number[1], header)
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _opens(request: str, user: str, password: str) -> bool:
    """Whether a request carries the right Digest (RFC 2617, without qop)."""
    given = dict(re.findall(r'(\w+)="([^"]*)"', request))

    def digest(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()

    asked = digest(request.split(" ", 1)[0], given.get("uri", ""))
    right = digest(digest(user, "camera", password), _NONCE, asked)
    return given.get("response") == right


def _play(line: socket.socket, pictures: Iterator[bytes]) -> None:
    number = 0
    for count, picture in enumerate(pictures):
        for last, payload in _rtp_jpeg(picture):
            kind = 26 | (0x80 if last else 0)
            head = struct.pack(">BBHII", 0x80, kind, number % 65536, count * 3600, 7)
            packet = head + payload
            line.sendall(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
            number += 1
        time.sleep(EVERY_S)


def _rtp_jpeg(picture: bytes) -> Iterator[tuple[bool, bytes]]:
    """Cut a JPEG of 4:2:0 with the usual Huffman tables into RTP payloads (RFC 2435)."""
    tables, at, size = b"", 2, (0, 0)
    while picture[at + 1] != 0xDA:
        length = int.from_bytes(picture[at + 2 : at + 4])
        body = picture[at + 4 : at + 2 + length]
        if picture[at + 1] == 0xDB:
            tables += b"".join(body[n + 1 : n + 65] for n in range(0, len(body), 65))
        if picture[at + 1] == 0xC0:
            size = int.from_bytes(body[3:5]) // 8, int.from_bytes(body[1:3]) // 8
        at += 2 + length
    scan = picture[at + 2 + int.from_bytes(picture[at + 2 : at + 4]) : -2]
    for offset in range(0, len(scan), 1200):
        head = struct.pack(">IBBBB", offset, 1, 255, *size)
        quantised = struct.pack(">BBH", 0, 0, len(tables)) + tables if offset == 0 else b""
        yield offset + 1200 >= len(scan), head + quantised + scan[offset : offset + 1200]
