"""The check of the zones: whether what an installer drew stands in for the configuration."""

from __future__ import annotations

from pathlib import Path

from agent.doctor.checks import Failed, NotApplicable
from agent.vision.settings import VisionSettings
from agent.vision.zones import ZoneError, read_kept


def zones(vision: VisionSettings, *, folder: Path) -> str:
    """Say which zones hold; `folder` is that of the store."""
    if vision.mode == "off":
        raise NotApplicable("mode off: no camera is opened")
    remedy = "save zones on /installer, or take the configuration's there"
    try:
        found = read_kept(folder)
    except ZoneError as error:
        raise Failed(str(error), remedy=remedy) from error
    kept = {camera: found[camera] for camera in vision.ids if camera in found}
    if lost := [camera for camera, zones in kept.items() if zones is None]:
        raise Failed(f"the zones of {', '.join(lost)} are lost; closed till then", remedy=remedy)
    drawn = [f"{camera} ({zones.at or 'undated'})" for camera, zones in kept.items() if zones]
    if not drawn:
        return "those of the configuration hold"
    return (
        f"drawn on /installer: {', '.join(drawn)};"
        " staff_mask and contact_zone of the configuration do not hold there"
    )
