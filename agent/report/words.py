"""Figures and names as people read them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from agent.indices.index import Index

FLAGS = {
    "repeat": "the same key again within seconds",
    "changed": "changed to another answer",
    "late_change": "a second answer of the same person",
    "play": "mashing",
    "chord": "two keys at once",
    "stuck": "a key that was held or stuck",
    "no_contact": "nobody was seen",
    "unprompted": "pressed before the question",
    "test": "button test",
    "staff": "a key held to sign on",
}
ENDED = {
    "answered": "answered",
    "skipped": "skipped",
    "timeout": "left to time out",
    "walked_away": "walked away",
    "interrupted": "interrupted",
}
ALERTS = {
    "help_wanted": "A customer asked for someone",
    "threshold": "Many unhappy answers",
    "case": "One unhappy answer",
    "complaint": "A complaint",
}
GAPS = {
    "stopped": "it was stopped",
    "crash": "the program ended without a word",
    "power": "the machine was restarted or lost power",
}
_MINUTE_S, _HOUR_S = 60, 3600


def named(identifier: str, labels: Mapping[str, str]) -> str:
    """Return the label of an id, or the id in plain letters."""
    plain = identifier.replace("_", " ").replace("-", " ")
    return labels.get(identifier) or plain[:1].upper() + plain[1:]


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return `1 answer` or `3 answers`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def figure(index: Index) -> str:
    """Return the value in its unit; a dash while it is suppressed."""
    return "–" if index.value is None else _in_unit(index, index.value)  # noqa: RUF001 - a dash


def interval(index: Index) -> str:
    """Return the interval, or why there is none."""
    if index.low is None or index.high is None:
        return f"n = {index.n}: too few for a share"
    low, high = _in_unit(index, index.low), _in_unit(index, index.high)
    return f"{low.removesuffix(' %')} to {high}"


def _in_unit(index: Index, value: float) -> str:
    unit = index.recipe.unit
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit == "seconds":
        return duration(value)
    return f"{value:.1f}" if unit == "score" else f"{value:+.0f}"


def duration(seconds: float) -> str:
    """Return a duration in the two units that matter."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return _joined(whole // _MINUTE_S, "min", whole % _MINUTE_S, "s")
    minutes = round(whole / _MINUTE_S)
    return _joined(minutes // _MINUTE_S, "h", minutes % _MINUTE_S, "min")


def _joined(first: int, unit: str, second: int, smaller: str) -> str:
    return f"{first} {unit} {second} {smaller}" if second else f"{first} {unit}"


def clock_time(moment: datetime) -> str:
    """Return hour and minute."""
    return f"{moment:%H:%M}"
