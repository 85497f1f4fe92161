"""Which form of a word stands behind a number (Unicode CLDR 45, cardinal rules of integers)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from agent.errors import LanguageError

Form = Literal["zero", "one", "two", "few", "many", "other"]
Plural = dict[Form, str]
"""A text for each form of its language; `{n}` is where the number stands."""

_FEW, _FEW_TEENS = range(2, 5), range(12, 15)
_ARABIC_FEW, _ARABIC_MANY = range(3, 11), range(11, 100)
_ARABIC_SMALL: tuple[Form, ...] = ("zero", "one", "two")


def _germanic(number: int) -> Form:
    return "one" if number == 1 else "other"


def _few_or_many(number: int) -> Form:
    few = number % 10 in _FEW and number % 100 not in _FEW_TEENS
    return "few" if few else "many"


def _polish(number: int) -> Form:
    return "one" if number == 1 else _few_or_many(number)


def _russian(number: int) -> Form:
    one = number % 10 == 1 and number % 100 != 11  # noqa: PLR2004 - eleven is no one
    return "one" if one else _few_or_many(number)


def _arabic(number: int) -> Form:
    if number < len(_ARABIC_SMALL):
        return _ARABIC_SMALL[number]
    if number % 100 in _ARABIC_FEW:
        return "few"
    return "many" if number % 100 in _ARABIC_MANY else "other"


_RULES: dict[str, tuple[tuple[Form, ...], Callable[[int], Form]]] = {
    "en": (("one", "other"), _germanic),
    "de": (("one", "other"), _germanic),
    "pl": (("one", "few", "many"), _polish),
    "ru": (("one", "few", "many"), _russian),
    "ar": (("zero", "one", "two", "few", "many", "other"), _arabic),
}


def forms(language: str) -> tuple[Form, ...]:
    """Return the forms that whole numbers have in a language. Raises LanguageError."""
    return _rule(language)[0]


def form(number: int, language: str) -> Form:
    """Return the form that goes with a number from 0 on. Raises LanguageError."""
    return _rule(language)[1](number)


def choose(texts: Mapping[Form, str], number: int, *, language: str) -> str:
    """Return the text that goes with a number, `{n}` not yet put in. Raises LanguageError."""
    return texts[form(number, language)]


def _rule(language: str) -> tuple[tuple[Form, ...], Callable[[int], Form]]:
    if language not in _RULES:
        known = ", ".join(_RULES)
        raise LanguageError(f"no plural rule for `{language}`: there are {known}")
    return _RULES[language]
