"""What decides how a source counts: when it changes, a check of before says nothing any more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from agent.clock import Clock
from agent.config.schema import KioskSettings
from agent.events.catalogue import EventData
from agent.feedback.hours import site_zone
from agent.served.book import Book
from agent.served.calibration import Calibrated
from agent.served.calibrator import Calibrator, Setup

NOT_ABOUT_COUNTING = {
    "notice",
    "emotion_attestation",
    "batch_contacts",
    "gauge",
    "models",  # known by what they are, not by where they lie
    "capture_timeout_s",
    "password_file",
}
"""Keys of `vision` that change nothing in how contacts are counted. A new key counts as one that
does until it stands here: a calibration too old is worse than one to be made again."""
BELATED_MS = 1_000
"""A contact is told of at the next frame after its shortest dwell, and has a way to go."""


def calibrator_of(
    settings: KioskSettings,
    *,
    keep: Callable[[EventData], object],
    clock: Clock,
    zones: Callable[[], Any] = tuple,
) -> Calibrator:
    """Return who checks the sources of a kiosk. `zones` tells those drawn on the page."""
    return Calibrator(
        setups_of(settings, zones=zones),
        book=Book(Path(settings.store.path).parent),
        keep=keep,
        now_ms=lambda: round(clock.monotonic() * 1000),
        today=lambda: day_of(settings, clock),
    )


def setups_of(
    settings: KioskSettings, *, zones: Callable[[], Any] = tuple
) -> dict[Calibrated, Setup]:
    """Return the sources that can be checked, as they are set up."""
    vision, sensor = settings.vision, settings.served.sensor
    found: dict[Calibrated, Setup] = {}
    if vision.mode != "off" and "camera" in settings.served.order:
        counts = vision.model_dump(mode="json", exclude=NOT_ABOUT_COUNTING)
        late_ms = round(vision.min_dwell_s * 1000) + BELATED_MS
        found["camera"] = Setup(lambda: digest({**counts, "drawn": zones()}), late_ms)
    if sensor is not None:
        known = digest(sensor.model_dump(mode="json", exclude={"stuck_minutes"}))
        found["sensor"] = Setup(lambda: known, round(sensor.min_dwell_s * 1000) + BELATED_MS)
    return found


def digest(told: Any) -> str:
    """Return a hash of plain values that does not depend on their order."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def day_of(settings: KioskSettings, clock: Clock) -> date | None:
    """Return the day by the site's clocks; None where the clock cannot be trusted."""
    now = clock.moment()
    if not now.is_dated or now.wall_ms is None:
        return None
    return datetime.fromtimestamp(now.wall_ms / 1000, site_zone(settings.site)).date()
