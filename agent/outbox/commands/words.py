"""Figures as people read them."""

from __future__ import annotations

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from agent.outbox.rows import DAMAGED

_STEP = 1024
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def size(count: int) -> str:
    """Write bytes in the units of the configuration: `1.4 MiB`."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < _STEP:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= _STEP
    return f"{value:.1f} GiB"


def age(seconds: float) -> str:
    """Write a duration with its two largest units: `3 d 4 h`."""
    whole = int(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"
    return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S} h"


def reason(code: int | None) -> str:
    """Name why a row was rejected: the broker's reason, or damage."""
    if code is None:
        return "no reason told"
    if code == DAMAGED:
        return "damaged: its checksum does not hold"
    try:
        return ReasonCode(PacketTypes.PUBACK, identifier=code).getName().lower()
    except (KeyError, AssertionError, ValueError):
        return "a reason MQTT does not know"


def rows(count: int) -> str:
    """Write a number of rows."""
    return "1 row" if count == 1 else f"{count:,} rows"
