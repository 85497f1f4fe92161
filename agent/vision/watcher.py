"""What the agent makes of the camera process's observations.

The notice comes first: a camera gets its permit when a printed notice is attested, or when the
page has painted one, and loses it when the page is gone.
"""

from __future__ import annotations

from collections.abc import Callable
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


class Contacts(Protocol):
    """Who is told about contacts: the visit."""

    def watch(self, *, on: bool) -> None:
        """Learn that a camera counts, or no longer does."""
        ...

    def arrive(self, contact: str, *, arrived_ms: int) -> None:
        """Learn that somebody is a contact."""
        ...

    def leave(self, contact: str, *, left_ms: int) -> None:
        """Learn that a contact is gone."""
        ...


class Watcher:
    """Turns observations into contacts, events and faults."""

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
        self._blind = ""
        self._expression: ModelRef | None = None

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

    def observe(self, observation: Observation) -> None:
        """Take one observation; without a permit nobody can have been seen."""
        if not self._permitted and isinstance(
            observation, ContactBegan | ExpressionBatch | Presence
        ):
            return
        if isinstance(observation, Hello):
            self._expression = observation.models.get("expression")
            self._faults.clear("vision", "the camera process is back")
        elif isinstance(observation, CameraState):
            self._see(observation)
        elif isinstance(observation, Presence):
            self._show(observation.present)
        elif isinstance(observation, ContactBegan):
            self._contacts.arrive(observation.contact, arrived_ms=observation.arrived_ms)
        elif isinstance(observation, ContactLeft):
            self._contacts.leave(observation.contact, left_ms=observation.left_ms)
        elif isinstance(observation, ExpressionBatch):
            self._measure(observation)

    def lose(self, reason: str) -> None:
        """Learn that the camera process is gone."""
        self._blind = ""
        self._contacts.watch(on=False)
        self._show(0)
        self._faults.report("vision", reason, remedy="systemd restarts it; see its journal")

    def _see(self, camera: CameraState) -> None:
        self._contacts.watch(on=camera.working)
        self._blind = "" if camera.blind is None else camera.reason
        if camera.working:
            self._faults.clear("camera", "the camera delivers pictures again")
            self._faults.clear("tamper", "the lens sees again")
        elif self._blind:
            self.look()
        elif self._permitted:
            self._faults.report(
                "camera", camera.reason or "no pictures", remedy="check the camera and its cable"
            )

    def look(self) -> None:
        """See whether a blind lens is anybody's business; call it now and then.

        At night a shop is dark, and a cleaner may hang a cloth over the camera: only while the
        shop is open has somebody covered it who should not have.
        """
        if self._blind and self._permitted and self._is_open():
            self._faults.report(
                "tamper", self._blind, remedy="free the lens, or switch the lights on"
            )

    def _show(self, present: int) -> None:
        if present != self._present:
            self._present = present
            self._show_presence(present)

    def _measure(self, batch: ExpressionBatch) -> None:
        if self._expression is None or batch.mode != self._settings.mode:
            self._faults.report("vision", "an expression batch came that was not configured")
            return
        sums = batch.model_dump(exclude={"kind", "at_ms"})
        self._keep(ExpressionMeasured.model_validate({**sums, "model": self._expression}))
