"""Runs in the guest, inside a unit's own sandbox: tries what the sandbox must forbid.

Prints one JSON object: what was tried, and `ok` or the reason why it did not work. It needs
nothing but Python, and is never imported by the bench itself.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

DEPTH = 4
UNREAL = {"/proc", "/sys"}
"""Their files are the kernel's own; a folder there takes no file."""


def outcome(attempt: Callable[[], None]) -> str:
    """Return `ok`, or what forbade it."""
    try:
        attempt()
    except OSError as error:
        return error.strerror or str(error)
    return "ok"


def open_socket(family: int, kind: int = socket.SOCK_STREAM) -> Callable[[], None]:
    """Return an attempt to make a socket."""
    return lambda: socket.socket(family, kind).close()


def open_device(path: str) -> Callable[[], None]:
    """Return an attempt to open a device for reading and writing."""
    return lambda: os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))


def write_file(folder: str) -> Callable[[], None]:
    """Return an attempt to make a file in a folder; what was made is removed again."""
    path = Path(folder, f".probe-{os.getpid()}")

    def attempt() -> None:
        path.write_bytes(b"x")
        path.unlink()

    return attempt


def folders(top: str = "/", *, depth: int = DEPTH) -> Iterator[str]:
    """Yield every folder down to a depth that can be looked into."""
    yield top
    if depth == 0:
        return
    try:
        below = sorted(
            entry.path for entry in os.scandir(top) if entry.is_dir(follow_symlinks=False)
        )
    except OSError:
        return
    for path in below:
        if path not in UNREAL:
            yield from folders(path, depth=depth - 1)


def interfaces(table: str) -> list[str]:
    """Return the network interfaces in the kernel's table (asking it needs a socket)."""
    return sorted(line.split(":")[0].strip() for line in table.splitlines() if ":" in line)


def report() -> dict[str, object]:
    """Try everything."""
    return {
        "uid": os.getuid(),
        "AF_UNIX": outcome(open_socket(socket.AF_UNIX)),
        "AF_INET": outcome(open_socket(socket.AF_INET)),
        "AF_INET6": outcome(open_socket(socket.AF_INET6)),
        "AF_PACKET": outcome(open_socket(socket.AF_PACKET, socket.SOCK_RAW)),
        "camera": outcome(open_device("/dev/video0")),
        "pins": outcome(open_device("/dev/gpiochip0")),
        "interfaces": interfaces(Path("/proc/net/dev").read_text(encoding="ascii")),
        "writable": [f for f in folders() if outcome(write_file(f)) == "ok"],
    }


if __name__ == "__main__":
    print("PROBE " + json.dumps(report()), flush=True)
