"""`smilepost staff hash`: the hash of a PIN for the staff file."""

from __future__ import annotations

import getpass
import sys

from agent.errors import StaffError
from agent.staff.pin import hash_pin, weakness


def hash_command(*, digits: int, keys: int | None) -> int:
    """Ask for a PIN twice and print its hash; from a pipe one line is read instead.

    Raises StaffError for a PIN that is weak or typed differently the second time.
    """
    pin = _ask()
    reason = weakness(pin, digits=digits, keys=keys)
    if reason is not None:
        raise StaffError(reason)
    print(hash_pin(pin))  # noqa: T201 - this is the command's output
    return 0


def _ask() -> str:
    """Return the PIN. It is not shown while it is typed, and no argument ever holds it."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    pin = getpass.getpass("PIN: ")
    if getpass.getpass("again: ") != pin:
        raise StaffError("the two PINs differ: begin again")
    return pin
