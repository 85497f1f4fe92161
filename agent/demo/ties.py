"""Ties a child process to the demo: it ends when the demo ends, however that comes about."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
"""Of prctl(2): the signal for a process whose parent's thread has ended."""


def tie() -> Callable[[], None] | None:
    """Return what a child calls before it becomes its program; None where only Linux can do it.

    The child gets SIGTERM when the thread that started it ends, so start it from one that lasts.
    """
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def tie_to_parent() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before the line above
            os._exit(1)

    return tie_to_parent
