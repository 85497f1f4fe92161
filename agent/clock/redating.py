"""The fold that dates events: what a consumer does with `clock.corrected`. Pure.

It works on messages as they are published, and needs nothing but the standard library: copy it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SYNCED_WITHIN_MS = 2000
DRIFT_PPM = 100


@dataclass(frozen=True, slots=True)
class Dated:
    """When an event happened, in UTC milliseconds; None where that is not known."""

    best_ms: int | None
    """The likeliest time."""
    earliest_ms: int | None
    """It did not happen before this."""
    latest_ms: int | None
    """It did not happen after this."""


def last_corrections(events: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the correction that holds for each boot: the last one, of events in their order."""
    found = (event for event in events if event["type"] == "smilepost.clock.corrected.v1")
    return {event["data"]["boot"]: event for event in found}


def redate(event: Mapping[str, Any], corrections: Mapping[str, Mapping[str, Any]]) -> Dated:
    """Return when an event happened, by its own label and the correction of its boot."""
    time_ms = _milliseconds(event.get("time"))
    if event["clock"] == "synced" and time_ms is not None:
        return Dated(time_ms, time_ms - SYNCED_WITHIN_MS, time_ms + SYNCED_WITHIN_MS)
    earliest_ms = _milliseconds(event.get("timeearliest"))
    latest_ms = _milliseconds(event.get("timelatest"))
    correction = corrections.get(event["boot"])
    if correction is None:
        return Dated(time_ms, earliest_ms, latest_ms)
    return _narrowed(_corrected(event, correction), earliest_ms, latest_ms)


def _corrected(event: Mapping[str, Any], correction: Mapping[str, Any]) -> tuple[int, int]:
    """Return (milliseconds since 1970, how far they may be off)."""
    monotonic_ms, told = int(event["monotonic"]), correction["data"]
    after_ms = 0
    if correction["boot"] == event["boot"]:
        # Told by this very boot: what happened later may have drifted since.
        after_ms = max(0, monotonic_ms - int(correction["monotonic"]))
    drift_ms = -(-after_ms * DRIFT_PPM // 1_000_000)
    return monotonic_ms + told["offset_ms"], told["uncertainty_ms"] + drift_ms


def _narrowed(corrected: tuple[int, int], earliest_ms: int | None, latest_ms: int | None) -> Dated:
    """Join a corrected time with what the event itself knew; both hold."""
    best_ms, off_ms = corrected
    low_ms, high_ms = best_ms - off_ms, best_ms + off_ms
    if earliest_ms is not None and earliest_ms <= high_ms:
        low_ms = max(low_ms, earliest_ms)
    if latest_ms is not None and latest_ms >= low_ms:
        high_ms = min(high_ms, latest_ms)
    return Dated(min(max(best_ms, low_ms), high_ms), low_ms, high_ms)


def _milliseconds(stamp: str | None) -> int | None:
    if stamp is None:
        return None
    return round(datetime.fromisoformat(stamp).timestamp() * 1000)
