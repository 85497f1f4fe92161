"""A filter of system calls: which sockets a process may make, and what reaches other processes.

Landlock (below) does not see UDP, raw sockets or ptrace. The filter is a small program for the
kernel's BPF machine. Sources: Linux, Documentation/userspace-api/seccomp_filter.rst, uapi/linux/
audit.h and the tables of system calls.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from agent.vision.landlock import deny_new_privileges

SET_SECCOMP, BY_FILTER = 22, 2
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
"""Of BPF: load a word of the call; skip by comparison; end."""
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM
OTHER_TABLE = 0x40000000
"""From here on x86-64 has a second table of the same calls (x32)."""
URING, STEAL_FILE = 425, 438
"""io_uring makes sockets past every filter; pidfd_getfd takes another process's."""


@dataclass(frozen=True, slots=True)
class _Processor:
    architecture: int
    socket: int
    others: tuple[int, ...]
    """ptrace, process_vm_readv, process_vm_writev."""


PROCESSORS = {
    "x86_64": _Processor(0xC000003E, 41, (101, 310, 311)),
    "aarch64": _Processor(0xC00000B7, 198, (117, 270, 271)),
}
Step = tuple[int, int, int, int]
"""Code, how many steps to skip where it is true, where it is not, and the value."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def program(machine: str, families: Sequence[int]) -> tuple[Step, ...]:
    """Return the filter for a processor. Raises `KeyError` for one that is not known.

    Sockets of `families` (AF_...) are allowed and no others, nor what reaches into other processes;
    a call by another table of numbers than the processor's own is refused.
    """
    processor = PROCESSORS[machine]
    refused = (URING, STEAL_FILE, *processor.others)
    tests = [(EQUAL, number) for number in refused] + [(AT_LEAST, OTHER_TABLE)]
    # Behind the tests: is it socket()?, its family, a test for each of them, refuse, allow.
    families_at = 3 + len(tests) + 2
    refuse_at = families_at + len(families)
    steps: list[Step] = [(LOAD, 0, 0, ARCHITECTURE_AT)]
    steps.append((EQUAL, 0, refuse_at - 2, processor.architecture))
    steps.append((LOAD, 0, 0, NUMBER_AT))
    for at, (test, value) in enumerate(tests, start=3):
        steps.append((test, refuse_at - at - 1, 0, value))
    steps.append((EQUAL, 0, refuse_at + 1 - (families_at - 1), processor.socket))
    steps.append((LOAD, 0, 0, FIRST_ARGUMENT_AT))
    for at, family in enumerate(families, start=families_at):
        steps.append((EQUAL, refuse_at + 1 - at - 1, 0, family))
    return (*steps, (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW))


def allow_sockets(*, network: bool) -> bool:
    """Allow Unix sockets alone from now on, or IPv4 and IPv6 too; False where it is not known how.

    It holds for this thread and all that it starts. Raises `OSError` when the kernel refuses.
    """
    if platform.machine() not in PROCESSORS:
        return False
    families = [socket.AF_UNIX, *((socket.AF_INET, socket.AF_INET6) if network else ())]
    steps = program(platform.machine(), families)
    content = b"".join(struct.pack("=HBBI", *step) for step in steps)
    deny_new_privileges()
    libc = ctypes.CDLL(None, use_errno=True)
    loaded = _Program(length=len(steps), steps=content)
    if libc.prctl(SET_SECCOMP, BY_FILTER, ctypes.byref(loaded), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return True
