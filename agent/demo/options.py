"""What the demo is asked to do, checked, and the configuration file that follows from it."""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.config.document import parse
from agent.errors import DemoError
from agent.testing.broker import HOST, free_port

PROFILES = Path(__file__).resolve().parents[2] / "config" / "profiles"
SCRIPTED = (
    "face_noface.mov,single_face.mp4,pause:3,single_face.mp4,noface_face.mov,pause:3",
    "face_noface.mov,single_face.mp4,pause:4",
)
LONGER = "WolfgangLanger_Pexels.mp4,pause:6"
"""With nobody waiting for an end, somebody stays longer at the till too."""

REASONS = (
    ("staff", "person", {"en": "Staff", "ru": "Персонал", "pl": "Obsługa", "de": "Personal"}),
    ("waiting", "clock", {"en": "Waiting", "ru": "Ожидание", "pl": "Czekanie", "de": "Wartezeit"}),
    ("choice", "box", {"en": "Choice", "ru": "Выбор", "pl": "Wybór", "de": "Auswahl"}),
    ("price", "price", {"en": "Prices", "ru": "Цены", "pl": "Ceny", "de": "Preise"}),
)
KEYS = ("very_bad", "bad", "okay", "good", "very_good")
PINS = ((5, 12), (6, 16), (13, 20), (19, 21), (26, 25))
BUZZER = 18

Settings = dict[str, Any]

LONGEST_S = 86_400
HIGHEST_PORT = 65_534
"""The button panel is on the port after it."""
FRAME_S = 60.0


class UsageError(DemoError):
    """The command line asks for what there is not."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Options:
    """The demo's command line."""

    seconds: float | None
    record: Path | None
    camera: str | None
    profile: str | None
    port: int
    browser: bool

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Options:
        """Check the command line. Raises DemoError, which says what to change.

        It is a UsageError where the command line is wrong, whatever the machine.
        """
        options = cls(
            seconds=arguments.seconds,
            record=arguments.record,
            camera=arguments.camera,
            profile=arguments.profile,
            port=arguments.port or free_port(),
            browser=not arguments.no_browser,
        )
        options.check()
        return options

    def check(self) -> None:
        """Refuse what could not work before anything is started."""
        if self.seconds is not None and not 1 <= self.seconds <= LONGEST_S:
            raise UsageError(f"--seconds {self.seconds:g}: give a number from 1 to {LONGEST_S}")
        if not 1 <= self.port <= HIGHEST_PORT:
            raise UsageError(f"--port {self.port}: give a number from 1 to {HIGHEST_PORT}")
        if not is_free(self.port):
            raise DemoError(f"port {self.port} is taken: choose another with --port")
        if self.camera is not None and self.camera != "none":
            self._check_camera(self.camera)
        if self.record is not None:
            self._check_record(self.record)

    @property
    def camera_number(self) -> bool:
        """Whether the camera is a real one."""
        return self.camera is not None and (self.camera.isdecimal() or self.camera == "picamera2")

    @staticmethod
    def _check_record(file: Path) -> None:
        try:
            file.open("w", encoding="utf-8").close()
        except OSError as error:
            raise DemoError(f"--record {file} cannot be written: {error.strerror}") from error

    def _check_camera(self, source: str) -> None:
        if source.isdecimal() and not Path(f"/dev/video{source}").exists():
            raise DemoError(
                f"--camera {source}: there is no /dev/video{source}; plug it in, or give a video"
                " FILE or `none`"
            )
        if self.camera_number:
            return
        for part in source.split(","):
            if not part.startswith("pause:") and not Path(part).is_file():
                raise UsageError(f"--camera {part}: no such video; give a camera number or `none`")
        check_video(source)


def check_video(source: str) -> None:
    """Refuse a playlist with a file that gives no picture. Raises UsageError.

    A process of its own looks: decoders are not for this one.
    """
    command = [sys.executable, "-m", "agent.demo.first_frame", source]
    try:
        looked = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=FRAME_S
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"--camera {source}: no picture within {FRAME_S:g} s") from error
    if looked.returncode:
        reason = looked.stdout.strip() or f"{source} gives no picture: choose another file"
        raise UsageError(f"--camera: {reason}")


def is_free(port: int) -> bool:
    """Tell whether a TCP port of loopback can be listened on."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def read_profile(name: str | None) -> Settings:
    """Return the settings of a profile; none at all without a name."""
    if name is None:
        return {}
    path = PROFILES / f"{name}.yaml"
    if not path.is_file() or path.parent != PROFILES:
        known = ", ".join(sorted(p.stem for p in PROFILES.glob("*.yaml")))
        raise UsageError(f"--profile {name}: there is none of that name; there are {known}")
    return dict(parse(path.read_text(encoding="utf-8")).values or {})


def wants_camera(options: Options, profile: Settings) -> bool:
    """Tell whether anything is to be seen: a profile may be without a camera."""
    if options.camera is not None:
        return options.camera != "none"
    mode: str = profile.get("vision", {}).get("mode", "smile")
    return mode != "off"


def needs_owner(options: Options, profile: Settings) -> None:
    """Refuse a real camera for what a demo may not answer for. Raises UsageError.

    Of recorded faces emotions may be read here; of people in front of a camera only where somebody
    has attested that it is lawful, and staff are masked out.
    """
    if options.camera_number and profile.get("vision", {}).get("mode") == "emotion":
        raise UsageError(
            f"--camera {options.camera}: with --profile {options.profile} the demo shows recorded"
            " faces only; for a real camera fill that profile in and start `smilepost run`"
        )


def playlist(clips: Mapping[str, Path], *, scripted: bool) -> str:
    """Return the recorded customers: faces that come and go, with nobody between them."""
    parts = [*SCRIPTED, *(() if scripted else (LONGER,))]
    names = ",".join(parts).split(",")
    return ",".join(n if n.startswith("pause:") else str(clips[n].resolve()) for n in names)


def absolute(source: str) -> str:
    """Make the files of a playlist absolute: the camera process starts elsewhere."""
    parts = source.split(",")
    return ",".join(p if p.startswith("pause:") else str(Path(p).resolve()) for p in parts)


def compose(
    options: Options, profile: Settings, *, source: str | None, folder: Path, uplink_port: int
) -> Settings:
    """Return the whole configuration: the profile, on the demo's pins, store and broker.

    `source` is what the camera process looks at, None without a camera; `folder` is for the store
    and `runtime_dir` is filled in by the caller, as its socket needs a short path.
    """
    return {
        **_basis(),
        **profile,
        **_survey(profile),
        "feedback": _feedback(profile.get("feedback", {})),
        "panel": {**_panel(), **_panel_of(profile), "backend": "mock"},
        "store": {"path": str(folder / "outbox.db")},
        "uplink": {"host": HOST, "port": uplink_port, "keepalive_s": 5, "reconnect_max_s": 1.0},
        "screen": {**_basis()["screen"], **profile.get("screen", {}), "port": options.port},
        "vision": _vision(profile.get("vision", {}), source, real=options.camera_number),
    }


def asks(settings: Settings) -> bool:
    """Tell whether a configuration has a survey of its own, or asks for feedback."""
    has_survey = bool(settings.get("survey", {}).get("questionnaires"))
    return has_survey or bool(settings.get("feedback", {}).get("enabled"))


def _basis() -> Settings:
    reasons = [{"id": i, "icon": icon, "label": label} for i, icon, label in REASONS]
    return {
        "device": {"tenant": "demo", "site": "high-street", "id": "till-1"},
        "visit": {"scale": len(KEYS), "reasons": reasons},
        "screen": {"languages": ["en", "ru", "pl", "de"]},
    }


def _panel() -> Settings:
    pairs = zip(KEYS, PINS, strict=True)
    buttons = [{"id": key, "pin": pin, "light": light} for key, (pin, light) in pairs]
    return {"buttons": buttons, "buzzer": BUZZER}


def _panel_of(profile: Settings) -> Settings:
    """Return a profile's panel; a kiosk without buttons gets the demo's, for its customers."""
    panel: Settings = profile.get("panel", {})
    return {key: value for key, value in panel.items() if key != "buttons" or value}


def _survey(profile: Settings) -> Settings:
    """Return a profile's questionnaires, found from anywhere: they take the place of reasons."""
    survey: Settings = profile.get("survey", {})
    if not survey.get("questionnaires"):
        return {}
    files = [str((PROFILES / name).resolve()) for name in survey["questionnaires"]]
    visit = {"scale": len(KEYS), **profile.get("visit", {})}
    return {"survey": {**survey, "questionnaires": files}, "visit": visit}


def _feedback(profile: Settings) -> Settings:
    """Return what is said of feedback: this machine is the centre as well, so it needs no key."""
    if "public_key" not in profile:
        return profile
    others = {key: value for key, value in profile.items() if key != "public_key"}
    return {**others, "plain": True}


def _vision(profile: Settings, source: str | None, *, real: bool) -> Settings:
    if source is None:
        return {"mode": "off"}
    mode = profile.get("mode", "smile")
    return {
        **profile,
        **(_lawful() if mode == "emotion" else {}),
        "mode": "smile" if mode == "off" else mode,
        "source": source,
        "notice": {"shown": "screen"} if real else _attested(),
        "batch_contacts": 3,
        "gauge": True,
    }


def _lawful() -> Settings:
    """Attest recorded faces; the mask is where nobody stands in them."""
    corner = {"x": 0.0, "y": 0.85, "width": 0.1, "height": 0.15}
    return {"emotion_attestation": "demo: recorded faces, nobody is looked at"} | {
        "staff_mask": [corner]
    }


def _attested() -> Settings:
    """Nobody stands before a recorded picture who would have to be told."""
    today = datetime.now(tz=UTC).date()
    return {"shown": "printed", "attested_by": "demo", "attested_on": today}
