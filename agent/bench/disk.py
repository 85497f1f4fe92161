"""What really reaches the disk: sync calls of a process, sectors of a device."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import StoreError

log = logging.getLogger(__name__)

DISK_BYTES = 1 << 30  # of a sparse file
SECTOR_BYTES = 512
_SECTORS_WRITTEN = 6  # field 7 of Documentation/block/stat.rst
_SYNC = re.compile(rb"\b(?:fsync|fdatasync)\(")


def strace(log: Path) -> list[str] | None:
    """Return the words before a command that log its sync calls; None without strace."""
    found = shutil.which("strace")
    if found is None:
        return None
    # With seccomp only these two calls stop the process: the others run at full speed.
    return [found, "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(log)]


def count_syncs(log: Path) -> int:
    """Count the sync calls in strace's log."""
    return len(_SYNC.findall(log.read_bytes()))


def bytes_written(folder: Path) -> int:
    """Return how many bytes the device under `folder` has written, by whomever.

    Raises StoreError where the file system has no block device of its own.
    """
    device = folder.stat().st_dev
    stat = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")
    try:
        fields = stat.read_text("ascii").split()
    except OSError as error:
        raise StoreError(f"{folder} is on no block device: its writes cannot be told") from error
    return int(fields[_SECTORS_WRITTEN]) * SECTOR_BYTES


@contextmanager
def own_disk(scratch: Path) -> Iterator[Path]:
    """Yield a folder on an ext4 of its own, where nobody else writes.

    That takes root; everybody else gets a folder of the disk at hand, and is told.
    """
    image, place = scratch / "disk.img", scratch / "disk"
    place.mkdir()
    mounted = _mount(image, place)
    if not mounted:
        log.warning("device writes: only root can keep apart what others write to this disk")
    try:
        yield place
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=True)


def _mount(image: Path, place: Path) -> bool:
    """Make a file system as a card has it, and mount it; False where that is not allowed."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        return False
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    # Lazy initialisation would write to the disk while it is measured.
    eager = "lazy_itable_init=0,lazy_journal_init=0"
    make = ["mkfs.ext4", "-q", "-F", "-b", "4096", "-E", eager, str(image)]
    commands = (make, ["mount", "-o", "loop", str(image), str(place)])
    return all(
        subprocess.run(command, check=False, capture_output=True).returncode == 0
        for command in commands
    )


def flush(folder: Path) -> None:
    """Write out what the files of a folder still have in memory."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
