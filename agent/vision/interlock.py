"""What stands before every camera: the notice, a customer's wish, and the mode that is configured.

One permit holds for all cameras of a kiosk. It is granted while the notice stands (attested, or
painted by the page), no customer wants the camera closed, and no camera process measures something
else than is configured. What is refused is told once as it begins, as a fault and as an event.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from agent.events.catalogue import CameraRefused, EventData, NoticeShown, Reason
from agent.faults import Faults
from agent.vision.law import Refusal
from agent.vision.settings import VisionSettings
from agent.vision.source import MAIN

NOT_SHOWN_S = 120.0
"""A page comes up within a minute of the start; where none has shown the notice by then, none will.
"""
NO_NOTICE = "no page shows the notice"
DECLINED = "a customer wants no camera"
OTHER_MODE = "a camera process measures something else than is configured"


class Interlock:
    """Grants the permit and withdraws it: `permit` is called at every change. `clock` in s."""

    def __init__(
        self,
        settings: VisionSettings,
        *,
        keep: Callable[[EventData], object],
        faults: Faults,
        permit: Callable[[bool], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._keep = keep
        self._faults = faults
        self._permit = permit
        self._clock = clock
        self._stands = self._declined = False
        self._others: set[str] = set()
        self._unseen_s = clock()
        self.permitted = False
        """Whether the cameras may be open."""

    @property
    def reason(self) -> str:
        """Why they may not; empty while they may."""
        if self._others:
            return OTHER_MODE
        if self._declined:
            return DECLINED
        return "" if self._stands else NO_NOTICE

    @property
    def declined(self) -> bool:
        """Whether they are closed because a customer wants it."""
        return self._declined

    @property
    def _traits(self) -> str:
        return "without" if self._settings.traits is None else "with"

    @property
    def _by_page(self) -> bool:
        notice = self._settings.notice
        return self._settings.mode != "off" and notice is not None and notice.shown == "screen"

    @property
    def _by_sign(self) -> bool:
        notice = self._settings.notice
        return self._settings.mode != "off" and notice is not None and notice.shown == "printed"

    def start(self) -> None:
        """Let a printed notice that is attested stand at once."""
        self._unseen_s = self._clock()
        if self._by_sign:
            self._stands = True
            self._judge()

    def notice_painted(self) -> None:
        """Learn that the page shows the notice on the glass."""
        if self._by_page and not self._declined:
            self._stands = True
            self._faults.clear("notice", "a page shows the notice")
            self._judge()

    def notice_gone(self) -> None:
        """Learn that no page shows it any more; a printed notice still stands."""
        if self._by_page:
            if self._stands:
                self._unseen_s = self._clock()
            self._stands = False
            self._judge()

    def decline(self, *, on: bool) -> None:
        """Learn that a customer wants no camera, or that the time for that is over.

        The page shows that the camera is closed in the notice's place, so it must be painted anew.
        """
        self._declined = on
        if self._by_page:
            self._stands = False
            self._unseen_s = self._clock()
        self._judge()

    def greet(self, camera: str, *, mode: str, traits: bool = False) -> None:
        """Learn in which mode a camera's process works, and whether it estimates traits."""
        part = "mode" if camera == MAIN else f"mode:{camera}"
        if (mode, traits) == (self._settings.mode, self._settings.traits is not None):
            self._others.discard(camera)
            self._faults.clear(part, "the camera process measures what is configured")
        else:
            self._others.add(camera)
        self._judge()
        if camera in self._others:
            what = f"{mode} {'with' if traits else 'without'} traits"
            self.refuse_other(camera, f"the camera process works in mode {what}")

    def refuse_other(self, camera: str, fact: str) -> None:
        """Tell that a process does, or says, what is not configured."""
        self._refuse(
            "other_mode",
            part="mode" if camera == MAIN else f"mode:{camera}",
            fact=f"{fact}, and vision.mode is {self._settings.mode} {self._traits} vision.traits",
            remedy="restart the camera's unit: it reads another configuration than the agent",
            camera=camera,
        )

    def look(self) -> None:
        """See whether the notice has been away for too long; call it now and then."""
        if not self._by_page or self._stands or self._declined:
            return
        if self._clock() - self._unseen_s >= NOT_SHOWN_S:
            self._refuse(
                "notice_not_shown",
                part="notice",
                fact="no page has shown the camera's notice for minutes: the camera is closed",
                remedy="open the customer's page on the display, or attest a printed notice",
            )

    def _refuse(
        self, reason: Reason, *, part: str, fact: str, remedy: str, camera: str | None = None
    ) -> None:
        mode = self._settings.mode
        known = part in self._faults.parts
        self._faults.report(part, fact, remedy=remedy)
        if not known and mode != "off":
            self._keep(CameraRefused(mode=mode, reasons=(reason,), camera=camera))

    def _judge(self) -> None:
        granted = not self.reason
        if granted == self.permitted:
            return
        self.permitted = granted
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
            traits=self._settings.traits is not None,
            attested_by=notice.attested_by if attested else None,
            attested_on=str(notice.attested_on) if attested else None,
        )


def tell_refusals(
    refused: Iterable[Refusal], *, keep: Callable[[EventData], object], faults: Faults
) -> None:
    """Tell what the configuration asks for and does not get; at the start."""
    for refusal in refused:
        faults.report(
            "traits" if refusal.mode == "traits" else "vision",
            f"{refusal.mode} is refused: {refusal.fact}",
            remedy="write what is missing, until `smilepost check` is silent; then restart",
        )
        keep(CameraRefused(mode=refusal.mode, reasons=refusal.reasons))
