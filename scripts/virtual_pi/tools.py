"""Programs of the host, and the Debian packages they come in."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence

from virtual_pi.errors import MissingToolError, VirtualPiError

PACKAGES = {
    "qemu-system-aarch64": "qemu-system-arm",
    "fdtput": "device-tree-compiler",
    "mke2fs": "e2fsprogs",
    "e2fsck": "e2fsprogs",
    "debugfs": "e2fsprogs",
    "mosquitto": "mosquitto",
    "mmdebstrap": "mmdebstrap",
    "qemu-aarch64-static": "qemu-user-static",
    "chroot": "coreutils",
    "git": "git",
}
TO_RUN = ("qemu-system-aarch64", "fdtput", "mke2fs", "e2fsck", "debugfs", "mosquitto", "git")
TO_BUILD = (*TO_RUN, "mmdebstrap", "qemu-aarch64-static", "chroot")

# Debian keeps the administrator's programs where a user's PATH does not look.
SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"

Which = Callable[[str], str | None]


def which(program: str) -> str | None:
    """Return a program's path, or None."""
    return shutil.which(program, path=SEARCHED)


def missing(programs: Iterable[str], *, find: Which = which) -> list[str]:
    """Name the programs that are not there."""
    return [program for program in programs if find(program) is None]


def require(programs: Iterable[str], *, find: Which = which) -> None:
    """Raise MissingToolError, naming the packages, unless every program is there."""
    absent = missing(programs, find=find)
    if absent:
        packages = " ".join(sorted({PACKAGES[program] for program in absent}))
        raise MissingToolError(f"{', '.join(absent)} not found: apt install {packages}")


def call(command: Sequence[str | os.PathLike[str]], *, takes: str | None = None) -> str:
    """Run a program to its end and return what it printed.

    `takes` is its input. Raises VirtualPiError with the last line of its complaint.
    """
    ended = subprocess.run(
        command,
        input=takes,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=os.environ | {"PATH": SEARCHED, "LC_ALL": "C"},
    )
    if ended.returncode != 0:
        complaint = (ended.stderr.strip() or ended.stdout.strip()).rpartition("\n")[2]
        raise VirtualPiError(f"{command[0]} ended with {ended.returncode}: {complaint}")
    return ended.stdout
