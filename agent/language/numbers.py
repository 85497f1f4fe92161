"""Numbers as each language writes them (Unicode CLDR 45; Arabic with European digits)."""

from __future__ import annotations

from typing import NamedTuple

RIGHT_TO_LEFT = frozenset({"ar"})

_ISOLATED = "\u2066{}\u2069"
"""A stretch from left to right among words that run the other way."""
_NO_BREAK = "\u00a0"


class _Signs(NamedTuple):
    decimal: str
    group: str
    percent: str
    """With `{}`, the number."""


_SIGNS = {
    "en": _Signs(".", ",", "{} %"),
    "de": _Signs(",", ".", "{} %"),
    "pl": _Signs(",", _NO_BREAK, "{} %"),
    "ru": _Signs(",", _NO_BREAK, "{} %"),
    "ar": _Signs(".", ",", "{}%"),
}


def number(value: float, language: str, *, digits: int = 0, signed: bool = False) -> str:
    """Return a number with `digits` decimals; `signed`: with its plus, too."""
    signs = _signs(language)
    plain = f"{abs(value):,.{digits}f}"
    told = plain.translate({ord(","): signs.group, ord("."): signs.decimal})
    if not any(digit in plain for digit in "123456789"):
        return told
    sign = "-" if value < 0 else "+" if signed else ""
    return _kept(sign + told, language) if sign else told


def percent(share: float, language: str) -> str:
    """Return a share of 0 ... 1 in whole percents."""
    return _signs(language).percent.format(number(100 * share, language))


def _kept(text: str, language: str) -> str:
    """Keep a sign on the left of its number where lines run the other way."""
    return isolated(text) if language in RIGHT_TO_LEFT else text


def isolated(text: str) -> str:
    """Return a text that runs from left to right whatever stands around it."""
    return _ISOLATED.format(text)


def _signs(language: str) -> _Signs:
    return _SIGNS.get(language, _SIGNS["en"])
