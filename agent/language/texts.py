"""Texts of one capability, a YAML file a language, checked as a whole when they are loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from agent.errors import LanguageError
from agent.language.numbers import RIGHT_TO_LEFT, number
from agent.language.plural import Form, Plural, choose, forms

T = TypeVar("T", bound="Texts")

_FORMS = frozenset[str](("zero", "one", "two", "few", "many", "other"))


class Texts(BaseModel):
    """The base of what a file holds. Every plural must have the forms of its language."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_min_length=1)

    code: str
    """The language, two letters; the file's own name."""

    @model_validator(mode="after")
    def _has_the_forms(self) -> Texts:
        wanted = frozenset(forms(self.code))
        for name, found in _plurals(self.model_dump(exclude={"code"}), ""):
            if frozenset(found) != wanted:
                raise ValueError(f"{name} needs the forms {', '.join(forms(self.code))}")
        return self

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return "rtl" if self.code in RIGHT_TO_LEFT else "ltr"

    def number(self, value: float, *, digits: int = 0, signed: bool = False) -> str:
        """Return a number as the language writes it."""
        return number(value, self.code, digits=digits, signed=signed)

    def count(self, texts: Plural, n: int, **more: str) -> str:
        """Return the text that goes with a number of things, the number in it."""
        chosen = choose(texts, n, language=self.code)
        return chosen.format(n=self.number(n), **more)


def _plurals(content: Mapping[str, Any], above: str) -> Iterator[tuple[str, Mapping[Form, str]]]:
    for name, value in content.items():
        if isinstance(value, Mapping) and value and _FORMS.issuperset(value):
            yield f"{above}{name}", value
        elif isinstance(value, Mapping):
            yield from _plurals(value, f"{above}{name}.")


def languages_of(folder: Path) -> tuple[str, ...]:
    """Return the languages that a folder has texts in, in the order of their codes."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def load_texts(folder: Path, model: type[T], language: str) -> T:
    """Return the texts of a language (two letters). Raises LanguageError where there are none."""
    return cast("T", _load(folder, model, language))


@cache
def _load(folder: Path, model: type[Texts], language: str) -> Texts:
    known = languages_of(folder)
    if language not in known:
        choice = ", ".join(known)
        raise LanguageError(f"no texts in language `{language}`: choose among {choice}")
    content: Any = yaml.safe_load((folder / f"{language}.yaml").read_text(encoding="utf-8"))
    return model.model_validate({"code": language} | content)
