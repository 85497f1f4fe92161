"""Single keys from the terminal; whatever happens, the terminal is put back as it was."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def keys(on_key: Callable[[str], None]) -> Iterator[None]:
    """Call `on_key` on the running event loop for every key, without a line's end."""
    loop, descriptor = asyncio.get_running_loop(), sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, lambda: _hand_on(descriptor, on_key))
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _hand_on(descriptor: int, on_key: Callable[[str], None]) -> None:
    for key in os.read(descriptor, 64).decode(errors="ignore"):
        on_key(key)
