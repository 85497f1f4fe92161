"""Landlock: a process gives up rights over files and ports that it never gets back (Linux 5.13).

The kernel's calls by their numbers, because no library of Python's has them; they are the same on
every processor. Source: Linux, Documentation/userspace-api/landlock.rst and uapi/linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CREATE, ADD, RESTRICT = 444, 445, 446
BY_PATH, BY_PORT = 1, 2
ABI_ONLY = 1
NO_NEW_PRIVS = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
CONNECT_TCP = 1 << 1
READ = EXECUTE | READ_FILE | READ_DIR
DEVICE = READ_FILE | READ_DIR | WRITE_FILE | IOCTL_DEV
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_BY_ABI = ((1, (1 << 13) - 1), (2, REFER), (3, TRUNCATE), (5, IOCTL_DEV))
"""From which version of the kernel's interface on a right over files can be given up."""
_PORTS_ABI, _SCOPES_ABI = 4, 6
_EVERY_PORT, _EVERY_SCOPE = 0b11, 0b11
_SIGNALS = 0b10


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _Port(ctypes.Structure):
    _fields_ = (("access", ctypes.c_uint64), ("port", ctypes.c_uint64))


@dataclass(frozen=True, slots=True)
class Leave:
    """What a process may still do; all else is given up. What does not exist is left out."""

    read: tuple[Path, ...] = ()
    """Files and folders, with all below them."""
    devices: tuple[Path, ...] = ()
    """Where devices may be read, written and controlled too, and nothing made."""
    ports: tuple[int, ...] = ()
    """TCP ports that may be connected to."""
    abstract: bool = False
    """Unix sockets without a file, of others."""
    programs: bool = False
    """Other programs may be started; they are confined like this one."""


def kernel_abi() -> int:
    """Return the version of Landlock that this kernel speaks; 0 where it has none or refuses."""
    if platform.system() != "Linux":
        return 0
    version: int = _libc().syscall(CREATE, None, ctypes.c_size_t(0), ABI_ONLY)
    return max(0, version)


def give_up(leave: Leave, *, abi: int) -> None:
    """Keep no more than `leave`, for this thread and all that it starts; `abi` at least 1.

    Raises `OSError` when the kernel does not do it.
    """
    handled = sum(rights for since, rights in _BY_ABI if abi >= since)
    ruleset = _made(handled, leave, abi)
    try:
        _add(ruleset, leave.read, READ & handled)
        _add(ruleset, leave.devices, DEVICE & handled)
        if abi >= _PORTS_ABI:
            for port in leave.ports:
                rule = _Port(access=CONNECT_TCP, port=port)
                _call(ADD, ruleset, BY_PORT, ctypes.byref(rule), 0)
        deny_new_privileges()
        _call(RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def deny_new_privileges() -> None:
    """Let nothing that is started gain rights: the kernel wants it first. Raises `OSError`."""
    if _libc().prctl(NO_NEW_PRIVS, 1, 0, 0, 0):
        raise _refusal()


def _made(handled: int, leave: Leave, abi: int) -> int:
    ports = _EVERY_PORT if abi >= _PORTS_ABI else 0
    scopes = _SIGNALS if leave.abstract else _EVERY_SCOPE
    attributes = _Ruleset(fs=handled, net=ports, scoped=scopes if abi >= _SCOPES_ABI else 0)
    size = 8 if abi < _PORTS_ABI else 16 if abi < _SCOPES_ABI else 24
    return _call(CREATE, ctypes.byref(attributes), ctypes.c_size_t(size), 0)


def _add(ruleset: int, places: Iterable[Path], access: int) -> None:
    for place in places:
        try:
            parent = os.open(place, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # what is not there needs no right
        allowed = access if place.is_dir() else access & OF_A_FILE
        rule = _Beneath(access=allowed, parent=parent)
        try:
            _call(ADD, ruleset, BY_PATH, ctypes.byref(rule), 0)
        finally:
            os.close(parent)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc().syscall(number, *arguments)
    if result < 0:
        raise _refusal()
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _refusal() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
