"""Zones that an installer drew: kept beside the store, in place of those of the configuration.

They hold until they are taken back. A file that cannot be read is no reason to look at staff: then
no camera whose zones it may hold gets its permit, until somebody draws them anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from agent.clock import Clock
from agent.errors import VisionError
from agent.events.catalogue import EventData, ZonesChanged
from agent.vision.coverage import SLACK, covered
from agent.vision.observations import CameraId, Zones
from agent.vision.settings import MOST_MASKS, VisionSettings, Zone
from agent.whole import write_whole

log = logging.getLogger(__name__)

FILE = "zones.json"

Why = Literal["no_such_camera", "needs_mask", "not_kept"]
Source = Literal["installer", "config"]


class ZoneError(VisionError, ValueError):
    """Zones that cannot be taken; `why` tells a program the reason."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(text)
        self.why = why


class Drawn(BaseModel):
    """The zones of one camera's picture, in shares of its width and height."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    staff_mask: Annotated[tuple[Zone, ...], Field(max_length=MOST_MASKS)] = ()
    contact_zone: Zone | None = None

    @model_validator(mode="after")
    def _inside(self) -> Drawn:
        for zone in (*self.staff_mask, *([self.contact_zone] if self.contact_zone else [])):
            if zone.x + zone.width > 1 + SLACK or zone.y + zone.height > 1 + SLACK:
                raise ValueError("a zone reaches beyond the picture")
        return self


class Kept(BaseModel):
    """What was drawn, by whom and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zones: Drawn
    who: Literal["installer"] = "installer"
    at: str | None = None
    """When, in UTC; absent where the clock was not known."""


KEPT: TypeAdapter[dict[CameraId, Kept | None]] = TypeAdapter(dict[CameraId, Kept | None])


def read_kept(folder: Path) -> dict[str, Kept | None]:
    """Return what is kept in a folder, by camera. Raises ZoneError where it cannot be read.

    None for a camera whose zones stood in a file that could not be read, and were not drawn since.
    """
    path = folder / FILE
    try:
        return KEPT.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        text = f"{path} cannot be read: draw the zones anew on /installer, or remove the file"
        raise ZoneError("not_kept", text) from error


class ZoneBook:
    """The zones in force, by camera.

    `folder` is that of the store; `tell` sends a camera's process what holds now.
    """

    def __init__(
        self,
        settings: VisionSettings,
        *,
        folder: Path,
        tell: Callable[[str, Zones], object],
        keep: Callable[[EventData], object],
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._tell = tell
        self._keep = keep
        self._clock = clock
        self._kept: dict[str, Kept] = {}
        self._unread: frozenset[str] = frozenset()
        """Cameras whose zones stand in a file that cannot be read."""

    def start(self) -> None:
        """Read what was kept. Raises `ZoneError`; then `holds` says which cameras stay closed."""
        try:
            found = read_kept(self._folder)
        except ZoneError:
            self._unread = frozenset(self._settings.ids)
            raise
        self._kept = {camera: kept for camera, kept in found.items() if kept is not None}
        self._unread = frozenset(self._settings.ids) & (found.keys() - self._kept.keys())
        if self._unread:
            names = ", ".join(sorted(self._unread))
            text = f"the zones of {names} are lost: draw them anew on /installer"
            raise ZoneError("not_kept", text)

    def holds(self, camera: str) -> bool:
        """Tell whether it is known what of a camera's picture is staff's."""
        return camera not in self._unread

    def kept(self, camera: str) -> Kept | None:
        """Return what an installer drew; None where the configuration holds."""
        return self._kept.get(camera)

    def of(self, camera: str) -> Drawn:
        """Return the zones in force. Raises `ZoneError` for a camera that there is not."""
        self._check(camera)
        kept = self._kept.get(camera)
        if kept is not None and not self._unmasks(kept.zones):
            return kept.zones
        return self.configured(camera)

    def configured(self, camera: str) -> Drawn:
        """Return the zones that the configuration gives a camera."""
        own = self._settings.of(camera)
        return Drawn.model_construct(staff_mask=own.staff_mask, contact_zone=own.contact_zone)

    def message(self, camera: str) -> Zones:
        """Return what a camera's process is told before it may open the camera."""
        drawn = self.of(camera)
        return Zones(staff_mask=drawn.staff_mask, contact_zone=drawn.contact_zone)

    def save(self, camera: str, drawn: Drawn) -> None:
        """Put zones in force and keep them. Raises `ZoneError`, and nothing has changed then."""
        self._check(camera)
        if self._unmasks(drawn):
            text = "mode emotion and traits need a staff mask: draw one where staff stand"
            raise ZoneError("needs_mask", text)
        self._write({**self._kept, camera: Kept(zones=drawn, at=self._now())}, camera)
        self._tell_all(camera, "installer")

    def reset(self, camera: str) -> None:
        """Put the configuration's zones in force again. Raises `ZoneError`."""
        self._check(camera)
        if camera not in self._kept and self.holds(camera):
            return
        self._write({name: kept for name, kept in self._kept.items() if name != camera}, camera)
        self._tell_all(camera, "config")

    def _check(self, camera: str) -> None:
        if camera not in self._settings.ids:
            known = ", ".join(self._settings.ids)
            raise ZoneError("no_such_camera", f"there is no camera `{camera}`: choose {known}")

    def _unmasks(self, drawn: Drawn) -> bool:
        return self._settings.needs_mask and not drawn.staff_mask

    def _write(self, kept: dict[str, Kept], settled: str) -> None:
        """Keep what is known; of the others it stays known that they are not."""
        path = self._folder / FILE
        lost = dict.fromkeys(self._unread - {settled})
        try:
            write_whole(path, KEPT.dump_json({**kept, **lost}, indent=1))
        except OSError as error:
            text = f"{path} cannot be written: {error.strerror or error}"
            raise ZoneError("not_kept", text) from error
        self._kept = kept

    def _tell_all(self, camera: str, source: Source) -> None:
        self._unread -= {camera}
        drawn = self.of(camera)
        self._tell(camera, self.message(camera))
        zone = drawn.contact_zone
        self._keep(
            ZonesChanged(
                camera=camera,
                source=source,
                staff_masks=len(drawn.staff_mask),
                staff_share=covered(drawn.staff_mask),
                contact_share=None if zone is None else covered((zone,)),
            )
        )
        log.info("the zones of camera %s are those of the %s now", camera, source)

    def _now(self) -> str | None:
        moment = self._clock.moment()
        if not moment.is_dated or moment.wall_ms is None:
            return None
        return datetime.fromtimestamp(moment.wall_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
