"""What the camera's section of `/installer` does: preview on and off, its pictures, zones kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from agent.config.schema import KioskSettings
from agent.errors import VisionError
from agent.office.aim import Aim, Sight
from agent.office.forms import OnCamera, OnPreview, OnZones, camera_of, number_of
from agent.office.server import Act, Fetch, read_own
from agent.office.sessions import Session
from agent.office.words import words
from agent.vision.coverage import leaves_room
from agent.vision.preview import PreviewError
from agent.vision.zones import ZoneError

if TYPE_CHECKING:
    from agent.vision.eyes import Eyes

NUMBER = "X-Smilepost-Frame"


class Aiming:
    """The camera's section. `eyes` is None where no camera is configured."""

    def __init__(self, settings: KioskSettings, eyes: Eyes | None) -> None:
        self._vision = settings.vision
        self._eyes = eyes

    def acts(self) -> Mapping[str, Act]:
        """Return what its forms do."""
        if self._eyes is None:
            return {}
        return {"preview": self._preview, "zones": self._save, "zones-of-config": self._reset}

    def files(self) -> Mapping[str, Fetch]:
        """Return what it shows beside the page: pictures."""
        return {} if self._eyes is None else {"preview.jpg": self._picture}

    def shown(self, session: Session) -> Aim:
        """Return what the section shows to a browser."""
        if self._eyes is None:
            return Aim(())
        looking = self._eyes.preview.camera_of(session)
        return Aim([self._sight(self._eyes, camera) for camera in self._vision.ids], looking)

    def left(self, session: Session) -> None:
        """End what a session looks at that has ended: its lease would go on for a while."""
        if self._eyes is not None:
            self._eyes.preview.end(session)

    def _sight(self, eyes: Eyes, camera: str) -> Sight:
        own, kept = self._vision.of(camera), eyes.zones.kept(camera)
        return Sight(
            camera,
            own.width,
            own.height,
            own.min_face,
            drawn=eyes.zones.of(camera),
            own=kept is not None,
            when="" if kept is None or kept.at is None else kept.at.replace("T", " ")[:16],
            known=eyes.zones.holds(camera),
        )

    async def _preview(self, request: web.Request, session: Session) -> str:
        asked = await read_own(request, session, OnPreview)
        preview = self._there().preview
        if not asked.on:
            preview.end(session)
            return ""
        try:
            await preview.begin(asked.camera, holder=session)
        except PreviewError as error:
            return words(session.language).aim.refused[error.why]
        return ""

    async def _picture(self, request: web.Request, session: Session) -> web.Response:
        """Answer with the newest picture; 204 while there is none that is newer than `after`."""
        preview = self._there().preview
        try:
            if preview.camera_of(session) != camera_of(request):
                raise web.HTTPGone
            frame = preview.frame(session, after=number_of(request))
        except PreviewError as error:
            raise web.HTTPGone from error
        if frame is None:
            return web.Response(status=204)
        headers = {NUMBER: str(frame.number)}
        return web.Response(body=frame.jpeg, content_type="image/jpeg", headers=headers)

    async def _save(self, request: web.Request, session: Session) -> str:
        asked = await read_own(request, session, OnZones)
        told = words(session.language).aim
        try:
            self._there().zones.save(asked.camera, asked.zones)
        except ZoneError as error:
            return told.not_saved[error.why]
        room = leaves_room(asked.zones.staff_mask, asked.zones.contact_zone)
        return told.saved if room else f"{told.saved} {told.no_room}"

    async def _reset(self, request: web.Request, session: Session) -> str:
        asked = await read_own(request, session, OnCamera)
        told = words(session.language).aim
        try:
            self._there().zones.reset(asked.camera)
        except ZoneError as error:
            return told.not_saved[error.why]
        return told.reset_done

    def _there(self) -> Eyes:
        if self._eyes is None:  # no form of ours is there either
            raise VisionError("no camera is configured")
        return self._eyes
