"""The questionnaires a kiosk asks: from their files, or from the last good copies of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from agent.config.problem import ConfigFileError
from agent.private import private_folder
from agent.survey.catalogue import Catalogue, built_in_catalogue, load_catalogue
from agent.survey.loading import Kiosk, LoadedQuestionnaire, load_questionnaire
from agent.survey.offer import Sheet
from agent.survey.settings import SurveySettings
from agent.whole import write_whole

T = TypeVar("T")

COPIES = "questionnaires"
"""The folder beside the store in which the last good copies are."""


@dataclass(slots=True)
class Shelf:
    """What was found."""

    catalogue: Catalogue
    sheets: list[Sheet] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """One line for each file that is bad, and what is asked instead."""


def gather(settings: SurveySettings, *, beside: Path, copies: Path, kiosk: Kiosk) -> Shelf:
    """Read what `settings` names, relative to the folder `beside`.

    A file that is good is copied to the folder `copies`; in the place of a bad one its copy is
    read, so a slip of the pen never takes a questionnaire from the customers. Never raises.
    """
    shelf = Shelf(built_in_catalogue())
    if settings.factors is not None:
        path = beside / settings.factors
        shelf.catalogue = _read(path, load_catalogue, copies, shelf) or shelf.catalogue

    def load(path: Path) -> LoadedQuestionnaire:
        return load_questionnaire(path, catalogue=shelf.catalogue, kiosk=kiosk)

    for name in settings.questionnaires:
        loaded = _read(beside / name, load, copies, shelf)
        if loaded is not None:
            shelf.sheets.append(Sheet(loaded.questionnaire, loaded.version))
    return shelf


def _read(path: Path, load: Callable[[Path], T], copies: Path, shelf: Shelf) -> T | None:
    """Return what is in a file, else in its last good copy, else None."""
    copy = copies / path.name
    try:
        loaded = load(path)
    except ConfigFileError as error:
        found = _last_good(copy, load)
        instead = "nothing is asked instead" if found is None else "the last good one is asked"
        shelf.troubles.append(f"{error}: {instead}")
        return found
    try:
        _keep_copy(path, copy)
    except OSError as error:
        shelf.troubles.append(f"no copy of {path} can be kept in {copies}: {error.strerror}")
    return loaded


def _last_good(copy: Path, load: Callable[[Path], T]) -> T | None:
    if not copy.exists():
        return None
    try:
        return load(copy)
    except ConfigFileError:  # good for a former release, or another kiosk
        return None


def _keep_copy(path: Path, copy: Path) -> None:
    """Put a whole copy in place of the one before, or leave that as it is."""
    private_folder(copy.parent)
    text = path.read_bytes()
    if copy.exists() and copy.read_bytes() == text:
        return
    write_whole(copy, text)
