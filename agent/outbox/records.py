"""SQLite's file format, as far as salvage needs it: cells of leaf pages, and records.

Source: https://www.sqlite.org/fileformat2.html, chapters 1.6 and 2. Nothing here believes a byte:
what does not fit raises ValueError or IndexError, and every loop ends with the page.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

Value = int | float | str | bytes | None

TABLE_LEAF = 0x0D
INDEX_LEAF = 0x0A
FILE_HEADER_BYTES = 100
MAX_PAYLOAD = 1 << 20
"""No row of ours comes near; a longer one is damage."""

_PAGE_HEADER_BYTES = 8
_LEAST_CELL_BYTES = 16  # an id in its index takes 24: more cells on a page are damage
_VARINT_BYTES = 9
_MAX_HEADER_BYTES = 255
_FORMATS = ("0s", "b", "h", "3s", "i", "6s", "q", "d", "0s", "0s")  # 10 and 11 are reserved
_CONSTANTS: dict[int, Value] = {0: None, 8: 0, 9: 1}
_INTEGER_3, _INTEGER_6, _FIRST_BLOB = 3, 5, 12


class Cell(NamedTuple):
    """One entry of a leaf page."""

    rowid: int
    """Of a table's row; 0 in an index."""
    size: int
    """Bytes of the whole record."""
    local: bytes
    """The part of the record that lies on the page itself."""
    overflow: int
    """The page on which the record goes on; 0 when it does not."""


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the big-endian base-128 number at `at` and where it ends."""
    value = 0
    for index in range(at, at + _VARINT_BYTES - 1):
        byte = data[index]
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:  # noqa: PLR2004 - the high bit says that it goes on
            return value, index + 1
    value = (value << 8) | data[at + _VARINT_BYTES - 1]
    signed = value - (1 << 64) if value >> 63 else value
    return signed, at + _VARINT_BYTES


class _Plan(NamedTuple):
    """How to take values from the body of every record that has the same header."""

    body: struct.Struct
    constants: tuple[tuple[int, Value], ...]
    texts: tuple[int, ...]
    odd_integers: tuple[int, ...]


def read_record(payload: bytes) -> list[Value]:
    """Return a record's values. Raises ValueError or IndexError where it is no whole record."""
    end, _ = read_varint(payload, 0)
    if not 0 < end <= _MAX_HEADER_BYTES:
        raise ValueError("no record of ours has such a header")
    plan = _plan(payload[:end])
    if len(payload) != end + plan.body.size:
        raise ValueError("the record does not end with its cell")
    values: list[Any] = list(plan.body.unpack_from(payload, end))
    for index, value in plan.constants:
        values[index] = value
    for index in plan.texts:
        values[index] = values[index].decode()
    for index in plan.odd_integers:
        values[index] = int.from_bytes(values[index], "big", signed=True)
    return values


@functools.lru_cache(maxsize=2048)  # rows of one kind differ in little but the length of their data
def _plan(header: bytes) -> _Plan:
    _, at = read_varint(header, 0)
    codes: list[int] = []
    while at < len(header):
        code, at = read_varint(header, at)
        codes.append(code)
    numbered = list(enumerate(codes))
    return _Plan(
        struct.Struct(">" + "".join(map(_format, codes))),
        tuple((index, _CONSTANTS[code]) for index, code in numbered if code in _CONSTANTS),
        tuple(index for index, code in numbered if code >= _FIRST_BLOB and code & 1),
        tuple(index for index, code in numbered if code in (_INTEGER_3, _INTEGER_6)),
    )


def _format(code: int) -> str:
    """Return the `struct` format of a value; a constant takes no bytes."""
    if code < _FIRST_BLOB:
        return _FORMATS[code]
    size = (code - _FIRST_BLOB) >> 1
    if size > MAX_PAYLOAD:
        raise ValueError("no value of ours is so long")
    return f"{size}s"


def leaf_kind(page: bytes, *, number: int) -> int:
    """Return what kind of page this says it is, TABLE_LEAF and INDEX_LEAF among them."""
    return page[FILE_HEADER_BYTES if number == 1 else 0]


def leaf_cells(page: bytes, *, number: int) -> Iterator[Cell | None]:
    """Yield the cells of a leaf page, page `number` of its file; None for one that cannot be."""
    start = FILE_HEADER_BYTES if number == 1 else 0
    of_table = page[start] == TABLE_LEAF
    most = len(page) - 35 if of_table else (len(page) - 12) * 64 // 255 - 23
    first = start + _PAGE_HEADER_BYTES
    count = min(int.from_bytes(page[start + 3 : start + 5], "big"), len(page) // _LEAST_CELL_BYTES)
    for at in struct.unpack_from(f">{count}H", page, first):
        yield _cell(page, at, most=most, of_table=of_table)


def is_full_leaf(page: bytes) -> bool:
    """Tell whether a table leaf begins here, with its topmost cell at the end of the page."""
    count = int.from_bytes(page[3:5], "big")
    if page[0] != TABLE_LEAF or not 0 < count < len(page) // 8:
        return False
    top = max(struct.unpack_from(f">{count}H", page, _PAGE_HEADER_BYTES))
    cell = _cell(page, top, most=len(page) - 35, of_table=True)
    if cell is None:
        return False
    _, at = read_varint(page, top)
    _, at = read_varint(page, at)
    return at + len(cell.local) + (4 if cell.overflow else 0) == len(page)


def _cell(page: bytes, at: int, *, most: int, of_table: bool) -> Cell | None:
    try:
        size, at = read_varint(page, at)
        rowid, at = read_varint(page, at) if of_table else (0, at)
    except IndexError:
        return None
    if not 0 < size <= MAX_PAYLOAD:
        return None
    if size <= most:
        local = page[at : at + size]
        return Cell(rowid, size, local, 0) if len(local) == size else None
    end = at + local_bytes(size, page_bytes=len(page), most=most)
    overflow = int.from_bytes(page[end : end + 4], "big")
    return Cell(rowid, size, page[at:end], overflow) if overflow and end < len(page) else None


def local_bytes(size: int, *, page_bytes: int, most: int) -> int:
    """Return how much of a record that does not fit on its page lies there all the same."""
    least = (page_bytes - 12) * 32 // 255 - 23
    fitting = least + (size - least) % (page_bytes - 4)
    return fitting if fitting <= most else least
