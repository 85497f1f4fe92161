"""What the zones of a camera's picture may have wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent.config.problem import Clash
from agent.vision.coverage import SLACK, leaves_room

if TYPE_CHECKING:
    from agent.config.problem import KeyPath
    from agent.config.schema import KioskSettings
    from agent.vision.settings import FurtherCamera, VisionSettings, Zone


def zones_are_inside(settings: KioskSettings) -> Iterator[Clash]:
    """Return the zones that reach beyond their picture, as those in per cent or pixels do."""
    for camera, place in _cameras(settings):
        for zone, key in _zones(camera):
            if beyond := _beyond(zone):
                text = f"{{key}} reaches beyond the picture: {beyond}, and 1 is its edge"
                yield Clash((*place, *key), text)


def zones_leave_room(settings: KioskSettings) -> Iterator[Clash]:
    """Return the cameras that could count nobody, because staff's areas cover where they count."""
    if settings.vision.mode == "off":
        return
    for camera, place in _cameras(settings):
        if not leaves_room(camera.staff_mask, camera.contact_zone):
            where = "picture" if camera.contact_zone is None else "contact_zone"
            text = f"{{key}} blanks the whole {where}: nobody could be counted; make it smaller"
            yield Clash((*place, "staff_mask"), text)


def _cameras(settings: KioskSettings) -> Iterator[tuple[VisionSettings | FurtherCamera, KeyPath]]:
    yield settings.vision, ("vision",)
    for at, camera in enumerate(settings.vision.cameras):
        yield camera, ("vision", "cameras", at)


def _zones(camera: VisionSettings | FurtherCamera) -> Iterator[tuple[Zone, KeyPath]]:
    if camera.contact_zone is not None:
        yield camera.contact_zone, ("contact_zone",)
    for at, zone in enumerate(camera.staff_mask):
        yield zone, ("staff_mask", at)


def _beyond(zone: Zone) -> str:
    sides = (("x + width", zone.x + zone.width), ("y + height", zone.y + zone.height))
    return ", ".join(f"{side} is {end:.4g}" for side, end in sides if end > 1 + SLACK)
