"""What is looked at, how, and what for: from the command line and a configuration."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from agent.config.loading import load
from agent.errors import CameraError, ConfigError, EmoscopeError
from agent.vision.clips import Clip, Pause, parse_playlist
from agent.vision.settings import Mode, VisionSettings
from agent.vision.source import is_recording

NOTICE = (
    "People in view of the camera must be told that it looks at them: put up a sign before you"
    " begin."
)


class UsageError(EmoscopeError):
    """The command line asks for what cannot be."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    source: str | None = None
    """A camera or video FILEs; the configuration's when absent."""
    config: Path | None = None
    mode: Mode | None = None
    port: int = 0
    browser: bool = True
    report: Path | None = None
    as_json: bool = False

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Options:
        """Take them from the parsed command line."""
        return cls(
            source=arguments.source,
            config=arguments.config,
            mode=arguments.mode,
            port=arguments.port,
            browser=not arguments.no_browser,
            report=arguments.report,
            as_json=arguments.json,
        )

    @property
    def figures(self) -> bool:
        """Whether figures of a recording are wanted, and no live page."""
        return self.as_json or self.report is not None


def vision_settings(options: Options) -> VisionSettings:
    """Return the settings in force: those of the configuration, with source and mode as asked for.

    Raises ConfigError where the configuration is bad, or mode `emotion` lacks what it needs.
    """
    base = load(options.config).settings.vision if options.config else VisionSettings()
    source = options.source or base.source
    mode = options.mode or (base.mode if base.mode != "off" else "smile")
    if mode == "emotion":
        _check_emotion(base, camera=is_camera(source))
    return base.model_copy(update={"mode": mode, "source": source})


def _check_emotion(base: VisionSettings, *, camera: bool) -> None:
    """Keep the rule of the kiosk: no reading of emotions without attestation and staff mask."""
    needed: dict[str, object] = {
        "emotion_attestation": base.emotion_attestation,
        "staff_mask": base.staff_mask,
    }
    if camera:  # the page is for who looks on: those in view cannot read a notice there
        printed = base.notice is not None and base.notice.shown == "printed"
        needed["notice (printed)"] = "yes" if printed else None
    missing = [f"vision.{name}" for name, value in needed.items() if not value]
    if missing:
        raise ConfigError(
            f"mode emotion needs {' and '.join(missing)}: write it into a configuration and give"
            " that with -c; mode smile needs none of them"
        )


def is_camera(source: str) -> bool:
    """Tell whether a source is a camera; an address counts as one, and is refused when opened."""
    return "://" in source or not is_recording(source)


def recording(source: str) -> Path:
    """Return the one video that a report is made of. Raises UsageError, CameraError."""
    if is_camera(source):
        raise UsageError(
            f"figures are made of a recording, and `{source}` is a camera: name a video FILE"
        )
    entries = parse_playlist(source)
    if len(entries) > 1 or isinstance(entries[0], Pause):
        raise UsageError("figures are made of one recording: name a single video FILE")
    return entries[0]


def check_source(source: str) -> None:
    """Refuse what can never be shown, before models are loaded. Raises CameraError."""
    described(source)
    for entry in () if is_camera(source) else parse_playlist(source):
        if isinstance(entry, Path):
            Clip(entry).close()


def check_report(path: Path) -> None:
    """Refuse a report that could not be written, before an hour is looked at."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise EmoscopeError(f"no report can be written to {path}: name a file in a folder there is")


def described(source: str) -> str:
    """Name a source for people."""
    if not is_camera(source):
        names = [Path(part.strip()).name for part in source.split(",")]
        return ", ".join(name for name in names if not name.startswith("pause:"))
    if "://" in source:
        raise CameraError(
            f"vision.source `{source}` is an address, and no network connection is opened: use a"
            " number like 0, picamera2, or a FILE"
        )
    return "Pi camera" if source.strip() == "picamera2" else f"Camera {source.strip()}"
