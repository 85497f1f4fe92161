"""Axes of time, and times as people read them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)


def ticks(seconds: float, *, most: int) -> list[float]:
    """Return at most about `most` round times from 0 to `seconds`."""
    step = next((step for step in STEPS_S if seconds / step <= most), STEPS_S[-1])
    return [float(place * step) for place in range(int(seconds // step) + 1)]


def clock(seconds: float) -> str:
    """Return a time of a recording: `0:07`, `12:30`, `1:02:30`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def lasting(seconds: float) -> str:
    """Return a length of time: `7.4 s`, `1:05 min`, `1:02:30 h`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    return f"{clock(seconds)} {'h' if round(seconds) >= 3600 else 'min'}"  # noqa: PLR2004


def lanes(spans: Sequence[tuple[float, float]], *, apart: float = 0.0) -> list[int]:
    """Return a lane for every (start, end), in order of start, so that none overlap in one."""
    free_from: list[float] = []
    placed = []
    for start, end in spans:
        lane = next((at for at, free in enumerate(free_from) if free + apart <= start), None)
        if lane is None:
            lane = len(free_from)
            free_from.append(end)
        free_from[lane] = end
        placed.append(lane)
    return placed
