"""The `screen` section."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from agent.config.base import Settings

LanguageCode = Literal["en", "ru", "pl", "de", "ar"]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]

LINEAR_UP_TO = 0.04045
"""Where sRGB's straight part ends."""
LEAST_CONTRAST = {"ink": 7.0, "accent": 4.5}
"""Of text on what is behind it (WCAG 2.2, 1.4.6 and 1.4.3); a paler ink is made of `ink`."""


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, 0 (black) to 1 (white); source: WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= LINEAR_UP_TO else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21; source: WCAG 2.2."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


class ThemeSettings(Settings):
    """A few variables that make the page look like the company's."""

    paper: Colour = "#f5f3ee"
    """The background."""
    card: Colour = "#ffffff"
    """Keys and cards."""
    ink: Colour = "#18212f"
    """Text."""
    accent: Colour = "#1f5f6b"
    """Drawings, and the key that goes on."""
    radius_mm: float = Field(default=3.0, ge=0, le=20)
    """How round the corners of the keys are."""
    font_scale: float = Field(default=1.0, ge=0.8, le=1.3)
    """Factor on the size of the text."""
    logo: str | None = Field(default=None, min_length=1)
    """A PNG, JPEG or WebP file that stands in the page's corner."""

    @model_validator(mode="after")
    def _can_be_read(self) -> ThemeSettings:
        pairs = (("ink", "paper"), ("ink", "card"), ("accent", "card"), ("accent", "paper"))
        for text, ground in pairs:
            ratio = contrast(getattr(self, text), getattr(self, ground))
            if ratio < LEAST_CONTRAST[text]:
                raise ValueError(
                    f"{text} on {ground} has a contrast of {ratio:.1f}: choose colours with at"
                    f" least {LEAST_CONTRAST[text]}"
                )
        return self


class AttractSettings(Settings):
    """The playlist while nobody is there."""

    folder: str = Field(min_length=1)
    """Its pictures (JPEG, PNG, WebP) and videos (MP4, WebM), shown in the order of their names."""
    seconds: float = Field(default=8.0, ge=2, le=120)
    """How long each picture stands."""
    video_max_s: float = Field(default=60.0, ge=2, le=600)
    """A video is shown to its end, but no longer than this."""
    again_s: float = Field(default=30.0, ge=5, le=600)
    """After a touch the playlist stays away so long."""


class ScreenSettings(Settings):
    """The customer's page. It is served on loopback only."""

    enabled: bool = True
    """Off for a kiosk with buttons alone."""
    touch: bool = True
    """Off for a display without touch: the physical buttons answer what it asks."""
    port: int = Field(default=8080, ge=0, le=65535)
    """The page stands at http://127.0.0.1:PORT (0: any free port)."""
    languages: tuple[LanguageCode, ...] = Field(default=("en",), min_length=1, max_length=8)
    """The first is the one a visit begins with."""
    dpi: float = Field(default=133.0, ge=50, le=400)
    """Dots per inch of the panel; sizes in mm are computed from it (7 inch, 800x480: 133)."""
    theme: ThemeSettings = Field(default_factory=ThemeSettings)
    """Colours, corners, logo and size of the text."""
    large_text: bool = False
    """Larger text for everybody; a key on the page gives it to one customer."""
    high_contrast: bool = False
    """Black on white for everybody; the same key gives it to one customer."""
    attract: AttractSettings | None = None
    """Pictures and videos while nobody is there; none when absent."""
