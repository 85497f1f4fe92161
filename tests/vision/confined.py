"""Runs in a process of its own: confines itself as a camera's process does, and tries to get out.

Prints one JSON object: what was tried, and `ok` or the reason why it did not work. Its arguments
are the camera's source, a file of somebody else's that file modes would let it read and write, and
a Unix socket that somebody listens on.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from agent.vision.confine import confine
from agent.vision.settings import VisionSettings


def outcome(attempt: Callable[[], object]) -> str:
    """Return `ok`, or what forbade it."""
    try:
        attempt()
    except OSError as error:
        return error.strerror or str(error)
    return "ok"


def in_a_thread(attempt: Callable[[], object]) -> str:
    """Return the outcome of an attempt in a thread that is started now."""
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(outcome(attempt)))
    thread.start()
    thread.join()
    return found[0]


def a_socket(family: int, kind: int) -> Callable[[], None]:
    """Return an attempt to make a socket."""
    return lambda: socket.socket(family, kind).close()


def a_picture(path: Path) -> Callable[[], None]:
    """Return an attempt to write a frame as a file by OpenCV."""
    import cv2  # noqa: PLC0415 - as the camera process does: loaded by one that is confined
    import numpy as np  # noqa: PLC0415 - likewise

    def attempt() -> None:
        if not cv2.imwrite(str(path), np.full((8, 8, 3), 90, np.uint8)):
            raise PermissionError(0, "refused")

    return attempt


def connected(path: str) -> Callable[[], None]:
    """Return an attempt to speak to who listens on a Unix socket."""

    def attempt() -> None:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(path)

    return attempt


def report(theirs: Path, listening: str) -> dict[str, str]:
    """Try everything."""
    beside = theirs.parent / "frame.png"
    return {
        "models": outcome(_open_models),
        "agent": outcome(connected(listening)),
        "null": outcome(lambda: Path("/dev/null").write_bytes(b"x")),
        "TCP": outcome(a_socket(socket.AF_INET, socket.SOCK_STREAM)),
        "UDP": outcome(a_socket(socket.AF_INET, socket.SOCK_DGRAM)),
        "TCP by IPv6": outcome(a_socket(socket.AF_INET6, socket.SOCK_STREAM)),
        "packets": outcome(a_socket(socket.AF_PACKET, socket.SOCK_RAW)),
        "netlink": outcome(a_socket(socket.AF_NETLINK, socket.SOCK_RAW)),
        "UDP in a thread": in_a_thread(a_socket(socket.AF_INET, socket.SOCK_DGRAM)),
        "a picture": outcome(a_picture(beside)),
        "a new file": outcome(lambda: beside.write_bytes(b"x")),
        "a new file in a thread": in_a_thread(lambda: beside.write_bytes(b"x")),
        "a new file in memory": outcome(lambda: Path("/dev/shm/frame").write_bytes(b"x")),  # noqa: S108
        "a new folder": outcome(beside.with_suffix("").mkdir),
        "their file, to write": outcome(lambda: theirs.open("r+b").close()),
        "their file, to read": outcome(theirs.read_bytes),
        "their file, to cut": outcome(lambda: os.truncate(theirs, 0)),
        "their file, to remove": outcome(theirs.unlink),
        "a disk": outcome(_open_disk),
        "who started it, to signal": outcome(lambda: os.kill(os.getppid(), signal.SIGCONT)),
    }


def _open_models() -> None:
    from agent.vision.nets import open_nets  # noqa: PLC0415 - as the camera process does

    open_nets(None)


def _open_disk() -> None:
    disks = Path("/proc/partitions").read_text("ascii").splitlines()[2:]
    if not disks:
        raise FileNotFoundError(0, "there is none")
    for line in disks:
        os.close(os.open(f"/dev/{line.split()[3]}", os.O_RDWR))


if __name__ == "__main__":
    confine(VisionSettings(source=sys.argv[1]))
    print(json.dumps(report(Path(sys.argv[2]), sys.argv[3])))  # noqa: T201
