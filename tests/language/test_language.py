"""Numbers and what stands behind them, as each language has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import LanguageError
from agent.language import Plural, Texts, form, languages_of, load_texts
from agent.language.numbers import number, percent
from agent.language.plural import forms

LANGUAGES = ("en", "de", "pl", "ru", "ar")


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("en", "one:1 other:0,2,5,11,21,100"),
        ("de", "one:1 other:0,2,5,11,21,100"),
        ("pl", "one:1 few:2,3,4,22,34,102 many:0,5,11,12,14,21,25,112"),
        ("ru", "one:1,21,101 few:2,3,4,22,34 many:0,5,11,12,14,20,111,112"),
        ("ar", "zero:0 one:1 two:2 few:3,10,103,1010 many:11,26,99,111 other:100,102,200,1001"),
    ],
)
def test_the_form_is_that_of_the_unicode_tables(language: str, wanted: str) -> None:
    for group in wanted.split():
        name, numbers = group.split(":")
        assert {form(int(n), language) for n in numbers.split(",")} == {name}


@given(st.integers(0, 10**6), st.sampled_from(LANGUAGES))
def test_every_number_has_a_form_that_its_language_has(n: int, language: str) -> None:
    assert form(n, language) in forms(language)


def test_a_language_without_a_rule_is_refused() -> None:
    with pytest.raises(LanguageError, match="no plural rule for `fi`"):
        form(1, "fi")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "-1,234.5"),
        ("de", "-1.234,5"),
        ("pl", "-1\u00a0234,5"),
        ("ru", "-1\u00a0234,5"),
        ("ar", "\u2066-1,234.5\u2069"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(language: str, told: str) -> None:
    assert number(-1234.5, language, digits=1) == told


def test_a_sign_is_told_where_it_is_wanted_and_nought_has_none() -> None:
    assert number(30, "en", signed=True) == "+30"
    assert number(-0.2, "en", signed=True) == "0"
    assert number(30, "ar", signed=True) == "\u2066+30\u2069"


def test_shares_are_whole_percents() -> None:
    assert [percent(0.256, language) for language in ("en", "de", "ar")] == ["26 %", "26 %", "26%"]


class Few(Texts):
    greeting: str
    answers: Plural


def written(folder: Path, language: str, text: str) -> None:
    folder.joinpath(f"{language}.yaml").write_text(text, encoding="utf-8")


def test_texts_are_read_and_count_with_their_own_plural(tmp_path: Path) -> None:
    written(tmp_path, "pl", "greeting: Cześć\nanswers: {one: '{n} a', few: '{n} b', many: '{n} c'}")
    texts = load_texts(tmp_path, Few, "pl")

    assert texts.greeting == "Cześć"
    assert [texts.count(texts.answers, n) for n in (1, 3, 5)] == ["1 a", "3 b", "5 c"]
    assert texts.direction == "ltr"


@pytest.mark.parametrize("missing", ["answers: {one: a}", "answers: {one: a, few: b, other: c}"])
def test_a_plural_without_the_forms_of_its_language_is_refused(
    tmp_path: Path, missing: str
) -> None:
    written(tmp_path, "en", f"greeting: Hello\n{missing}")

    with pytest.raises(ValueError, match="answers needs the forms one, other"):
        load_texts(tmp_path, Few, "en")


def test_a_missing_language_names_those_there_are(tmp_path: Path) -> None:
    written(tmp_path, "de", "")
    written(tmp_path, "ar", "")

    assert languages_of(tmp_path) == ("ar", "de")
    with pytest.raises(LanguageError, match="no texts in language `en`: choose among ar, de"):
        load_texts(tmp_path, Few, "en")
