"""A filter of system calls: which sockets a process may make, and what it may not do at all.

Landlock (below) does not see UDP, MPTCP, a connection that begins with its first data, a socket
that listens without a port asked for, an attribute or the mode of a file, ptrace, keys or memory
that processes share. The filter is a small program for the kernel's BPF machine, made of blocks:
each refuses what it is for and leaves the rest to the next. Sources: Linux, Documentation/
userspace-api/seccomp_filter.rst, uapi/linux/audit.h and the tables of system calls.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
from collections.abc import Iterable, Iterator

from agent.vision.landlock import deny_new_privileges
from agent.vision.syscalls import PROCESSORS, Processor

SET_SECCOMP, BY_FILTER = 22, 2
LOAD, AND, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
"""Of BPF: load a word of the call; mask it; skip by comparison, or by a common bit; end."""
NUMBER_AT, ARCHITECTURE_AT = 0, 4
ARGUMENTS_AT = 16, 24, 32, 40
"""Where the lower halves of the first four arguments lie."""
ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM
NOT_THERE = 0x00050000 | errno.ENOSYS
"""glibc then makes its threads by the older call, whose flags can be read."""
OTHER_TABLE = 0x40000000
"""From here on x86-64 has a second table of the same calls (x32)."""
KIND = 0xF
"""Of a socket's type; the other bits are flags."""
STREAM, DEFAULT, TCP = 1, 0, 6
FAST_OPEN = 0x20000000
"""MSG_FASTOPEN: connects past Landlock."""
NAMESPACES = 0x7E020000
"""CLONE_NEW...: a process of namespaces of its own is root in them."""
Step = tuple[int, int, int, int]
"""Code, how many steps to skip where it is true, where it is not, and the value."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def program(machine: str, *, network: bool, programs: bool = False) -> tuple[Step, ...]:
    """Return the filter for a processor. Raises `KeyError` for one that is not known.

    Sockets are Unix ones, with `network` TCP over IPv4 and IPv6 as well, and none listens;
    `programs`: others may be started. A call by another table of numbers is refused.
    """
    processor = PROCESSORS[machine]
    refused = {*processor.refused, *(() if programs else processor.execute)}
    return (
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (EQUAL, 1, 0, processor.architecture),
        (RETURN, 0, 0, REFUSE),
        (LOAD, 0, 0, NUMBER_AT),
        *_refused_where(AT_LEAST, OTHER_TABLE),
        *(step for number in sorted(refused) for step in _refused_where(EQUAL, number)),
        *_refused_where(EQUAL, processor.clone3, answer=NOT_THERE),
        *_of_call(processor.clone, (*_argument(0), *_refused_where(ANY_BIT, NAMESPACES))),
        *_fast_opens(processor),
        *_of_call(processor.socket, _sockets(network=network)),
        (RETURN, 0, 0, ALLOW),
    )


def _refused_where(test: int, value: int, *, answer: int = REFUSE) -> tuple[Step, ...]:
    return (test, 0, 1, value), (RETURN, 0, 0, answer)


def _argument(place: int) -> tuple[Step, ...]:
    return ((LOAD, 0, 0, ARGUMENTS_AT[place]),)


def _of_call(number: int, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return steps that hold for one call, and end it."""
    return ((EQUAL, 0, len(steps) + 1, number), *steps, (RETURN, 0, 0, ALLOW))


def _fast_opens(processor: Processor) -> Iterator[Step]:
    for number, flags in processor.sends:
        yield from _of_call(number, (*_argument(flags), *_refused_where(ANY_BIT, FAST_OPEN)))


def _sockets(*, network: bool) -> tuple[Step, ...]:
    """Return what ends a call of socket(family, type, protocol)."""
    unix: tuple[Step, ...] = (*_argument(0), (EQUAL, 0, 1, socket.AF_UNIX), (RETURN, 0, 0, ALLOW))
    if not network:
        return (*unix, (RETURN, 0, 0, REFUSE))
    return (
        *unix,
        *_one_of(socket.AF_INET, socket.AF_INET6),
        *_argument(1),
        (AND, 0, 0, KIND),
        *_one_of(STREAM, STREAM),
        *_argument(2),
        *_one_of(DEFAULT, TCP),
    )


def _one_of(first: int, second: int) -> tuple[Step, ...]:
    return (EQUAL, 2, 0, first), (EQUAL, 1, 0, second), (RETURN, 0, 0, REFUSE)


def filter_calls(*, network: bool, programs: bool = False) -> bool:
    """Hold to `program` from now on; False where this processor is not known.

    It holds for this thread and all that it starts. Raises `OSError` when the kernel refuses.
    """
    if platform.machine() not in PROCESSORS:
        return False
    steps = program(platform.machine(), network=network, programs=programs)
    deny_new_privileges()
    libc = ctypes.CDLL(None, use_errno=True)
    loaded = _Program(length=len(steps), steps=_packed(steps))
    if libc.prctl(SET_SECCOMP, BY_FILTER, ctypes.byref(loaded), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return True


def _packed(steps: Iterable[Step]) -> bytes:
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
