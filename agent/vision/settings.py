"""The `vision` section: camera, models, what may be measured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from agent.config.base import Settings
from agent.vision.law import Breach, Refusal, UnlawfulError, breaches
from agent.vision.source import CAMERA_ID, MAIN, is_remote

Mode = Literal["off", "presence", "smile", "emotion"]

MOST_MASKS = 8
_NO_OPTION = frozenset(";|")
"""Between the options that FFmpeg is given."""
NETWORK_TIMEOUT_S = 8.0
"""A stream can be seen from its next whole picture on, and some cameras send one in 4 s."""
NEAR_M = 1.5
"""So far off the short-range model finds faces by itself (docs/vision.md)."""


def smallest_face(distance_m: float) -> float:
    """Return the default of `min_face`: two thirds of a face's size at that distance.

    A face is 0.16 m high, and a camera that sees 48 degrees upwards sees 0.9 m for each metre.
    Never above the 0.08 that suits a counter, nor below the 0.04 at which the models lose faces.
    """
    return max(0.04, min(0.08, round(0.12 / max(distance_m, NEAR_M), 3)))


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
            text = "a printed notice needs attested_by and attested_on"
            raise UnlawfulError([Breach(None, "no_notice", text)])
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


class FurtherCamera(Settings):
    """Another camera of this kiosk: what it has of its own. The rest is as `vision` says."""

    id: str = Field(pattern=CAMERA_ID)
    """Its name in faults, and in its unit."""
    source: str = Field(max_length=500)
    """As `vision.source`."""
    username: str | None = Field(default=None, max_length=100)
    """As `vision.username`."""
    password_file: Path | None = None
    """As `vision.password_file`."""
    certificate_file: Path | None = None
    """As `vision.certificate_file`."""
    width: int | None = Field(default=None, ge=160, le=1920)
    """Picture width asked of it."""
    height: int | None = Field(default=None, ge=120, le=1080)
    """Picture height asked of it."""
    distance_m: float | None = Field(default=None, ge=0.3, le=5)
    """How far from it customers stand, in metres."""
    fps: float | None = Field(default=None, ge=1, le=30)
    """Frames a second looked at while somebody is there."""
    min_face: float | None = Field(default=None, gt=0, le=1)
    """Smallest contact's face, as a share of the picture's height."""
    staff_mask: tuple[Zone, ...] = Field(default=(), max_length=MOST_MASKS)
    """Parts of its picture blanked before any inference: where staff stand."""
    contact_zone: Zone | None = None
    """Only faces whose centre lies here can become contacts; the whole picture when absent."""
    capture_timeout_s: float | None = Field(default=None, ge=0.5, le=60)
    """Silent for this long it is reported, and opened again."""

    @model_validator(mode="after")
    def _is_somewhere(self) -> FurtherCamera:
        _check_source(self)
        return self

    def changes(self) -> dict[str, Any]:
        """Return what differs from `vision`; the zones of another camera's picture always do."""
        given = self.model_dump(exclude={"id", "staff_mask", "contact_zone"}, exclude_none=True)
        if self.distance_m is not None and self.min_face is None:
            given["min_face"] = smallest_face(self.distance_m)
        if self.capture_timeout_s is None and is_remote(self.source):
            given["capture_timeout_s"] = NETWORK_TIMEOUT_S
        own = {
            "username": self.username,
            "password_file": self.password_file,
            "certificate_file": self.certificate_file,
        }
        return {
            **given,
            **own,
            "staff_mask": self.staff_mask,
            "contact_zone": self.contact_zone,
            "cameras": (),
        }


class TraitsSettings(Settings):
    """Age bands and sex of groups of customers. Off in every profile."""

    attestation: str | None = Field(default=None, max_length=200)
    """Who confirmed that this is lawful at this site, and on what ground."""


class VisionSettings(Settings):
    """The camera processes."""

    mode: Mode = "off"
    """`off`, `presence` (count contacts), `smile` (Smile-Index), `emotion` (three classes)."""
    source: str = Field(default="0", max_length=2000)
    """A V4L2 number or path, `picamera2`, an address (rtsp, http), or video FILEs."""
    username: str | None = Field(default=None, max_length=100)
    """The user that a camera on the network asks for."""
    password_file: Path | None = None
    """Its password is the first line of this file; only its unit should read it."""
    certificate_file: Path | None = None
    """For https: the certificate (PEM) that this camera shows, or of who signed it."""
    width: int = Field(default=640, ge=160, le=1920)
    """Picture width asked of the camera."""
    height: int = Field(default=480, ge=120, le=1080)
    """Picture height asked of the camera."""
    distance_m: float = Field(default=1.0, ge=0.3, le=5)
    """How far from the camera customers stand, in metres; beyond 1.5 smaller faces are searched."""
    fps: float = Field(default=10.0, ge=1, le=30)
    """Frames a second looked at while somebody is there."""
    notice: NoticeSettings | None = None
    """How customers are told. No camera mode starts without it."""
    emotion_attestation: str | None = Field(default=None, max_length=200)
    """For mode `emotion`: who confirmed that it is lawful at this site, and on what ground."""
    traits: TraitsSettings | None = None
    """Estimates age bands and sex, told as sums over batches alone; off when absent."""
    staff_mask: tuple[Zone, ...] = Field(default=(), max_length=MOST_MASKS)
    """Parts of the picture blanked before any inference: where staff stand."""
    contact_zone: Zone | None = None
    """Only faces whose centre lies here can become contacts; the whole picture when absent."""
    min_dwell_s: float = Field(default=1.5, ge=0.2, le=30)
    """A presence shorter than this is a pass-by, not a contact."""
    min_face: float = Field(default=0.08, gt=0, le=1)
    """Smallest contact's face, as a share of the picture's height; less where `distance_m` is."""
    batch_contacts: int = Field(default=10, ge=3, le=1000)
    """Expression leaves this process only as sums over at least this many contacts."""
    gauge: bool = False
    """Send a live smile level to the agent, for a local display; it is never published."""
    models: Path | None = None
    """Folder of the .tflite files and their cards; the package's own when absent."""
    capture_timeout_s: float = Field(default=3.0, ge=0.5, le=60)
    """A camera silent for this long is reported, and opened again; 8 where it is on the network."""
    cameras: tuple[FurtherCamera, ...] = Field(default=(), max_length=3)
    """Further cameras, each in a process of its own."""

    _refused: tuple[Refusal, ...] = PrivateAttr(default=())

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """What the file asks for and a kiosk that runs with it leaves out; see `LawfulVision`."""
        return self._refused

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all cameras: `main`, that of `source`, first."""
        return (MAIN, *(camera.id for camera in self.cameras))

    def of(self, camera: str) -> VisionSettings:
        """Return the settings that a camera's process works with. Raises `KeyError`."""
        if camera == MAIN:
            return self
        own = {one.id: one for one in self.cameras}[camera]
        return self.model_copy(update=own.changes())

    @property
    def needs_mask(self) -> bool:
        """Whether nothing may be measured unless staff are masked out."""
        return self.mode == "emotion" or self.traits is not None

    @property
    def far(self) -> bool:
        """Whether customers stand too far off for the short-range model alone."""
        return self.distance_m > NEAR_M

    @model_validator(mode="before")
    @classmethod
    def _faces_by_distance(cls, given: Any) -> Any:
        """Where nobody said how small a face may be, the distance says it."""
        if not isinstance(given, Mapping) or "min_face" in given:
            return given
        try:
            distance_m = float(given.get("distance_m", NEAR_M))
        except (TypeError, ValueError):
            return given
        return {**given, "min_face": smallest_face(distance_m)}

    @model_validator(mode="before")
    @classmethod
    def _patience_by_source(cls, given: Any) -> Any:
        """Where nobody said how long to wait for a picture, it depends on where it comes from."""
        if isinstance(given, Mapping) and "://" in str(given.get("source")):
            return {"capture_timeout_s": NETWORK_TIMEOUT_S, **given}
        return given

    @model_validator(mode="after")
    def _cameras_differ(self) -> VisionSettings:
        _check_source(self)
        if len(set(self.ids)) < len(self.ids):
            raise ValueError(
                f"cameras names an id twice, or `{MAIN}`, which is the camera of vision.source:"
                " give each an id of its own"
            )
        sources = [self.source.strip(), *(camera.source.strip() for camera in self.cameras)]
        if len(set(sources)) < len(sources):
            raise ValueError("two cameras have the same source: give each one of its own")
        return self

    @model_validator(mode="after")
    def _law_first(self) -> VisionSettings:
        if found := list(breaches(self)):
            raise UnlawfulError(found)
        return self


def _check_source(one: VisionSettings | FurtherCamera) -> None:
    """Refuse what names no camera, and words or a certificate for one that asks for none."""
    remote = is_remote(one.source)
    if (one.username is None) != (one.password_file is None):
        raise ValueError("username and password_file go together: write both, or neither")
    if one.username is not None and not remote:
        raise ValueError("username is for a camera on the network: leave it out")
    encrypted = one.source.strip().startswith("https://")
    if encrypted and one.certificate_file is None:
        raise ValueError(
            "a camera by https is known by its certificate: write certificate_file beside its"
            " source (docs/cameras.md says how to get it)"
        )
    if one.certificate_file is not None and not encrypted:
        raise ValueError("certificate_file is for a camera by https: leave it out")
    if not _NO_OPTION.isdisjoint(str(one.certificate_file)):
        raise ValueError("certificate_file holds `;` or `|`: give the file another name")
