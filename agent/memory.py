"""How much memory a process has resident."""

from __future__ import annotations

import resource
from pathlib import Path


def resident_mb(process: int | str = "self") -> float:
    """Return a process's resident memory in megabytes (10^6 bytes), as Linux tells it."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)
