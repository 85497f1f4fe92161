"""The `screen` section."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.config.base import Settings

LanguageCode = Literal["en", "ru", "pl", "de"]


class ScreenSettings(Settings):
    """The customer's page. It is served on loopback only."""

    enabled: bool = True
    """Off for a kiosk with buttons alone."""
    port: int = Field(default=8080, ge=0, le=65535)
    """The page stands at http://127.0.0.1:PORT (0: any free port)."""
    languages: tuple[LanguageCode, ...] = Field(default=("en",), min_length=1, max_length=4)
    """The first is the one a visit begins with."""
    dpi: float = Field(default=133.0, ge=50, le=400)
    """Dots per inch of the panel; sizes in mm are computed from it (7 inch, 800x480: 133)."""
