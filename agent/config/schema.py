"""The whole YAML file: one section a capability."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from agent.config.base import Name, Settings
from agent.outbox.settings import StoreSettings
from agent.panel.settings import PanelSettings
from agent.screen.settings import ScreenSettings
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
    screen: ScreenSettings = Field(default_factory=ScreenSettings)
    """The customer's page."""
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
        for reason in self.visit.reasons:
            missing = [code for code in self.screen.languages if code not in reason.label]
            if missing:
                yield f"visit.reasons: reason {reason.id} has no label in {', '.join(missing)}"
        if self.survey.questionnaires and self.visit.reasons:
            yield "survey.questionnaires and visit.reasons both follow a rating: keep one of them"
        if self._camera_needs_screen():
            yield "vision.notice.shown is `screen` but screen.enabled is false"

    def _camera_needs_screen(self) -> bool:
        notice = self.vision.notice
        shown = self.vision.mode != "off" and notice is not None and notice.shown == "screen"
        return shown and not self.screen.enabled
