"""Every version of every page that a store's two files hold, the newest first.

A page's newest image is in the WAL when a committed frame has it, else in the main file. The
older ones are still of use where the newest is damaged. Files are read, never mapped: a bad block
of a card is then an error of one read, not the end of the process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Literal, get_args

from agent.outbox.frames import FRAME_HEADER_BYTES, Frames, read_frames
from agent.outbox.records import FILE_HEADER_BYTES, is_full_leaf

MAGIC = b"SQLite format 3\0"
OUR_PAGE_BYTES = 1024
_USUAL_PAGE_BYTES = 4096
_BLOCK_BYTES = 1 << 18
_PROBE_BYTES = 1 << 20
_MIN_PAGE_BYTES, _MAX_PAGE_BYTES = 512, 65536

Age = Literal["newest", "stray", "main"]
"""Of a page: the newest image; one behind a break in the WAL; the main file's."""
AGES: tuple[Age, ...] = get_args(Age)


class Images:
    """The pages of a main file and its WAL. Raises OSError when the main file cannot be opened.

    `tell` is called at every read.
    """

    def __init__(self, path: Path, *, wal: Path, tell: Callable[[], None] = lambda: None) -> None:
        self._tell = tell
        self._main = FileIO(path, "rb")
        self._wal = FileIO(wal if wal.is_file() else os.devnull, "rb")
        self.unreadable = 0
        """Pages that the disk would not give."""
        self.page_bytes = self._find_page_bytes()
        self._main_pages = -(-_size(self._main) // self.page_bytes)
        self._frames = self._read_frames()
        self._strays = {self._frames.pages[index]: index for index in self._frames.stray}
        self._free = self._free_pages()

    def close(self) -> None:
        """Close both files."""
        self._main.close()
        self._wal.close()

    @property
    def count(self) -> int:
        """How many images there are at most."""
        return self._main_pages + len(self._frames.pages)

    def newest(self) -> Iterator[tuple[int, bytes]]:
        """Yield (page number, its newest image); pages out of use come last."""
        newest = self._frames.newest
        for index in sorted(newest.values(), reverse=True):
            yield self._frames.pages[index], self._frame(index)
        for number, page in self._main_images():
            if number not in newest and number not in self._free:
                yield number, page
        for number in sorted(self._free - newest.keys()):
            if number <= self._main_pages:
                yield number, self._main_page(number)

    def older(self) -> Iterator[tuple[int, bytes]]:
        """Yield (page number, an image that is not its newest), the likeliest first."""
        current = frozenset(self._frames.newest.values())
        for index in (*reversed(self._frames.stray), *reversed(range(self._frames.valid))):
            if index not in current:
                yield self._frames.pages[index], self._frame(index)
        for number in sorted(self._frames.newest):
            if number <= self._main_pages:
                yield number, self._main_page(number)

    def page(self, number: int, age: Age = "newest") -> bytes | None:
        """Return a page's newest image, or another that may exist; None where there is none."""
        if age != "main":
            frames = self._frames.newest if age == "newest" else self._strays
            index = frames.get(number)
            if index is not None:
                return self._frame(index)
        return self._main_page(number) if 0 < number <= self._main_pages else None

    def _find_page_bytes(self) -> int:
        header = _read(self._main, 0, FILE_HEADER_BYTES)
        said = int.from_bytes(header[16:18], "big")
        said = _MAX_PAGE_BYTES if said == 1 else said
        believed = header[:16] == MAGIC and said.bit_count() == 1 and said >= _MIN_PAGE_BYTES
        if believed and said == OUR_PAGE_BYTES:
            return said
        return self._likeliest((OUR_PAGE_BYTES, *((said,) if believed else ()), _USUAL_PAGE_BYTES))

    def _likeliest(self, sizes: tuple[int, ...]) -> int:
        """Return the page size at whose borders most leaf pages begin and end."""
        probe = _read(self._main, 0, _PROBE_BYTES)

        def share(size: int) -> float:
            starts = range(0, len(probe) - size + 1, size)
            return sum(is_full_leaf(probe[at : at + size]) for at in starts) / max(1, len(starts))

        return max(sizes, key=share)

    def _read_frames(self) -> Frames:
        step = FRAME_HEADER_BYTES + self.page_bytes
        header = _read(self._wal, 0, 32)
        count = max(0, (_size(self._wal) - 32) // step)
        starts = range(32, 32 + count * step, step)
        return read_frames(header, (self._frame_whole(at, step) for at in starts))

    def _frame_whole(self, at: int, size: int) -> bytes:
        self._tell()
        return _read(self._wal, at, size).ljust(size, b"\0")

    def _free_pages(self) -> frozenset[int]:
        """Walk the list of pages out of use, as far as it makes sense."""
        first = self.page(1)
        if first is None:
            return frozenset()
        free: set[int] = set()
        trunk = int.from_bytes(first[32:36], "big")
        while trunk not in free and (page := self.page(trunk)) is not None:
            free.add(trunk)
            count = min(int.from_bytes(page[4:8], "big"), self.page_bytes // 4 - 2)
            leaves = (int.from_bytes(page[at : at + 4], "big") for at in range(8, 8 + 4 * count, 4))
            free.update(number for number in leaves if number <= self._main_pages)
            trunk = int.from_bytes(page[:4], "big")
        return frozenset(free)

    def _main_images(self) -> Iterator[tuple[int, bytes]]:
        """Read the main file from its beginning to its end, in large blocks."""
        step = max(1, _BLOCK_BYTES // self.page_bytes)
        for first in range(1, self._main_pages + 1, step):
            count = min(step, self._main_pages + 1 - first)
            yield from self._block(first, count)

    def _block(self, first: int, count: int) -> Iterator[tuple[int, bytes]]:
        size = self.page_bytes
        self._tell()
        try:
            block = os.pread(self._main.fileno(), count * size, (first - 1) * size)
        except OSError:  # one bad page must not cost its neighbours
            yield from ((number, self._main_page(number)) for number in range(first, first + count))
            return
        block = block.ljust(count * size, b"\0")
        for index in range(count):
            yield first + index, block[index * size : (index + 1) * size]

    def _main_page(self, number: int) -> bytes:
        return self._read_page(self._main, (number - 1) * self.page_bytes)

    def _frame(self, index: int) -> bytes:
        step = FRAME_HEADER_BYTES + self.page_bytes
        return self._read_page(self._wal, 32 + index * step + FRAME_HEADER_BYTES)

    def _read_page(self, file: FileIO, at: int) -> bytes:
        self._tell()
        try:
            page = os.pread(file.fileno(), self.page_bytes, at)
        except OSError:
            self.unreadable += 1
            page = b""
        return page.ljust(self.page_bytes, b"\0")


def _read(file: FileIO, at: int, count: int) -> bytes:
    try:
        return os.pread(file.fileno(), count, at)
    except OSError:
        return b""


def _size(file: FileIO) -> int:
    return os.fstat(file.fileno()).st_size
