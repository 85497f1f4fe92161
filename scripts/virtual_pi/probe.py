"""Runs in the guest, inside a unit's own sandbox: tries what the sandbox must forbid.

Prints one JSON object: what was tried, and `ok` or the reason why it did not work. It needs
nothing but Python, and is never imported by the bench itself.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

DEPTH = 4
OTHERS_DEVICES = (
    "/dev/sd*", "/dev/vd*", "/dev/mmcblk*", "/dev/mem", "/dev/kmsg", "/dev/input/*", "/dev/i2c-*",
    "/dev/gpiochip*", "/dev/gpiomem*", "/dev/snd/*", "/dev/net/tun", "/dev/fuse",
)  # fmt: skip
"""Disks, memory, keyboards, pins, microphones: whatever is no camera."""
PRIVATE = ("/var/lib/smilepost", "/root", "/home")
"""What the store holds, and what people do; a folder that is empty tells nothing."""
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


def devices(patterns: Sequence[str]) -> list[str]:
    """Return the devices that could be opened, of those there are."""
    there = (path for pattern in patterns for path in sorted(glob.glob(pattern)))  # noqa: PTH207 - absolute
    return [path for path in there if outcome(open_device(path)) == "ok"]


def readable(places: Sequence[str]) -> list[str]:
    """Return the folders that could be looked into and held something."""
    found = []
    for place in places:
        with contextlib.suppress(OSError):
            found += [place] * any(Path(place).iterdir())
    return found


def signals(pid: int) -> Callable[[], None]:
    """Return an attempt to reach another process; the signal 0 does nothing to it."""
    return lambda: os.kill(pid, 0)


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
        "AF_NETLINK": outcome(open_socket(socket.AF_NETLINK, socket.SOCK_RAW)),
        "UDP": outcome(open_socket(socket.AF_INET, socket.SOCK_DGRAM)),
        "devices": devices(OTHERS_DEVICES),
        "readable": readable(PRIVATE),
        "init": outcome(signals(1)),
        "camera": outcome(open_device("/dev/video0")),
        "pins": outcome(open_device("/dev/gpiochip0")),
        "interfaces": interfaces(Path("/proc/net/dev").read_text(encoding="ascii")),
        "writable": [f for f in folders() if outcome(write_file(f)) == "ok"],
    }


if __name__ == "__main__":
    print("PROBE " + json.dumps(report()), flush=True)
