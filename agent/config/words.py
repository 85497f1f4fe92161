"""Pydantic's errors in the words of a technician."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from agent.config.base import Settings
from agent.config.path import models_in, spot_of
from agent.config.problem import CLASHES, KeyPath, dotted

MAX_QUOTED = 40


class _Hidden:
    """In the place of a value that no message may quote."""


HIDDEN = _Hidden()

_JOINED = re.compile(r"\w+:[^\s/]")
_COMMA = re.compile(r"[-+]?\d*,\d+")

_HOST = "a host name or address"
_URL = re.compile(r"\w+://|.+:\d+$")
_PATTERNS = {
    r"^[a-z0-9][a-z0-9_-]*$": "small letters, digits, `-` and `_`, a letter or digit first",
    r"^[A-Za-z0-9:_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$": _HOST,
    r"^[a-z]{2}$": "a language code of two small letters, like en",
    r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$": "hours like 09:00-18:30",
}


def explain(error: ErrorDetails, *, model: type[BaseModel]) -> list[str]:
    """Put one pydantic error into words: usually one line, several for a rule that lists them."""
    key = spot_of(error["loc"], model=model).key
    if error["type"] == "value_error":
        where = f"{dotted(key)}: " if key else ""
        said = error["msg"].removeprefix("Value error, ")
        return [f"{where}{line}" for line in said.splitlines()]
    if error["type"] == CLASHES:
        return [clash.words(under=key) for clash in error["ctx"]["clashes"]]
    if error["type"] == "extra_forbidden":
        return [_unknown_key(error["loc"], model)]
    if error["type"] == "missing":
        return [_missing_key(error["loc"], model)]
    if error["type"] == "union_tag_not_found" and isinstance(error["input"], dict):
        kinds = ", ".join(spot_of(error["loc"], model=model).tags)
        return [f"{dotted(key)}.kind is missing: choose among {kinds}"]
    return [f"{dotted(key) or 'the file'}{_must(error)}"]


def meant(loc: KeyPath, *, model: type[BaseModel]) -> str | None:
    """Return the known key that the unknown one at `loc` was probably meant to be."""
    section = spot_of(loc, model=model).section
    names = list(section.model_fields) if section else []
    close = get_close_matches(str(loc[-1]).lower().replace("-", "_"), names, n=1)
    return close[0] if close else None


def did_you_mean(name: str, *, known: Iterable[str]) -> str:
    """Return `: did you mean ...?`, or which names there are when none is like `name`."""
    names = list(known)
    close = get_close_matches(name, names, n=1)
    return f": did you mean `{close[0]}`?" if close else f": there is {', '.join(names) or 'none'}"


def model_at(key: KeyPath, *, model: type[BaseModel]) -> type[BaseModel] | None:
    """Return the settings class that describes what stands at `key`."""
    return spot_of(key, model=model).inside


def _unknown_key(loc: KeyPath, model: type[BaseModel]) -> str:
    spot = spot_of(loc, model=model)
    if spot.section is not None and issubclass(spot.section, Settings):
        instead = spot.section.instead.get(str(loc[-1]))
        if instead is not None:
            return f"{dotted(spot.key)}: {instead}"
    unknown = f"{dotted(spot.key)} is not a known key"
    if close := meant(loc, model=model):
        return f"{unknown}: did you mean `{close}`?"
    if home := _home_of(str(loc[-1]), model):
        return f"{unknown}: did you mean `{home}`?"
    section = spot.section
    return f"{unknown}: known here are {', '.join(section.model_fields if section else ())}"


def _home_of(name: str, model: type[BaseModel]) -> str | None:
    """Return the full path of a key that was written in the wrong section."""
    for section, field in model.model_fields.items():
        if get_origin(field.annotation) is tuple:
            continue
        for inner in models_in(field.annotation):
            if name in inner.model_fields:
                return f"{section}.{name}"
    return None


def _missing_key(loc: KeyPath, model: type[BaseModel]) -> str:
    spot = spot_of(loc, model=model)
    field = spot.section.model_fields.get(str(loc[-1])) if spot.section else None
    meaning = f": {field.description}" if field and field.description else ""
    return f"{dotted(spot.key)} is missing{meaning}".removesuffix(".")


def _must(error: ErrorDetails) -> str:
    rule = _RULES.get(error["type"])
    if rule is None:
        said = " ".join(error["msg"].split())
        return f" is wrong: {said[:1].lower()}{said[1:]}{_not(error)}"
    return f"{'' if error['type'] in _BELOW else ' '}{rule(error)}"


def _not(error: ErrorDetails) -> str:
    value = error["input"]
    if isinstance(value, dict | list | _Hidden):
        return ""
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f", not `{shown[:MAX_QUOTED]}`"


def _plain(words: str) -> Callable[[ErrorDetails], str]:
    return lambda error: f"must be {words}{_not(error)}"


def _number(error: ErrorDetails) -> str:
    value = str(error["input"])
    comma = bool(_COMMA.fullmatch(value.strip()))
    hint = f": decimals have a point, {value.replace(',', '.')}" if comma else ""
    return f"must be a number{_not(error)}{hint}"


def _section(error: ErrorDetails) -> str:
    hint = ": a space belongs behind the colon" if _JOINED.match(str(error["input"])) else ""
    return f"must be a section with `key: value` lines below it{_not(error)}{hint}"


def _bound(words: str, name: str) -> Callable[[ErrorDetails], str]:
    return lambda error: f"must be {words} {error['ctx'][name]:g}{_not(error)}"


def _choice(error: ErrorDetails) -> str:
    allowed = error["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
    close = get_close_matches(str(error["input"]), allowed, n=1)
    hint = f": did you mean `{close[0]}`?" if close else ""
    return f"must be one of {', '.join(allowed)}{_not(error)}{hint}"


def _kind(error: ErrorDetails) -> str:
    kinds = error["ctx"]["expected_tags"].replace("'", "").split(", ")
    tag = str(error["ctx"]["tag"])
    close = get_close_matches(tag, kinds, n=1)
    hint = f": did you mean `{close[0]}`?" if close else ""
    return f".kind must be one of {', '.join(kinds)}, not `{tag[:MAX_QUOTED]}`{hint}"


def _text(error: ErrorDetails) -> str:
    value = error["input"]
    if isinstance(value, int | float):
        return f'must be text: put it in quotes, "{str(value).lower()}"'
    return "must be text"


def _pattern(error: ErrorDetails) -> str:
    pattern = error["ctx"]["pattern"]
    hint = ": the name alone, its port has a key of its own" if _is_url(error) else ""
    return f"must be {_PATTERNS.get(pattern, f'text like {pattern}')}{_not(error)}{hint}"


def _is_url(error: ErrorDetails) -> bool:
    host = _PATTERNS.get(error["ctx"]["pattern"]) == _HOST
    return host and bool(_URL.match(str(error["input"])))


def _length(words: str, bound: str) -> Callable[[ErrorDetails], str]:
    def rule(error: ErrorDetails) -> str:
        limit = error["ctx"][bound]
        unit = "entry" if limit == 1 else "entries"
        return f"must have {words} {limit} {unit}, not {error['ctx']['actual_length']}"

    return rule


_WHOLE = _plain("a whole number")
_NUMBER = _number
_BOOLEAN = _plain("true or false")
_DATE = _plain("a date like 2026-03-31")
_PATH = _plain("the path of a file or folder")
_KEYS = _section
_LIST = _plain("a list: one line beginning with `- ` for each entry")

# What these say begins one key further down.
_BELOW = frozenset({"union_tag_invalid"})

_RULES: dict[str, Callable[[ErrorDetails], str]] = {
    "literal_error": _choice,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "not_boolean": lambda _error: "cannot be true or false",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "path_type": _PATH,
    "string_type": _text,
    "string_pattern_mismatch": _pattern,
    "string_too_short": lambda _error: "must not be empty",
    "string_too_long": lambda e: f"must have at most {e['ctx']['max_length']} characters",
    "greater_than": _bound("more than", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("less than", "lt"),
    "less_than_equal": _bound("at most", "le"),
    "too_long": _length("at most", "max_length"),
    "too_short": _length("at least", "min_length"),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": _KEYS,
    "union_tag_invalid": _kind,
    "union_tag_not_found": _KEYS,
}
