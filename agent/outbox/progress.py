"""How far a salvage has come, for other processes to see.

A small file beside what is salvaged, locked for as long as somebody is at it: the kernel lets go of
it when that process dies, so that what a dead one left is not taken for news.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

TELL_S = 1.0
SUFFIX = ".salvaging"
_WIDTH = 20


class Progress:
    """Tells of the salvage of one file, until it is closed."""

    def __init__(self, file: Path) -> None:
        self._path = progress_path(file)
        self._handle: int | None = None
        self._due_s = 0.0
        self.rows = 0
        """Rows that were read and handed over so far."""

    def tell(self) -> None:
        """Write it down where a second has passed since; call it as often as you like.

        A disk that takes nothing, and another one who is at the same file, are no reason to stop.
        """
        now_s = time.monotonic()
        if now_s < self._due_s:
            return
        self._due_s = now_s + TELL_S
        with contextlib.suppress(OSError):
            if self._handle is None:
                self._handle = _held(self._path)
            os.pwrite(self._handle, f"{self.rows:{_WIDTH}}".encode(), 0)

    def close(self) -> None:
        """Tell that nobody is at it any more."""
        if self._handle is None:
            return
        with contextlib.suppress(OSError):
            self._path.unlink()
        os.close(self._handle)
        self._handle = None


def read_progress(file: Path) -> int | None:
    """Return how many rows of a file were salvaged so far; None when nobody is at it."""
    try:
        handle = os.open(progress_path(file), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.pread(handle, _WIDTH, 0) or 0)
    except OSError:  # this file system knows no locks
        return None
    finally:
        os.close(handle)
    return None


def progress_path(file: Path) -> Path:
    """Return where the salvage of a file tells how far it is."""
    return file.with_name(file.name + SUFFIX)


def _held(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle
