"""Pictures for a playlist, drawn here: no file of anybody's is needed to try one."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DEPTH_BITS = 8


def draw_picture(path: Path, *, grey: int = 128, size_px: tuple[int, int] = (16, 9)) -> Path:
    """Write a PNG of one grey level (0 to 255), and return its path."""
    width, height = size_px
    rows = (b"\x00" + bytes([grey]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, _DEPTH_BITS, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    path.write_bytes(_SIGNATURE + b"".join(_chunk(*each) for each in chunks))
    return path


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
