"""The check of the zones: whether what an installer drew stands in for the configuration."""

from __future__ import annotations

from pathlib import Path

from agent.doctor.checks import Failed, NotApplicable
from agent.vision.settings import VisionSettings
from agent.vision.zones import Kept, ZoneError, read_kept


def zones(vision: VisionSettings, *, folder: Path) -> str:
    """Say which zones hold; `folder` is that of the store."""
    if vision.mode == "off":
        raise NotApplicable("mode off: no camera is opened")
    try:
        kept = read_kept(folder)
    except ZoneError as error:
        remedy = "save zones on /installer, or take the configuration's there"
        raise Failed(str(error), remedy=remedy) from error
    drawn = [f"{camera} ({_when(kept[camera])})" for camera in vision.ids if camera in kept]
    if not drawn:
        return "those of the configuration hold"
    return (
        f"drawn on /installer: {', '.join(drawn)};"
        " staff_mask and contact_zone of the configuration do not hold there"
    )


def _when(kept: Kept) -> str:
    return kept.at or "undated"
