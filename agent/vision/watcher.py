"""What the agent makes of the camera process's observations.

Without the permit of `agent.vision.interlock` nobody can have been seen.

Several cameras count as one: everybody present is the sum, and they count only while every one of
them works, because whoever stands before a blind one would be missing. Nobody is recognised, so a
customer whom two cameras see is two contacts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from agent.events.catalogue import EventData, ExpressionMeasured, ModelRef, TraitsMeasured
from agent.faults import Faults
from agent.vision.interlock import Interlock
from agent.vision.line import UNBELIEVED
from agent.vision.models import TRAITS
from agent.vision.observations import (
    CameraState,
    ContactBegan,
    ContactLeft,
    ExpressionBatch,
    Hello,
    Observation,
    TraitsBatch,
)
from agent.vision.settings import VisionSettings
from agent.vision.source import MAIN

_NEEDS_PERMIT = (ContactBegan, ExpressionBatch, TraitsBatch)
LATE_S = 2.0
"""Sums of whoever was there when the camera was closed are so late at most."""


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

    def blank(self, *, on: bool) -> None:
        """Learn that the cameras are closed because a customer wants it, or may open again."""
        ...


@dataclass(slots=True)
class _Camera:
    """What is known of one camera."""

    id: str
    working: bool = False
    blind: str = ""
    expression: ModelRef | None = None
    traits: ModelRef | None = None
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
        permit: Callable[[bool], None],
        is_open: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._is_open = is_open
        self._contacts = contacts
        self._keep = keep
        self._faults = faults
        self._permit = permit
        self._clock = clock
        self._closed_s = float("-inf")
        self._cameras = {camera: _Camera(camera) for camera in settings.ids}
        self.interlock = Interlock(
            settings, keep=keep, faults=faults, permit=self._close_or_open, clock=clock
        )
        """What stands before the cameras."""

    def _close_or_open(self, permitted: bool) -> None:  # noqa: FBT001 - a switch
        """Pass the permit on; without it no camera works, whatever its process says."""
        if not permitted:
            self._closed_s = self._clock()
            for eye in self._cameras.values():
                eye.blind = ""
                self._set_working(eye, working=False)
        self._permit(permitted)

    def start(self) -> None:
        """Permit the cameras at once where a printed notice is attested."""
        self.interlock.start()

    def notice_painted(self) -> None:
        """Learn that the page shows the notice on the glass."""
        self.interlock.notice_painted()

    def notice_gone(self) -> None:
        """Learn that no page is open; a printed notice still stands."""
        self.interlock.notice_gone()

    def decline(self, *, on: bool) -> None:
        """Close the cameras for a customer who wants none, or let them open again.

        What they cannot see meanwhile is nobody's failing.
        """
        self._contacts.blank(on=on)  # first: another source may take over as the cameras close
        self.interlock.decline(on=on)

    # -- observations -------------------------------------------------------------------------

    def observe(self, camera: str, observation: Observation) -> None:
        """Take one observation of a camera; without a permit nobody can have been seen."""
        if isinstance(observation, _NEEDS_PERMIT) and not self._may_have_seen(observation):
            return
        eye = self._cameras[camera]
        if isinstance(observation, Hello):
            eye.expression = observation.models.get("expression")
            eye.traits = observation.models.get(TRAITS)
            self._faults.clear(eye.part("vision"), "the camera process is back")
            self.interlock.greet(camera, mode=observation.mode, traits=eye.traits is not None)
        elif isinstance(observation, CameraState):
            self._see(eye, observation)
        elif isinstance(observation, ContactBegan):
            eye.here.add(observation.contact)
            self._contacts.arrive(observation.contact, arrived_ms=observation.arrived_ms)
        elif isinstance(observation, ContactLeft):
            eye.here.discard(observation.contact)
            self._contacts.leave(observation.contact, left_ms=observation.left_ms)
        elif isinstance(observation, ExpressionBatch):
            self._measure(eye, observation)
        elif isinstance(observation, TraitsBatch):
            self._guess(eye, observation)

    def _may_have_seen(self, observation: Observation) -> bool:
        """Whether there was a permit for it; sums of who was there come when the camera closes."""
        sums = isinstance(observation, ExpressionBatch | TraitsBatch)
        just_closed = self._clock() - self._closed_s <= LATE_S
        return self.interlock.permitted or (sums and just_closed)

    def lose(self, camera: str, reason: str) -> None:
        """Learn that a camera's process is gone."""
        eye = self._cameras[camera]
        eye.blind = ""
        self._set_working(eye, working=False)
        self._faults.report(eye.part("vision"), reason, remedy=remedy_for(reason))

    def _see(self, eye: _Camera, camera: CameraState) -> None:
        self._set_working(eye, working=camera.working and self.interlock.permitted)
        eye.blind = "" if camera.blind is None else camera.reason
        if camera.working:
            self._faults.clear(eye.part("camera"), "the camera delivers pictures again")
            self._faults.clear(eye.part("tamper"), "the lens sees again")
        elif eye.blind:
            self.look()
        elif self.interlock.permitted:
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
        """See whether a blind lens, or a missing notice, is anybody's business; now and then.

        At night a shop is dark, and a cleaner may hang a cloth over the camera: only while the
        shop is open has somebody covered it who should not have.
        """
        self.interlock.look()
        if not (self.interlock.permitted and self._is_open()):
            return
        for eye in self._cameras.values():
            if eye.blind:
                self._faults.report(
                    eye.part("tamper"), eye.blind, remedy="free the lens, or switch the lights on"
                )

    def _measure(self, eye: _Camera, batch: ExpressionBatch) -> None:
        if eye.expression is None or batch.mode != self._settings.mode:
            self.interlock.refuse_other(eye.id, f"a batch of mode {batch.mode} came")
            return
        sums = batch.model_dump(exclude={"kind", "at_ms"})
        self._keep(ExpressionMeasured.model_validate({**sums, "model": eye.expression}))

    def _guess(self, eye: _Camera, batch: TraitsBatch) -> None:
        if eye.traits is None or self._settings.traits is None:
            self.interlock.refuse_other(eye.id, "a batch of traits came")
            return
        sums = batch.model_dump(exclude={"kind", "at_ms"})
        self._keep(TraitsMeasured.model_validate({**sums, "model": eye.traits}))


def remedy_for(reason: str) -> str:
    """Return what a person can do about a camera process that is lost for this reason."""
    if reason.startswith(UNBELIEVED):
        return "its camera is closed for a while; install Smilepost again if it comes back"
    if "has not come" in reason:
        return "start its unit, and see what `journalctl -u 'smilepost-vision*'` says"
    return "systemd starts it again; see `journalctl -u 'smilepost-vision*'` if it comes back"
