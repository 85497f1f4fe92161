"""A configuration file becomes settings, or the list of everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agent.config.document import Document, Place, parse
from agent.config.problem import ConfigFileError, KeyPath, Problem
from agent.config.schema import KioskSettings
from agent.config.words import explain, meant

MAX_BYTES = 256 * 1024

_TAB_INDENT = re.compile(r"^ *\t")
_DOTTED_KEY = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")


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
    settings, problems = _read(path)
    if settings is None:
        raise ConfigFileError(problems)
    return Loaded(settings, fingerprint(settings), path)


def problems(path: Path) -> list[Problem]:
    """Return everything that is wrong with a configuration file, in the order of its lines."""
    return _read(path)[1]


def fingerprint(settings: KioskSettings) -> str:
    """Return the sha256 of the settings' canonical JSON: equal settings have equal hashes."""
    canonical = json.dumps(settings.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _read(path: Path) -> tuple[KioskSettings | None, list[Problem]]:
    text = _text_of(path)
    if isinstance(text, Problem):
        return None, [text]
    if tabs := _tab_problems(path, text):
        return None, tabs
    document = parse(text)
    found = [Problem(path, f.place.line, f.text, f.key, f.place.column) for f in document.faults]
    if document.values is None:
        return None, found
    settings, bad = _validated(path, document)
    faulty = {problem.key for problem in found if problem.key}
    found += [problem for problem in bad if problem.key not in faulty]
    found.sort(key=lambda problem: (problem.line, problem.column or 0))
    return (None if found else settings), found


def _text_of(path: Path) -> str | Problem:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Problem(path, 1, "there is no such file: copy config/kiosk.yaml to begin with")
    except OSError as error:
        return Problem(path, 1, f"cannot be read: {error.strerror}")
    if len(raw) > MAX_BYTES:
        return Problem(path, 1, f"larger than {MAX_BYTES // 1024} KB: this is no configuration")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Problem(path, line, "a byte that is not UTF-8: save the file as UTF-8")


def _tab_problems(path: Path, text: str) -> list[Problem]:
    said = "a tab: indent with spaces"
    lines = enumerate(text.split("\n"), start=1)
    return [Problem(path, number, said) for number, line in lines if _TAB_INDENT.match(line)]


def _validated(path: Path, document: Document) -> tuple[KioskSettings | None, list[Problem]]:
    try:
        return KioskSettings.model_validate(document.values), []
    except ValidationError as error:
        errors = _without_echoes(error.errors(include_url=False))
    return None, [problem for one in errors for problem in _problems_of(one, path, document)]


def _problems_of(error: ErrorDetails, path: Path, document: Document) -> Iterator[Problem]:
    key = tuple(part for part in error["loc"] if part != "[key]")
    for text in explain(error, model=KioskSettings):
        place = document.place_of(key) if key else _place_named_in(text, document)
        yield Problem(path, place.line, text, key, place.column)


def _without_echoes(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out `x is missing` where a misspelled `x` is reported already."""
    unknown = [e["loc"] for e in errors if e["type"] == "extra_forbidden"]
    explained: set[tuple[Any, ...]] = {
        (*loc[:-1], close) for loc in unknown if (close := meant(loc, model=KioskSettings))
    }
    return [e for e in errors if e["type"] != "missing" or e["loc"] not in explained]


def _place_named_in(text: str, document: Document) -> Place:
    """Find the line for a rule about several sections: the first key its text names."""
    for name in _DOTTED_KEY.findall(text):
        key: KeyPath = tuple(name.split("."))
        if key[:1] in document.places:
            return document.place_of(key)
    return Place(1)
