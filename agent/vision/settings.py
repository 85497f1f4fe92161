"""The `vision` section: camera, models, what may be measured."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from agent.config.base import Settings

Mode = Literal["off", "presence", "smile", "emotion"]


class NoticeSettings(Settings):
    """How customers are told that a camera counts them, before it does."""

    shown: Literal["screen", "printed"] = "screen"
    """`screen`: the page shows it while the camera is on; `printed`: a sign at the touchpoint."""
    attested_by: str | None = Field(default=None, max_length=80)
    """The role that put up the printed sign, for example `store manager`."""
    attested_on: date | None = None
    """The day it was put up."""

    @model_validator(mode="after")
    def _printed_is_attested(self) -> NoticeSettings:
        if self.shown == "printed" and not (self.attested_by and self.attested_on):
            raise ValueError("a printed notice needs attested_by and attested_on")
        return self


class Zone(Settings):
    """A rectangle of the picture, in shares of its width and height (0 to 1)."""

    x: float = Field(ge=0, le=1)
    """Left edge."""
    y: float = Field(ge=0, le=1)
    """Top edge."""
    width: float = Field(gt=0, le=1)
    """Width."""
    height: float = Field(gt=0, le=1)
    """Height."""


class VisionSettings(Settings):
    """The camera process."""

    mode: Mode = "off"
    """`off`, `presence` (count contacts), `smile` (Smile-Index), `emotion` (three classes)."""
    source: str = "0"
    """A V4L2 number, `picamera2`, or video FILEs joined by commas, with `pause:SECONDS`."""
    width: int = Field(default=640, ge=160, le=1920)
    """Picture width asked of the camera."""
    height: int = Field(default=480, ge=120, le=1080)
    """Picture height asked of the camera."""
    fps: float = Field(default=10.0, ge=1, le=30)
    """Frames a second looked at while somebody is there."""
    notice: NoticeSettings | None = None
    """How customers are told. No camera mode starts without it."""
    emotion_attestation: str | None = Field(default=None, max_length=200)
    """For mode `emotion`: who confirmed that it is lawful at this site, and on what ground."""
    staff_mask: tuple[Zone, ...] = Field(default=(), max_length=8)
    """Parts of the picture blanked before any inference: where staff stand."""
    contact_zone: Zone | None = None
    """Only faces whose centre lies here can become contacts; the whole picture when absent."""
    min_dwell_s: float = Field(default=1.5, ge=0.2, le=30)
    """A presence shorter than this is a pass-by, not a contact."""
    min_face: float = Field(default=0.08, gt=0, le=1)
    """Smallest face that can be a contact, as a share of the picture's height."""
    batch_contacts: int = Field(default=10, ge=3, le=1000)
    """Expression leaves this process only as sums over at least this many contacts."""
    gauge: bool = False
    """Send a live smile level to the agent, for a local display; it is never published."""
    models: Path | None = None
    """Folder of the .tflite files and their cards; the package's own when absent."""
    capture_timeout_s: float = Field(default=3.0, ge=0.5, le=60)
    """A camera silent for this long is reported, and opened again."""

    @model_validator(mode="after")
    def _law_first(self) -> VisionSettings:
        if self.mode != "off" and self.notice is None:
            raise ValueError(
                f"mode {self.mode} needs a notice: add `notice: {{shown: screen}}`, or a printed"
                " one with attested_by and attested_on"
            )
        if self.mode == "emotion" and not self.emotion_attestation:
            raise ValueError("mode emotion needs emotion_attestation; mode smile does not")
        if self.mode == "emotion" and not self.staff_mask:
            raise ValueError("mode emotion needs a staff_mask: employees may not be measured")
        return self
