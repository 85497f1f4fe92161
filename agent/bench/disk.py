"""What really reaches the disk: sync calls of a process, sectors of a device."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from agent.errors import StoreError

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


def flush(folder: Path) -> None:
    """Write out what the files of a folder still have in memory."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
