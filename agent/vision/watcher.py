"""What the agent makes of the camera process's observations.

The notice comes first: a camera gets its permit when a printed notice is attested, or when the
page has painted one, and loses it when the page is gone.

Several cameras count as one: everybody present is the sum, and they count only while every one of
them works, because whoever stands before a blind one would be missing. Nobody is recognised, so a
customer whom two cameras see is two contacts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from agent.events.catalogue import EventData, ExpressionMeasured, ModelRef, NoticeShown
from agent.faults import Faults
from agent.vision.observations import (
    CameraState,
    ContactBegan,
    ContactLeft,
    ExpressionBatch,
    Hello,
    Observation,
    Presence,
)
from agent.vision.settings import VisionSettings
from agent.vision.source import MAIN


class Contacts(Protocol):
    """Who is told about contacts: the visit."""

    def watch(self, *, on: bool, gone: Collection[str] = ()) -> None:
        """Learn whether the cameras count, and which contacts are seen by none any more."""
        ...

    def arrive(self, contact: str, *, arrived_ms: int) -> None:
        """Learn that somebody is a contact."""
        ...

    def leave(self, contact: str, *, left_ms: int) -> None:
        """Learn that a contact is gone."""
        ...


@dataclass(slots=True)
class _Camera:
    """What is known of one camera."""

    id: str
    working: bool = False
    present: int = 0
    blind: str = ""
    expression: ModelRef | None = None
    here: set[str] = field(default_factory=set)
    """Its contacts."""

    def part(self, name: str) -> str:
        """Return how a fault names a part of this camera."""
        return name if self.id == MAIN else f"{name}:{self.id}"


class Watcher:
    """Turns the observations of all cameras into contacts, events and faults."""

    def __init__(
        self,
        settings: VisionSettings,
        *,
        contacts: Contacts,
        keep: Callable[[EventData], object],
        faults: Faults,
        show_presence: Callable[[int], None],
        permit: Callable[[bool], None],
        is_open: Callable[[], bool] = lambda: True,
    ) -> None:
        self._settings = settings
        self._is_open = is_open
        self._contacts = contacts
        self._keep = keep
        self._faults = faults
        self._show_presence = show_presence
        self._permit = permit
        self._permitted = False
        self._present = 0
        self._cameras = {camera: _Camera(camera) for camera in settings.ids}

    # -- the notice ---------------------------------------------------------------------------

    def start(self) -> None:
        """Permit the camera at once where a printed notice is attested."""
        notice = self._settings.notice
        if self._settings.mode != "off" and notice is not None and notice.shown == "printed":
            self._set_permit(granted=True)

    def notice_painted(self) -> None:
        """Learn that the page shows the notice on the glass."""
        notice = self._settings.notice
        if self._settings.mode != "off" and notice is not None and notice.shown == "screen":
            self._set_permit(granted=True)

    def notice_gone(self) -> None:
        """Learn that no page is open; a printed notice still stands."""
        notice = self._settings.notice
        if notice is not None and notice.shown == "screen":
            self._set_permit(granted=False)

    def _set_permit(self, *, granted: bool) -> None:
        if granted == self._permitted:
            return
        self._permitted = granted
        if granted:
            self._keep(self._notice_event())
        self._permit(granted)

    def _notice_event(self) -> NoticeShown:
        notice, mode = self._settings.notice, self._settings.mode
        assert notice is not None  # noqa: S101 - the settings refuse a mode without one
        assert mode != "off"  # noqa: S101 - no permit is granted then
        attested = notice.shown == "printed" and notice.attested_on is not None
        return NoticeShown(
            shown=notice.shown,
            mode=mode,
            attested_by=notice.attested_by if attested else None,
            attested_on=str(notice.attested_on) if attested else None,
        )

    # -- observations -------------------------------------------------------------------------

    def observe(self, camera: str, observation: Observation) -> None:
        """Take one observation of a camera; without a permit nobody can have been seen."""
        if not self._permitted and isinstance(
            observation, ContactBegan | ExpressionBatch | Presence
        ):
            return
        eye = self._cameras[camera]
        if isinstance(observation, Hello):
            eye.expression = observation.models.get("expression")
            self._faults.clear(eye.part("vision"), "the camera process is back")
        elif isinstance(observation, CameraState):
            self._see(eye, observation)
        elif isinstance(observation, Presence):
            self._show(eye, observation.present)
        elif isinstance(observation, ContactBegan):
            eye.here.add(observation.contact)
            self._contacts.arrive(observation.contact, arrived_ms=observation.arrived_ms)
        elif isinstance(observation, ContactLeft):
            eye.here.discard(observation.contact)
            self._contacts.leave(observation.contact, left_ms=observation.left_ms)
        elif isinstance(observation, ExpressionBatch):
            self._measure(eye, observation)

    def lose(self, camera: str, reason: str) -> None:
        """Learn that a camera's process is gone."""
        eye = self._cameras[camera]
        eye.blind = ""
        self._set_working(eye, working=False)
        self._show(eye, 0)
        self._faults.report(
            eye.part("vision"), reason, remedy="systemd restarts it; see its journal"
        )

    def _see(self, eye: _Camera, camera: CameraState) -> None:
        self._set_working(eye, working=camera.working)
        eye.blind = "" if camera.blind is None else camera.reason
        if camera.working:
            self._faults.clear(eye.part("camera"), "the camera delivers pictures again")
            self._faults.clear(eye.part("tamper"), "the lens sees again")
        elif eye.blind:
            self.look()
        elif self._permitted:
            self._faults.report(
                eye.part("camera"),
                camera.reason or "no pictures",
                remedy="check the camera and its cable",
            )

    def _set_working(self, eye: _Camera, *, working: bool) -> None:
        """Count only while every camera works; who stood before a lost one has left."""
        eye.working = working
        gone = frozenset() if working else frozenset(eye.here)
        eye.here -= gone
        self._contacts.watch(on=all(one.working for one in self._cameras.values()), gone=gone)

    def look(self) -> None:
        """See whether a blind lens is anybody's business; call it now and then.

        At night a shop is dark, and a cleaner may hang a cloth over the camera: only while the
        shop is open has somebody covered it who should not have.
        """
        if not (self._permitted and self._is_open()):
            return
        for eye in self._cameras.values():
            if eye.blind:
                self._faults.report(
                    eye.part("tamper"), eye.blind, remedy="free the lens, or switch the lights on"
                )

    def _show(self, eye: _Camera, present: int) -> None:
        eye.present = present
        everybody = sum(one.present for one in self._cameras.values())
        if everybody != self._present:
            self._present = everybody
            self._show_presence(everybody)

    def _measure(self, eye: _Camera, batch: ExpressionBatch) -> None:
        if eye.expression is None or batch.mode != self._settings.mode:
            self._faults.report(
                eye.part("vision"), "an expression batch came that was not configured"
            )
            return
        sums = batch.model_dump(exclude={"kind", "at_ms"})
        self._keep(ExpressionMeasured.model_validate({**sums, "model": eye.expression}))
