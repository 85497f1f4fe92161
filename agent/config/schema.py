"""The whole YAML file: one section a capability."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from agent.config.base import Name, Settings
from agent.feedback.settings import FeedbackSettings, SiteSettings
from agent.office.settings import OfficeSettings
from agent.outbox.settings import StoreSettings
from agent.panel.settings import PanelSettings
from agent.screen.settings import ScreenSettings
from agent.staff.settings import AlertSettings, StaffSettings
from agent.survey.screens import CURSOR_BUTTONS
from agent.survey.settings import SurveySettings
from agent.uplink.settings import UplinkSettings
from agent.vision.settings import VisionSettings
from agent.visit.settings import VisitSettings


class DeviceSettings(Settings):
    """Who this device is. The three names make its topics and the source of its events."""

    tenant: Name
    """The company."""
    site: Name
    """The shop."""
    id: Name
    """The touchpoint's device, unique within the site."""


class KioskSettings(Settings):
    """The configuration of one kiosk."""

    device: DeviceSettings
    """Who this device is."""
    site: SiteSettings = Field(default_factory=SiteSettings)
    """Where the shop's clocks stand, and when it is open."""
    store: StoreSettings = Field(default_factory=StoreSettings)
    """Where answers are kept."""
    uplink: UplinkSettings = Field(default_factory=UplinkSettings)
    """The central broker."""
    panel: PanelSettings = Field(default_factory=PanelSettings)
    """Buttons, lights, buzzer."""
    visit: VisitSettings = Field(default_factory=VisitSettings)
    """What is asked, and what a press means."""
    survey: SurveySettings = Field(default_factory=SurveySettings)
    """What is asked behind a rating."""
    feedback: FeedbackSettings = Field(default_factory=FeedbackSettings)
    """What customers can leave in their own words, and what becomes of it."""
    screen: ScreenSettings = Field(default_factory=ScreenSettings)
    """The customer's page."""
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    """Who is told of unhappy customers, and when."""
    staff: StaffSettings = Field(default_factory=StaffSettings)
    """Who can sign on to a shift."""
    office: OfficeSettings = Field(default_factory=OfficeSettings)
    """Pages for staff, managers and installers."""
    vision: VisionSettings = Field(default_factory=VisionSettings)
    """The camera."""
    runtime_dir: str = "/run/smilepost"
    """Folder of the socket between agent and vision."""

    @model_validator(mode="after")
    def _sections_agree(self) -> KioskSettings:
        if disagreements := list(self._disagreements()):
            raise ValueError("\n".join(disagreements))
        return self

    def _disagreements(self) -> Iterator[str]:
        buttons = len(self.panel.buttons)
        if buttons and buttons != self.visit.scale:
            yield (
                f"panel.buttons has {buttons} buttons but visit.scale is {self.visit.scale}:"
                " every face needs its button"
            )
        if not buttons and not self.screen.enabled:
            yield "screen.enabled is false and there are no panel.buttons: nobody could answer"
        if not buttons and self.screen.enabled and not self.screen.touch:
            yield "screen.touch is false and there are no panel.buttons: nobody could answer"
        yield from self._reasons_out_of_reach()
        for reason in self.visit.reasons:
            missing = [code for code in self.screen.languages if code not in reason.label]
            if missing:
                yield f"visit.reasons: reason {reason.id} has no label in {', '.join(missing)}"
        if self.survey.questionnaires and self.visit.reasons:
            yield "survey.questionnaires and visit.reasons both follow a rating: keep one of them"
        if self._camera_needs_screen():
            yield "vision.notice.shown is `screen` but screen.enabled is false"
        if self._pages_want_one_port():
            yield f"office.port and screen.port are both {self.office.port}: change one of them"
        if self.feedback.enabled:
            yield from self.feedback.missing_words(self.screen.languages)
            yield from self._feedback_out_of_reach()
        yield from self._pins_taken_twice()
        yield from self._holds_that_cannot_be()

    def _reasons_out_of_reach(self) -> Iterator[str]:
        buttons, reasons = len(self.panel.buttons), len(self.visit.reasons)
        plain = self.screen.enabled and not self.screen.touch
        if plain and buttons < min(reasons, CURSOR_BUTTONS):
            yield (
                f"visit.reasons has {reasons} reasons, but there are {buttons} buttons and"
                f" screen.touch is false: use {CURSOR_BUTTONS} buttons or more"
            )

    def _feedback_out_of_reach(self) -> Iterator[str]:
        if not (self.screen.enabled and self.screen.touch):
            yield "feedback.enabled needs a touch screen: set screen.enabled and screen.touch"
        if self.visit.reasons:
            yield (
                "feedback.enabled and visit.reasons both follow a rating: leave the reasons out,"
                " the feedback's questionnaire asks for some"
            )

    def _pins_taken_twice(self) -> Iterator[str]:
        taken = dict(self.panel.wiring)
        for name in ("light_pin", "relay_pin"):
            pin = getattr(self.alerts, name)
            if pin in taken:
                yield f"alerts.{name} is {pin}, and so is {taken[pin]}: give each a pin of its own"

    def _holds_that_cannot_be(self) -> Iterator[str]:
        known = {button.id for button in self.panel.buttons}
        for key in self.staff.hold:
            if key not in known:
                yield f"staff.hold names {key}, and no button of the panel has that id"
        if self.staff.hold and self.staff.hold_s >= self.panel.stuck_s:
            yield (
                f"staff.hold_s is {self.staff.hold_s:g}, but a button held for panel.stuck_s"
                f" ({self.panel.stuck_s:g}) counts as stuck: hold shorter"
            )

    def _pages_want_one_port(self) -> bool:
        both = self.office.enabled and self.screen.enabled
        return both and self.office.port == self.screen.port != 0

    def _camera_needs_screen(self) -> bool:
        notice = self.vision.notice
        shown = self.vision.mode != "off" and notice is not None and notice.shown == "screen"
        return shown and not self.screen.enabled
