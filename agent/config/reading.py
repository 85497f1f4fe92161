"""A YAML file becomes settings of any class, or the list of everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from agent.config.base import Settings
from agent.config.document import Document, parse
from agent.config.path import spot_of
from agent.config.problem import CLASHES, Clash, Finding, KeyPath, Problem
from agent.config.words import HIDDEN, explain, meant

MAX_BYTES = 256 * 1024

_TAB_INDENT = re.compile(r"^ *\t")
_PIN = re.compile(r"\d[\d\s._-]{2,}\d")

Model = TypeVar("Model", bound=Settings)


@dataclass(frozen=True, slots=True)
class Form(Generic[Model]):
    """What a file must be."""

    model: type[Model]
    example: str
    """The file to start from."""
    rules: Callable[[Model], Iterable[Finding]] = lambda _settings: ()
    """What a file that is right in its parts may still have wrong as a whole."""
    across: Callable[[Model, Container[str]], Iterable[Clash]] = lambda _settings, _sound: ()
    """What sections have wrong together, of those that are sound in themselves. The model itself
    raises it as `clash_error` where all of them are."""
    secret: bool = False
    """Its problems quote nothing that stands in it: somebody may have written a PIN."""


@dataclass(frozen=True, slots=True)
class Draft(Generic[Model]):
    """A file as far as it can be understood."""

    settings: Model | None
    """None where anything is wrong."""
    problems: list[Problem]
    """In the order of the lines."""
    document: Document
    believed: Model | None = None
    """The settings of which the sound sections can be used; None where no section could be read."""
    sound: frozenset[str] = frozenset()
    """The names of these."""


def read(path: Path, *, form: Form[Model]) -> tuple[Model | None, list[Problem]]:
    """Read a file: its settings and no problem, or every problem in the order of its lines."""
    found = draft(path, form=form)
    return found.settings, found.problems


def draft(path: Path, *, form: Form[Model]) -> Draft[Model]:
    """Read a file as far as it goes."""
    found = _draft(path, form)
    if form.secret:
        found.problems[:] = [_without_digits(problem) for problem in found.problems]
    return found


def _draft(path: Path, form: Form[Model]) -> Draft[Model]:
    text = _text_of(path, example=form.example)
    if isinstance(text, Problem):
        return Draft(None, [text], Document())
    if tabs := _tab_problems(path, text):
        return Draft(None, tabs, Document())
    document = parse(text, example=form.example)
    found = [Problem(path, f.place.line, f.text, f.key, f.place.column) for f in document.faults]
    if document.values is None:
        return Draft(None, found, document)
    valid = _validated(path, document, form)
    faulty = {problem.key for problem in found if problem.key}
    found += [problem for problem in valid.problems if problem.key not in faulty]
    found.sort(key=lambda problem: (problem.line, problem.column or 0))
    return replace(valid, settings=None if found else valid.settings, problems=found)


def has_key(path: Path, key: str) -> bool:
    """Tell whether a file has `key` at its top, as far as it can be read at all."""
    text = _text_of(path, example="")
    return isinstance(text, str) and (key,) in parse(text).places


def top_of(path: Path) -> dict[str, Any]:
    """Return what stands at the top of a file; nothing where it cannot be read."""
    text = _text_of(path, example="")
    values = parse(text).values if isinstance(text, str) else None
    return values or {}


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


def _validated(path: Path, document: Document, form: Form[Model]) -> Draft[Model]:
    try:
        settings = form.model.model_validate(document.values)
    except ValidationError as error:
        errors = _without_echoes(error.errors(include_url=False), model=form.model)
    else:
        found = [_problem(path, document, key=key, text=text) for key, text in form.rules(settings)]
        return Draft(settings, found, document, settings, frozenset(form.model.model_fields))
    return _half(path, document, form, errors)


def _half(
    path: Path, document: Document, form: Form[Model], errors: list[ErrorDetails]
) -> Draft[Model]:
    """Say what is wrong in the sections, and what those that are sound have wrong together."""
    shown = [_hidden(error) for error in errors] if form.secret else errors
    found = [p for one in shown for p in _problems_of(one, path, document, form.model)]
    sound = frozenset(form.model.model_fields) - _unsound(errors, document, form.model)
    believed = _believed(document.values, sound, form.model)
    if any(error["loc"] for error in errors):
        across = form.across(believed, sound)
        found += [_clash_problem(path, document, clash, under=()) for clash in across]
    return Draft(None, found, document, believed, sound)


def _unsound(
    errors: list[ErrorDetails], document: Document, model: type[Settings]
) -> frozenset[str]:
    """Return the sections in which something is wrong, misspelled ones by their right names."""
    named = [error["loc"] for error in errors if error["loc"]]
    named += [fault.key for fault in document.faults if fault.key]
    misspelled = {
        meant(e["loc"], model=model)
        for e in errors
        if e["type"] == "extra_forbidden" and len(e["loc"]) == 1
    }
    return frozenset({str(key[0]) for key in named} | {name for name in misspelled if name})


def _believed(values: dict[str, Any], sound: Container[str], model: type[Model]) -> Model:
    fields = {
        name: TypeAdapter(cast("Any", field.annotation)).validate_python(values[name])
        for name, field in model.model_fields.items()
        if name in sound and name in values
    }
    return cast("Model", model.model_construct(**fields))


def _problem(path: Path, document: Document, *, key: KeyPath, text: str) -> Problem:
    place = document.place_of(key)
    return Problem(path, place.line, text, key, place.column)


def _problems_of(
    error: ErrorDetails, path: Path, document: Document, model: type[Settings]
) -> Iterator[Problem]:
    key = spot_of(error["loc"], model=model).key
    if error["type"] == CLASHES:
        for clash in error["ctx"]["clashes"]:
            yield _clash_problem(path, document, clash, under=key)
        return
    if error["type"] == "union_tag_invalid":
        key = (*key, "kind")
    for text in explain(error, model=model):
        yield _problem(path, document, key=key, text=text)


def _clash_problem(path: Path, document: Document, clash: Clash, *, under: KeyPath) -> Problem:
    line = document.place_of((*under, *clash.other)).line if clash.other else None
    text = clash.words(under=under, line=line)
    return _problem(path, document, key=(*under, *clash.key), text=text)


def _hidden(error: ErrorDetails) -> ErrorDetails:
    return {**error, "input": HIDDEN}


def _without_digits(problem: Problem) -> Problem:
    """Leave out what may be a PIN, wherever it came from."""
    key = tuple(_PIN.sub("****", part) if isinstance(part, str) else part for part in problem.key)
    return replace(problem, text=_PIN.sub("****", problem.text), key=key)


def _without_echoes(errors: list[ErrorDetails], *, model: type[Settings]) -> list[ErrorDetails]:
    """Leave out what follows from another mistake.

    That is `x is missing` where a misspelled `x` is reported already, a list that counts as too
    short because an entry of it is wrong, and a default that depends on what is wrong.
    """
    unknown = [e["loc"] for e in errors if e["type"] == "extra_forbidden"]
    explained: set[tuple[Any, ...]] = {
        (*loc[:-1], close) for loc in unknown if (close := meant(loc, model=model))
    }
    around = {e["loc"][:end] for e in errors for end in range(len(e["loc"]))}
    return [
        e
        for e in errors
        if e["type"] != "default_factory_not_called"
        and (e["type"] != "missing" or e["loc"] not in explained)
        and (e["type"] != "too_short" or e["loc"] not in around)
    ]
