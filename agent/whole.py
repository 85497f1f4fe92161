"""Files that are there with all their content, or not at all, also after a power cut."""

from __future__ import annotations

import os
from pathlib import Path

DRAFT = ".tmp"
"""Behind the name of what was being written when the power went."""
OWNER_ONLY = 0o600

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


def write_whole(path: Path, content: bytes, *, mode: int = OWNER_ONLY) -> None:
    """Put a file in place of the one before and wait for the disk. Raises OSError."""
    draft = path.with_name(path.name + DRAFT)
    with os.fdopen(os.open(draft, _FLAGS, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
