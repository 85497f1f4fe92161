"""The whole YAML file: one section a capability."""

from __future__ import annotations

from pydantic import Field, model_validator

from agent.config.agreement import disagreements
from agent.config.base import Name, Settings
from agent.config.problem import clash_error
from agent.feedback.settings import FeedbackSettings, SiteSettings
from agent.office.settings import OfficeSettings
from agent.outbox.settings import StoreSettings
from agent.panel.settings import PanelSettings
from agent.screen.settings import ScreenSettings
from agent.served.settings import ServedSettings
from agent.staff.settings import AlertSettings, StaffSettings
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
    served: ServedSettings = Field(default_factory=ServedSettings)
    """Who counts the customers served, beside or instead of the camera."""
    runtime_dir: str = "/run/smilepost"
    """Folder of the socket between agent and vision."""

    @model_validator(mode="after")
    def _sections_agree(self) -> KioskSettings:
        if found := list(disagreements(self, KioskSettings.model_fields)):
            raise clash_error(found)
        return self
