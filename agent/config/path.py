"""From pydantic's place of an error to the key in the file, and to what stands there.

Pydantic names the chosen member of a tagged union in between (`questions, 0, nps, subject`), and
marks a bad key with `[key]`; a file knows neither.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag

from agent.config.problem import KeyPath


@dataclass(frozen=True, slots=True)
class Spot:
    """What a place of pydantic's means."""

    key: KeyPath
    """The path as the file writes it."""
    section: type[BaseModel] | None
    """The class that describes what its last key stands in."""
    inside: type[BaseModel] | None
    """The class that describes what stands at the key, where that is a section."""
    tags: tuple[str, ...]
    """The kinds to choose from, where the key is that of a tagged union."""


def spot_of(loc: KeyPath, *, model: type[BaseModel]) -> Spot:
    """Follow `loc` (tags in it are optional where they are not needed) from `model` down."""
    key: list[str | int] = []
    here: Any = model
    section: type[BaseModel] | None = None
    for part in loc:
        if part == "[key]":
            continue
        if part in (members := members_of(here)):
            here = members[str(part)]
            continue
        section = here if _is_model(here) else section
        key.append(part)
        here = _below(here, part)
    tags = tuple(members_of(here))
    return Spot(tuple(key), section, here if _is_model(here) else None, tags)


def members_of(annotation: Any) -> dict[str, Any]:
    """Return the classes of a tagged union by their tags; empty for everything else."""
    tagged: dict[str, Any] = {}
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    for member in get_args(annotation) if _is_union(annotation) else ():
        for tag in _tags_of(member):
            tagged[tag] = get_args(member)[0]
    return tagged


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Find the settings classes that an annotation names, in its order."""
    if _is_model(annotation):
        yield annotation
    elif _is_union(annotation) or get_origin(annotation) in {tuple, Annotated}:
        for inner in get_args(annotation):
            yield from models_in(inner)


def _below(here: Any, part: str | int) -> Any:
    """Return the annotation one step down; None where nothing is known."""
    if _is_model(here):
        field = here.model_fields.get(str(part))
        return _bare(field.annotation) if field else None
    if get_origin(here) in {tuple, dict}:
        inner = get_args(here)[0 if get_origin(here) is tuple else -1]
        return _bare(inner)
    return None


def _bare(annotation: Any) -> Any:
    """Take `X | None` for X, and a union without tags for its first class."""
    if not _is_union(annotation) or members_of(annotation):
        return annotation
    inner = [one for one in get_args(annotation) if one is not types.NoneType]
    return inner[0] if len(inner) == 1 else next(models_in(annotation), None)


def _tags_of(member: Any) -> Iterator[str]:
    if get_origin(member) is Annotated:
        yield from (mark.tag for mark in member.__metadata__ if isinstance(mark, Tag))


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in {Union, types.UnionType}
