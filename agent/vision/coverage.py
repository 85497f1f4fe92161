"""How much of a picture zones cover. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.vision.settings import Zone

SLACK = 1e-6
"""Of sums of shares."""


def covered(zones: Sequence[Zone]) -> float:
    """Return which share of a picture zones cover together, 0 to 1 in thousandths."""
    return round(_share(zones), 3)


def _share(zones: Sequence[Zone]) -> float:
    columns = sorted({0.0, 1.0, *(x for zone in zones for x in (zone.x, zone.x + zone.width))})
    lines = sorted({0.0, 1.0, *(y for zone in zones for y in (zone.y, zone.y + zone.height))})
    share = sum(
        (right - left) * (bottom - top)
        for left, right in pairwise(columns)
        for top, bottom in pairwise(lines)
        if any(_has(zone, (left + right) / 2, (top + bottom) / 2) for zone in zones)
    )
    return min(1.0, share)


def _has(zone: Zone, x: float, y: float) -> bool:
    return zone.x < x < zone.x + zone.width and zone.y < y < zone.y + zone.height


def leaves_room(staff_mask: Sequence[Zone], contact_zone: Zone | None) -> bool:
    """Tell whether a face could be counted: whether staff's areas leave any of where it may be."""
    together = 1.0 if contact_zone is None else _share((*staff_mask, contact_zone))
    return together - _share(staff_mask) > SLACK
