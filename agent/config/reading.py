"""A YAML file becomes settings of any class, or the list of everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agent.config.base import Settings
from agent.config.document import Document, Place, parse
from agent.config.path import spot_of
from agent.config.problem import Finding, KeyPath, Problem
from agent.config.words import explain, meant

MAX_BYTES = 256 * 1024

_TAB_INDENT = re.compile(r"^ *\t")
_DOTTED_KEY = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")

Model = TypeVar("Model", bound=Settings)


@dataclass(frozen=True, slots=True)
class Form(Generic[Model]):
    """What a file must be."""

    model: type[Model]
    example: str
    """The file to start from."""
    rules: Callable[[Model], Iterable[Finding]] = lambda _settings: ()
    """What a file that is right in its parts may still have wrong as a whole."""


def read(path: Path, *, form: Form[Model]) -> tuple[Model | None, list[Problem]]:
    """Read a file: its settings and no problem, or every problem in the order of its lines."""
    text = _text_of(path, example=form.example)
    if isinstance(text, Problem):
        return None, [text]
    if tabs := _tab_problems(path, text):
        return None, tabs
    document = parse(text, example=form.example)
    found = [Problem(path, f.place.line, f.text, f.key, f.place.column) for f in document.faults]
    if document.values is None:
        return None, found
    settings, bad = _validated(path, document, form)
    faulty = {problem.key for problem in found if problem.key}
    found += [problem for problem in bad if problem.key not in faulty]
    found.sort(key=lambda problem: (problem.line, problem.column or 0))
    return (None if found else settings), found


def has_key(path: Path, key: str) -> bool:
    """Tell whether a file has `key` at its top, as far as it can be read at all."""
    text = _text_of(path, example="")
    return isinstance(text, str) and (key,) in parse(text).places


def fingerprint(settings: Settings) -> str:
    """Return the sha256 of the settings' canonical JSON: equal settings have equal hashes."""
    return canonical_sha256(settings.model_dump(mode="json"))


def canonical_sha256(content: object) -> str:
    """Return the sha256 of `content` as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _text_of(path: Path, *, example: str) -> str | Problem:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Problem(path, 1, f"there is no such file: copy {example} to begin with")
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


def _validated(
    path: Path, document: Document, form: Form[Model]
) -> tuple[Model | None, list[Problem]]:
    try:
        settings = form.model.model_validate(document.values)
    except ValidationError as error:
        errors = _without_echoes(error.errors(include_url=False), model=form.model)
    else:
        found = form.rules(settings)
        return settings, [_problem(path, document, key=key, text=text) for key, text in found]
    return None, [p for one in errors for p in _problems_of(one, path, document, form.model)]


def _problem(path: Path, document: Document, *, key: KeyPath, text: str) -> Problem:
    place = document.place_of(key)
    return Problem(path, place.line, text, key, place.column)


def _problems_of(
    error: ErrorDetails, path: Path, document: Document, model: type[Settings]
) -> Iterator[Problem]:
    key = spot_of(error["loc"], model=model).key
    if error["type"] == "union_tag_invalid":
        key = (*key, "kind")
    for text in explain(error, model=model):
        place = document.place_of(key) if key else _place_named_in(text, document)
        yield Problem(path, place.line, text, key, place.column)


def _without_echoes(errors: list[ErrorDetails], *, model: type[Settings]) -> list[ErrorDetails]:
    """Leave out what follows from another mistake.

    That is `x is missing` where a misspelled `x` is reported already, and a list that counts as too
    short because an entry of it is wrong.
    """
    unknown = [e["loc"] for e in errors if e["type"] == "extra_forbidden"]
    explained: set[tuple[Any, ...]] = {
        (*loc[:-1], close) for loc in unknown if (close := meant(loc, model=model))
    }
    around = {e["loc"][:end] for e in errors for end in range(len(e["loc"]))}
    return [
        e
        for e in errors
        if (e["type"] != "missing" or e["loc"] not in explained)
        and (e["type"] != "too_short" or e["loc"] not in around)
    ]


def _place_named_in(text: str, document: Document) -> Place:
    """Find the line for a rule about several sections: the first key its text names."""
    for name in _DOTTED_KEY.findall(text):
        key: KeyPath = tuple(name.split("."))
        if key[:1] in document.places:
            return document.place_of(key)
    return Place(1)
