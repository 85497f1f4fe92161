"""The `survey` section: which questionnaires a kiosk asks."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from agent.config.base import Settings


class SurveySettings(Settings):
    """What is asked behind a rating, beyond the reasons of `visit`, or without one."""

    questionnaires: tuple[Path, ...] = Field(default=(), max_length=20)
    """Files of questionnaires; where several are in force, they take turns."""
    factors: Path | None = None
    """The file of the company's factor catalogue; the built-in one when absent."""
