"""The time zone of the machine, for a shop whose configuration names none."""

from __future__ import annotations

import os
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LOCALTIME = Path("/etc/localtime")
_ZONES = "/zoneinfo/"


def local_zone(localtime: Path = _LOCALTIME) -> tzinfo:
    """Return the system's time zone: `TZ`, else what /etc/localtime is a link to, else UTC."""
    linked = str(localtime.resolve()).partition(_ZONES)[2]
    for name in (os.environ.get("TZ", "").lstrip(":"), linked):
        try:
            if name:
                return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):  # a rule or a path instead of a name
            continue
    return UTC
