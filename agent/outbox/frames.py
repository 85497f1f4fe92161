"""The frames of a WAL: which are committed, and which is the newest image of a page.

Source: https://www.sqlite.org/fileformat2.html#walformat. Every frame carries a checksum that goes
on from the one before it. Behind a broken link SQLite itself forgets everything; here these
frames are kept for salvage as long as a commit follows them, since rows have checksums of their
own. What follows the last commit was never promised to anybody.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

FRAME_HEADER_BYTES = 24

_WAL_HEADER_BYTES = 32
_LITTLE_ENDIAN, _BIG_ENDIAN = 0x377F0682, 0x377F0683
_WORD = 0xFFFFFFFF
Sums = tuple[int, int]


@dataclass(slots=True)
class Frames:
    """What a WAL holds, by frame index."""

    pages: array[int] = field(default_factory=lambda: array("L"))
    """The number of the page in each frame."""
    valid: int = 0
    """Frames up to here are committed, and their chain of checksums is whole."""
    newest: dict[int, int] = field(default_factory=dict)
    """The valid frame with the newest image, by page number."""
    stray: list[int] = field(default_factory=list)
    """Frames of the same WAL behind a break in the chain, up to the last commit among them."""


def read_frames(header: bytes, frames: Iterable[bytes]) -> Frames:
    """Sort out the frames of a WAL; each is its 24 byte header and its page."""
    found = Frames()
    order = _byte_order(header)
    salts, sums = _salts(header, order)
    whole, behind, committed = salts is not None, array("L"), 0
    for index, frame in enumerate(frames):
        page, commits, *_ = struct.unpack_from(">2I", frame)
        found.pages.append(page)
        salts = salts or frame[8:16]
        ours = frame[8:16] == salts
        whole = whole and ours and checksum(frame, sums, order) == _stored(frame)
        sums = _stored(frame)
        if ours and not (whole and commits):
            behind.append(index)
        if whole and commits:
            found.valid, behind = index + 1, array("L")
        elif ours and commits:
            committed = len(behind)
    found.newest = {found.pages[index]: index for index in range(found.valid)}
    found.stray = list(behind[:committed])
    return found


def checksum(frame: bytes, sums: Sums, order: str) -> Sums:
    """Return the checksum of a frame that goes on from `sums`."""
    words = struct.unpack(f"{order}{(len(frame) - 16) // 4}I", frame[:8] + frame[24:])
    return _sum(words, sums)


def _sum(words: tuple[int, ...], sums: Sums) -> Sums:
    one, two = sums
    pairs = iter(words)
    for even, odd in zip(pairs, pairs, strict=True):
        one = (one + even + two) & _WORD
        two = (two + odd + one) & _WORD
    return one, two


def _byte_order(header: bytes) -> str:
    return ">" if int.from_bytes(header[:4], "big") == _BIG_ENDIAN else "<"


def _salts(header: bytes, order: str) -> tuple[bytes | None, Sums]:
    """Return the salts and the checksum the first frame goes on from; (None, ...) if damaged."""
    if len(header) < _WAL_HEADER_BYTES:
        return None, (0, 0)
    sums: Sums = struct.unpack(">2I", header[24:32])
    magic = int.from_bytes(header[:4], "big") in (_LITTLE_ENDIAN, _BIG_ENDIAN)
    sound = _sum(struct.unpack(f"{order}6I", header[:24]), (0, 0)) == sums
    return (header[16:24] if magic and sound else None), sums


def _stored(frame: bytes) -> Sums:
    one, two = struct.unpack_from(">2I", frame, 16)
    return one, two
