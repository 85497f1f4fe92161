"""systemd's notification protocol: ready, alive, stopping. Silent outside systemd."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Send one line such as `READY=1` to the service manager, if there is one."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.sendto(state.encode(), address)


def watchdog_interval_s() -> float | None:
    """Return how often to say `WATCHDOG=1`: half of what the unit allows; None without one."""
    allowed_us = os.environ.get("WATCHDOG_USEC")
    return int(allowed_us) / 2_000_000 if allowed_us else None
