"""Check that every camera has its unit, and that one on the network may be spoken to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.doctor.checks import Failed, NotApplicable
from agent.vision.settings import VisionSettings
from agent.vision.source import IpCamera, place_of
from agent.vision.unit import unit_of

FOLDER = Path("/etc/systemd/system")
_ENABLED = "multi-user.target.wants"


def units(vision: VisionSettings, *, folder: Path = FOLDER) -> str:
    """Check which units are enabled, and which address each drop-in allows.

    `folder` is where systemd's units are laid out.
    """
    if not (folder / "smilepost-agent.service").exists():
        raise NotApplicable("the units are not installed on this machine")
    if vision.mode == "off":
        raise NotApplicable("mode off: no unit is needed")
    wanted = [unit_of(vision, camera) for camera in vision.ids]
    enabled = sorted(link.name for link in (folder / _ENABLED).glob("smilepost-vision*.service"))
    for unit in wanted:
        if unit not in enabled:
            remedy = f"systemctl enable --now {unit}"
            raise Failed(f"{unit} is not enabled, and a camera is its", remedy=remedy)
    for unit in enabled:
        if unit not in wanted:
            remedy = f"systemctl disable --now {unit}"
            raise Failed(f"{unit} is enabled, and no camera is its", remedy=remedy)
    for camera in vision.ids:
        _check_address(vision.of(camera).source, folder / f"{unit_of(vision, camera)}.d")
    return ", ".join(wanted)


def _check_address(source: str, drop_ins: Path) -> None:
    place = place_of(source)
    if not isinstance(place, IpCamera):
        return
    allowed = set(_allowed(drop_ins))
    if allowed != {place.host}:
        shown = ", ".join(sorted(allowed)) or "no address"
        raise Failed(
            f"{drop_ins.stem} may speak to {shown}, and its camera is {place.host}",
            remedy=f"write IPAddressAllow={place.host} into {drop_ins}/camera.conf, then"
            f" systemctl daemon-reload and restart {drop_ins.stem}",
        )


def _allowed(drop_ins: Path) -> Iterator[str]:
    for file in sorted(drop_ins.glob("*.conf")):
        for line in file.read_text("utf-8", "replace").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "IPAddressAllow":
                yield from value.split()
