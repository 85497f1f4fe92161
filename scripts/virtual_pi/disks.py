"""Disk images made, changed and read without mounting them, so without root.

After a cut the store is looked at as the next boot would find it: the journal is replayed on a
copy, the files are taken out of it, and SQLite recovers its log.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from virtual_pi.errors import VirtualPiError
from virtual_pi.tools import call

STORE_FILES = ("outbox.db", "outbox.db-wal")
_E2FSCK_CORRECTED = ("ended with 1:", "ended with 2:")


def make_disk(image: Path, *, label: str, size_mb: int, content: Path | None = None) -> None:
    """Make an ext4 image, filled from a folder with its owners and modes."""
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(size_mb << 20)
    filled = [] if content is None else ["-d", str(content)]
    call(["mke2fs", "-q", "-t", "ext4", "-m", "0", "-L", label, *filled, str(image)])


def make_settings_disk(image: Path, files: Mapping[str, str], *, label: str) -> None:
    """Make the small disk the guest's settings come on."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o644)
        Path(folder).chmod(0o755)
        make_disk(image, label=label, size_mb=4, content=Path(folder))


def take_store(image: Path, *, into: Path) -> Path:
    """Copy the store's files out of a disk that was cut off, as the next boot would find them.

    Returns the database's path in `into`; its log beside it is SQLite's to recover.
    """
    copy = into / "store.img"
    call(["cp", "--sparse=always", str(image), str(copy)])
    try:
        call(["e2fsck", "-fy", str(copy)])
    except VirtualPiError as error:
        if not any(mark in str(error) for mark in _E2FSCK_CORRECTED):
            raise
    for name in STORE_FILES:
        call(["debugfs", "-R", f"dump /{name} {into / name}", str(copy)])
    copy.unlink()
    return into / STORE_FILES[0]


def patched(image: Path, *, into: Path, path: str, old: str, new: str) -> None:
    """Copy an image with one text in one of its files replaced.

    Raises VirtualPiError unless the text is there exactly once.
    """
    call(["cp", "--sparse=always", str(image), str(into)])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file")
        call(["debugfs", "-R", f"dump {path} {file}", str(into)])
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if text.count(old) != 1:
            raise VirtualPiError(f"{path} in the image does not say {old!r} once: see --control")
        file.write_text(text.replace(old, new), encoding="utf-8")
        file.chmod(0o644)
        folder_inside, _, name = path.rpartition("/")
        orders = Path(folder, "orders")
        orders.write_text(f"cd {folder_inside}\nrm {name}\nwrite {file} {name}\n", "utf-8")
        call(["debugfs", "-w", "-f", str(orders), str(into)])


def throw_away(folder: Path) -> None:
    """Remove a folder of images."""
    shutil.rmtree(folder, ignore_errors=True)
