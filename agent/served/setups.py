"""What decides how a source counts: when it changes, a check of before says nothing any more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agent.clock import Clock
from agent.config.schema import KioskSettings
from agent.events.catalogue import EventData
from agent.feedback.hours import site_zone
from agent.served.book import Book
from agent.served.calibration import Calibrated
from agent.served.calibrator import Calibrator, Setup
from agent.vision.settings import VisionSettings

OF_ZONES = {"staff_mask", "contact_zone"}
"""Told by the zones in force, which may be drawn on the page."""
OF_ONE_CAMERA = OF_ZONES | {"username", "password_file", "capture_timeout_s"}
NOT_ABOUT_COUNTING: dict[str, Any] = dict.fromkeys(
    (
        *OF_ONE_CAMERA,
        "notice",
        "emotion_attestation",
        "traits",
        "batch_contacts",
        "gauge",
        "models",  # known by what they are, not by where they lie
    ),
    True,
) | {"cameras": {"__all__": OF_ONE_CAMERA}}
"""Keys of `vision` that change nothing in how contacts are counted. A new key counts as one that
does until it stands here: a calibration too old is worse than one to be made again."""
Zones = Callable[[str], BaseModel]
"""What holds of a camera's picture."""
BELATED_MS = 1_000
"""A contact is told of at the next frame after its shortest dwell, and has a way to go."""


def calibrator_of(
    settings: KioskSettings,
    *,
    keep: Callable[[EventData], object],
    clock: Clock,
    zones: Zones | None = None,
) -> Calibrator:
    """Return who checks the sources of a kiosk; without `zones` the configuration's hold."""
    return Calibrator(
        setups_of(settings, zones=zones),
        book=Book(Path(settings.store.path).parent),
        keep=keep,
        now_ms=lambda: round(clock.monotonic() * 1000),
        today=lambda: day_of(settings, clock),
    )


def setups_of(settings: KioskSettings, *, zones: Zones | None = None) -> dict[Calibrated, Setup]:
    """Return the sources that can be checked, as they are set up."""
    vision, sensor = settings.vision, settings.served.sensor
    found: dict[Calibrated, Setup] = {}
    if vision.mode != "off" and "camera" in settings.served.order:
        told = vision.model_dump(mode="json", exclude=NOT_ABOUT_COUNTING)
        of = zones or vision.of
        late_ms = round(vision.min_dwell_s * 1000) + BELATED_MS
        found["camera"] = Setup(lambda: digest(told | _zones(vision, of)), late_ms)
    if sensor is not None:
        known = digest(sensor.model_dump(mode="json", exclude={"stuck_minutes"}))
        found["sensor"] = Setup(lambda: known, round(sensor.min_dwell_s * 1000) + BELATED_MS)
    return found


def _zones(vision: VisionSettings, of: Zones) -> dict[str, Any]:
    drawn = {camera: of(camera).model_dump(mode="json", include=OF_ZONES) for camera in vision.ids}
    return {"zones": drawn}


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
