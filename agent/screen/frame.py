"""What stands around everything the page shows: language, sizes, notice, theme. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.screen.parts import CameraOff, LanguageName, Look
from agent.screen.settings import ScreenSettings
from agent.screen.views import ScreenName, View
from agent.screen.words import Words, words
from agent.vision.blanking import BLANK_S
from agent.vision.settings import Mode

MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One moment of the page, without what is asked.

    `camera_mode` is what the camera does, `off` without one; its notice stands on every screen.
    While it is closed for `declined_s` more seconds, because a customer asked for it, that stands
    in the notice's place.
    """

    revision: int
    language: str
    screen: ScreenSettings
    camera_mode: Mode = "off"
    traits: bool = False
    """Whether the camera estimates age groups and sex, too."""
    declined_s: float | None = None
    preview: bool = False
    """Whether an installer sees the camera's picture."""
    closes_s: float | None = None

    @property
    def words(self) -> Words:
        """The built-in texts in this language."""
        return words(self.language)


def framed(frame: Frame, name: ScreenName, content: dict[str, Any]) -> View:
    """Return the view of the screen `name` with `content` in this frame."""
    texts = frame.words
    return View(
        revision=frame.revision,
        screen=name,
        language=frame.language,
        direction=texts.direction,
        closes_ms=None if frame.closes_s is None else round(frame.closes_s * 1000),
        **_camera(frame),
        preview=texts.camera.preview if frame.preview else None,
        px_per_mm=frame.screen.dpi / MM_PER_INCH,
        look=_look(frame.screen),
        language_label=texts.language,
        comfort_label=texts.comfort,
        waiting=texts.waiting,
        mirror=texts.mirror,
        **{"languages": languages(frame), **content},
    )


def languages(frame: Frame) -> tuple[LanguageName, ...]:
    """Return the languages of the kiosk by their own names."""
    return tuple(LanguageName(code=code, name=words(code).name) for code in frame.screen.languages)


def _camera(frame: Frame) -> dict[str, Any]:
    """Return the notice, or that the camera is closed, and the key that closes it."""
    texts, notice = frame.words.camera, _notice(frame.words, frame.camera_mode)
    if notice is None:
        return {}
    notice = f"{notice} {texts.traits}" if frame.traits else notice
    closing = {"no_camera": texts.decline if frame.screen.touch else None}
    if frame.declined_s is None:
        return {"camera": notice, **closing}
    off = CameraOff(
        text=texts.declined.format(seconds=round(BLANK_S)),
        left_ms=round(frame.declined_s * 1000),
        span_ms=round(BLANK_S * 1000),
    )
    return {"camera_off": off, **closing}


def _notice(texts: Words, mode: Mode) -> str | None:
    notices = {
        "presence": texts.camera.presence,
        "smile": texts.camera.smile,
        "emotion": texts.camera.emotion,
    }
    return notices.get(mode)


def _look(screen: ScreenSettings) -> Look:
    theme = screen.theme
    return Look(
        paper=theme.paper,
        card=theme.card,
        ink=theme.ink,
        accent=theme.accent,
        radius_mm=theme.radius_mm,
        font_scale=theme.font_scale,
        logo=theme.logo is not None,
        large_text=screen.large_text,
        high_contrast=screen.high_contrast,
    )
