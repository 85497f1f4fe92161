"""The check of the zones: whether what an installer drew stands in for the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agent.doctor.checks import Failed, NotApplicable
from agent.vision.coverage import leaves_room
from agent.vision.settings import VisionSettings
from agent.vision.zones import Kept, ZoneError, read_kept


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
    if blind := [camera for camera in vision.ids if not _leaves_room(vision, camera, kept)]:
        raise Failed(
            f"the staff areas of {', '.join(blind)} leave no room where a face could be counted",
            remedy="make them smaller, on /installer or in the configuration",
        )
    drawn = [f"{camera} ({zones.at or 'undated'})" for camera, zones in kept.items() if zones]
    if not drawn:
        return "those of the configuration hold"
    return (
        f"drawn on /installer: {', '.join(drawn)};"
        " staff_mask and contact_zone of the configuration do not hold there"
    )


def _leaves_room(vision: VisionSettings, camera: str, kept: Mapping[str, Kept | None]) -> bool:
    own = kept.get(camera)
    held = vision.of(camera) if own is None else own.zones
    return leaves_room(held.staff_mask, held.contact_zone)
