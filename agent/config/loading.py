"""The kiosk's configuration file becomes settings, or the list of what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from agent.config.agreement import disagreements
from agent.config.lawful import RunningSettings
from agent.config.problem import ConfigFileError, Problem
from agent.config.reading import MAX_BYTES, Form, fingerprint, read
from agent.config.schema import KioskSettings

__all__ = ["FORM", "MAX_BYTES", "Loaded", "fingerprint", "load", "load_to_run", "problems"]

FORM = Form(KioskSettings, example="config/kiosk.yaml", across=disagreements)
"""What a kiosk's configuration must be."""
FORM_TO_RUN = Form(
    RunningSettings, example="config/kiosk.yaml", across=partial(disagreements, running=True)
)
"""What it must be to run with it."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that is in order."""

    settings: KioskSettings
    sha256: str
    """Of the settings themselves: comments, order and spelled-out defaults do not change it."""
    path: Path


def load(path: Path) -> Loaded:
    """Read a configuration file.

    Raises ConfigFileError (a ConfigError) that carries every problem found.
    """
    return _loaded(path, FORM)


def load_to_run(path: Path) -> Loaded:
    """Read a configuration file for a kiosk that is to run with it.

    What the law refuses the camera is no error here: it is left out (`vision.refused`). Raises
    ConfigFileError (a ConfigError) that carries every other problem found.
    """
    return _loaded(path, FORM_TO_RUN)


def _loaded(path: Path, form: Form[Any]) -> Loaded:
    settings, found = read(path, form=form)
    if settings is None:
        raise ConfigFileError(found)
    return Loaded(settings, fingerprint(settings), path)


def problems(path: Path) -> list[Problem]:
    """Return everything that is wrong with a configuration file, in the order of its lines."""
    return read(path, form=FORM)[1]
