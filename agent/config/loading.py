"""The kiosk's configuration file becomes settings, or the list of what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.config.agreement import disagreements
from agent.config.problem import ConfigFileError, Problem
from agent.config.reading import MAX_BYTES, Form, fingerprint, read
from agent.config.schema import KioskSettings

__all__ = ["FORM", "MAX_BYTES", "Loaded", "fingerprint", "load", "problems"]

FORM = Form(KioskSettings, example="config/kiosk.yaml", across=disagreements)
"""What a kiosk's configuration must be."""


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
    settings, found = read(path, form=FORM)
    if settings is None:
        raise ConfigFileError(found)
    return Loaded(settings, fingerprint(settings), path)


def problems(path: Path) -> list[Problem]:
    """Return everything that is wrong with a configuration file, in the order of its lines."""
    return read(path, form=FORM)[1]
