"""Pictures and videos drawn by the tests themselves."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np


def picture(path: Path, *, grey: int = 128) -> Path:
    """Write a small grey PNG."""
    rows = (b"\x00" + bytes([grey]) * 16) * 9
    header = struct.pack(">IIBBBBB", 16, 9, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks))
    return path


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def video(path: Path, *, frames: int = 5) -> Path:
    """Write a short WebM (VP8)."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), 10.0, (64, 36))
    for n in range(frames):
        writer.write(np.full((36, 64, 3), 40 * n % 256, dtype=np.uint8))
    writer.release()
    return path
