"""Runs in a process of its own: confines itself as a camera's process does, and tries to get out.

Prints one JSON object: what was tried, and `ok` or the reason why it did not work. Its arguments
are the camera's source, a file of somebody else's that file modes would let it read and write, and
a Unix socket that somebody listens on, or a port of TCP.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from agent.vision.confine import confine
from agent.vision.settings import VisionSettings
from agent.vision.syscalls import PROCESSORS

MPTCP, FAST_OPEN, NEW_USER, TRACE_SEIZE, DUMPABLE = 262, 0x20000000, 0x10000000, 0x4206, 3
PRIVATE, OF_PROCESS, USERS, HERE = 0, -2, 0o1600, -100
DISKS = Path("/proc/partitions").read_text("ascii").splitlines()[2:]
"""Read before anything is given up."""


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


def called(name: str, *arguments: object) -> Callable[[], None]:
    """Return an attempt at a system call."""
    processor = PROCESSORS[platform.machine()]
    number = processor.clone if name == "clone" else processor.named[name]

    def attempt() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syscall(number, *arguments) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    return attempt


def on_the_network(port: int) -> dict[str, str]:
    """Try what reaches another port, or another host."""
    address = "127.0.0.1", port

    def other(protocol: int) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol) as line:
            line.connect(address)

    def fast() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line:
            line.sendto(b"x", FAST_OPEN, address)

    def listening() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line:
            line.listen()

    return {
        "TCP": outcome(a_socket(socket.AF_INET, socket.SOCK_STREAM)),
        "another port": outcome(lambda: other(0)),
        "another TCP, to another port": outcome(lambda: other(MPTCP)),
        "data before connecting": outcome(fast),
        "listening": outcome(listening),
        "a datagram": outcome(a_socket(socket.AF_INET, socket.SOCK_DGRAM)),
    }


def reaching(theirs: Path) -> dict[str, str]:
    """Try what needs a right of its own of the kernel."""
    room = ctypes.create_string_buffer(256)
    return {
        "a ring of calls": outcome(called("io_uring_setup", 1, room)),
        "a program in the kernel": outcome(called("bpf", 0, room, 72)),
        "counters": outcome(called("perf_event_open", room, 0, -1, -1, 0)),
        "page faults": outcome(called("userfaultfd", 0)),
        "a key": outcome(called("add_key", b"user", b"x", b"x", 1, OF_PROCESS)),
        "its keys": outcome(called("keyctl", 0, OF_PROCESS, 1)),
        "shared memory": outcome(called("shmget", PRIVATE, 4096, USERS)),
        "messages": outcome(called("msgget", PRIVATE, USERS)),
        "a queue of messages": outcome(
            called("mq_open", b"frames", os.O_RDWR | os.O_CREAT, 384, 0)
        ),
        "namespaces": outcome(called("unshare", NEW_USER)),
        "a process of namespaces": outcome(called("clone", NEW_USER, 0, 0, 0, 0)),
        "who started it, to trace": outcome(called("ptrace", TRACE_SEIZE, os.getppid(), 0, 0)),
        "who started it, its memory": outcome(_read_of_parent("mem")),
        "who started it, its environment": outcome(_read_of_parent("environ")),
        "a file by its handle": outcome(called("open_by_handle_at", HERE, room, 0)),
        "their file, its attributes": outcome(lambda: os.setxattr(theirs, "user.x", b"frame")),
        "their file, its mode": outcome(lambda: theirs.chmod(0o600)),
        "their file, its owner": outcome(lambda: os.chown(theirs, -1, -1)),
        "their file, its times": outcome(lambda: os.utime(theirs, (1, 1))),
        "a program": outcome(lambda: os.execv("/bin/true", ["true"])),  # noqa: S606 - refused
        "a program from memory": outcome(_execute_memory),
    }


def _read_of_parent(name: str) -> Callable[[], bytes]:
    return lambda: Path(f"/proc/{os.getppid()}/{name}").open("rb").read(1)


def _execute_memory() -> None:
    held = os.memfd_create("program")
    os.write(held, Path("/bin/true").read_bytes())
    os.execve(held, ["true"], {})  # noqa: S606 - refused


def image() -> str:
    """Return whether a crash would write this process's memory somewhere."""
    dumpable = ctypes.CDLL(None).prctl(DUMPABLE, 0, 0, 0, 0)
    most = max(resource.getrlimit(resource.RLIMIT_CORE))
    return "some" if dumpable or most else "none"


def report(theirs: Path, listening: str) -> dict[str, str]:
    """Try everything."""
    if listening.isdecimal():
        return on_the_network(int(listening))
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
        "an image of its memory": image(),
        **reaching(theirs),
        "who started it, to signal": outcome(lambda: os.kill(os.getppid(), signal.SIGCONT)),
    }


def _open_models() -> None:
    from agent.vision.nets import open_nets  # noqa: PLC0415 - as the camera process does

    open_nets(None)


def _open_disk() -> None:
    if not DISKS:
        raise FileNotFoundError(0, "there is none")
    for line in DISKS:
        os.close(os.open(f"/dev/{line.split()[3]}", os.O_RDWR))


if __name__ == "__main__":
    confine(VisionSettings(source=sys.argv[1]))
    print(json.dumps(report(Path(sys.argv[2]), sys.argv[3])))  # noqa: T201
