"""The check of the clock: who keeps it, how well, and what it cannot be before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent.clock.anchor import SERVICE_MARGIN_MS, SYNCED_WITHIN_MS, Reading
from agent.clock.kernel import TIMESYNCD_FLAG
from agent.clock.reader import read_clocks
from agent.clock.system import known_floor_ms
from agent.doctor.checks import Failed

_SERVICES = {
    "systemd-timesyncd": TIMESYNCD_FLAG,
    "chrony": Path("/run/chrony"),
    "ntpsec": Path("/run/ntpsec"),
}
_REMEDY = "connect to a network with a time server, and allow UDP port 123: timedatectl status"


def clock(
    *,
    read: Callable[[], Reading] = read_clocks,
    floor_ms: Callable[[], int] = known_floor_ms,
    keeper: Callable[[], str] = lambda: name_service(_SERVICES),
) -> str:
    """Check that the time can be trusted; without, events carry an honest interval instead."""
    reading = read()
    shown = _shown(reading.wall_ms)
    if reading.wall_ms < floor_ms():
        raise Failed(
            f"the clock says {shown}, and it is not before {_shown(floor_ms())}",
            remedy=_REMEDY,
        )
    if reading.error_ms is None:
        raise Failed(
            f"{shown}, not synchronised: events are dated with an interval, from"
            f" {_shown(floor_ms())} on",
            remedy=_REMEDY,
        )
    off_ms = reading.error_ms + SERVICE_MARGIN_MS
    if off_ms > SYNCED_WITHIN_MS:
        fact = f"{shown}, give or take {off_ms / 1000:.1f} s: no server answered for long"
        raise Failed(fact, remedy=_REMEDY)
    return f"{shown}, synchronised by {keeper()}, give or take {off_ms} ms"


def name_service(signs: dict[str, Path]) -> str:
    """Name the time service that left a sign in /run."""
    return next((name for name, sign in signs.items() if sign.exists()), "a time service")


def _shown(wall_ms: int) -> str:
    return f"{datetime.fromtimestamp(wall_ms / 1000, tz=UTC):%Y-%m-%d %H:%M} UTC"
