"""One store, one writer: a lock that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from agent.errors import StoreError
from agent.private import private_folder
from agent.whole import DRAFT

BESIDE = frozenset(
    {
        "feedback",
        "questionnaires",
        "office.pem",
        "attract",
        "zones.json",
        "calibration.json",
        "lost+found",
    }
)
"""What else is at home in the store's folder."""
PATIENCE_S = 5.0  # the one before may still be writing its last rows


class StoreInUseError(StoreError):
    """Another process writes this store."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"store {path} is in use by another Smilepost: stop that one first")
        self.path = path


class StoreLock:
    """Held from construction until `release`, or until the process ends.

    A file beside the store: closing any handle of the store's own file would drop SQLite's locks.
    Where no file can be made there is no lock: a disk that cannot be written has no second writer.
    Raises StoreInUseError.
    """

    def __init__(self, path: Path, *, patience_s: float = PATIENCE_S) -> None:
        self._handle: int | None = None
        try:
            private_folder(path.parent, ours=lambda name: _is_ours(name, path))
            handle = os.open(lock_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        try:
            _wait_for(handle, path, patience_s)
        except StoreInUseError:
            os.close(handle)
            raise
        except OSError:  # this file system knows no locks
            os.close(handle)
            return
        self._handle = handle

    def release(self) -> None:
        """Let the next one in."""
        if self._handle is not None:
            os.close(self._handle)
        self._handle = None


def lock_path(path: Path) -> Path:
    """Return where the lock of a store is."""
    return path.with_name(path.name + ".lock")


def _is_ours(name: str, store: Path) -> bool:
    return name.startswith((store.name, ".doctor-")) or name.removesuffix(DRAFT) in BESIDE


def _wait_for(handle: int, path: Path, patience_s: float) -> None:
    deadline_s = time.monotonic() + patience_s
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline_s:
                raise StoreInUseError(path) from None
        time.sleep(0.05)
