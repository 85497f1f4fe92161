"""The report in five languages: whole in each, and nothing left of another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
import yaml

from agent.errors import LanguageError
from agent.events.kinds.answers import Flag
from agent.events.personal import About
from agent.indices import DIMENSIONS
from agent.language import Texts
from agent.language.plural import forms
from agent.report import fold
from agent.report.page import write_page
from agent.report.words import FOLDER, Words, languages, words
from agent.screen.words import FOLDER as SCREEN
from tests.report.shop import DAY, Shop
from tests.report.surveyed import EVERY, surveyed_day, words_of

LANGUAGES = ("ar", "de", "en", "pl", "ru")
MADE = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
PLURALS = {"zero", "one", "two", "few", "many", "other"}


def content(language: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((FOLDER / f"{language}.yaml").read_text("utf-8"))
    return read


def leaves(found: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """Every text by its key; the forms of a plural are one."""
    if isinstance(found, str):
        yield above, found
    elif isinstance(found, Mapping) and PLURALS.issuperset(found):
        yield above, " ".join(found.values())
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield from leaves(value, f"{above}.{key}")
    else:
        for place, value in enumerate(found):
            yield from leaves(value, f"{above}.{place}")


def page_of(shop: Shop, language: str) -> str:
    day = fold(shop.messages, day=DAY, zone=UTC)
    return write_page(day, made=MADE, language=language, asked=words_of(EVERY))


def test_the_languages_are_those_of_the_customers_page() -> None:
    assert languages() == LANGUAGES == tuple(sorted(path.stem for path in SCREEN.glob("*.yaml")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_key(language: str) -> None:
    assert {key for key, _ in leaves(content(language))} == {
        key for key, _ in leaves(content("en"))
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_is_put_into_the_texts_of_every_language(language: str) -> None:
    def holes(text: str) -> set[str]:
        return set(re.findall(r"\{\w+\}", text)) - {"{n}"}

    wanted = {key: holes(text) for key, text in leaves(content("en"))}
    assert {key: holes(text) for key, text in leaves(content(language))} == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_events_name_has_words(language: str) -> None:
    told = words(language)

    assert set(get_args(Flag)) <= set(told.flags)
    assert set(get_args(About)) == set(told.about)
    assert set(DIMENSIONS) == set(told.dimensions)


def parts(language: str) -> set[str]:
    """Return what stands between the holes of the texts and has a word in it."""
    texts = (value for _, value in leaves(content(language)))
    found = (part.strip() for text in texts for part in re.split(r"\{\w+\}", text))
    return {part for part in found if re.search(r"[A-Za-z]{4}", part)}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_nothing_english_is_left_on_a_page_of_another_language(language: str) -> None:
    ids = r'<style>.*?</style>|<bdi.*?</bdi>|<small class="id".*?</small>'
    page = re.sub(ids, " ", page_of(surveyed_day(), language))
    text = re.sub(r"<[^>]+>", " ", page) + " ".join(re.findall(r'aria-label="([^"]+)"', page))
    english = parts("en") - parts(language)
    found = [part for part in english if re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text)]

    assert len(english) > 100
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_index_of_a_day_has_a_name_of_the_language(language: str) -> None:
    page = page_of(surveyed_day(), language)

    for name in ("nps", "csat", "ces2_easy", "womi", "fcr", "smile", "silent", "reaction"):
        assert words(language).indices[name] in page


def test_arabic_runs_from_right_to_left_with_its_bars_and_time_does_not() -> None:
    page = page_of(surveyed_day(), "ar")

    assert '<html lang="ar" dir="rtl">' in page
    assert "svg{direction:ltr}" in page
    assert "[dir=rtl] svg.bar,[dir=rtl] td svg{transform:scaleX(-1)}" in page
    assert '<html lang="de" dir="ltr">' in page_of(Shop(), "de")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Friday, 20 November 2026"),
        ("de", "Freitag, 20. November 2026"),
        ("pl", "Piątek, 20 listopada 2026"),
        ("ru", "Пятница, 20 ноября 2026 г."),  # noqa: RUF001 - Russian
        ("ar", "الجمعة 20 نوفمبر 2026"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(language: str, told: str) -> None:
    assert words(language).date(date(2026, 11, 20)) == told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 11, 21, 22, 100, 101, 1234])
def test_counts_have_a_form_for_every_number(language: str, n: int) -> None:
    told = words(language)

    assert told.count(told.many.answers, n)
    assert "{" not in told.count(told.notes.uncertain, n)


def test_plurals_are_those_of_the_language() -> None:
    russian, polish = words("ru"), words("pl")

    assert [russian.count(russian.many.answers, n) for n in (1, 2, 5, 21)] == [
        "1 ответ",
        "2 ответа",
        "5 ответов",
        "21 ответ",
    ]
    assert [polish.count(polish.many.presses, n) for n in (1, 2, 5, 22)] == [
        "1 naciśnięcie",
        "2 naciśnięcia",
        "5 naciśnięć",
        "22 naciśnięcia",
    ]


def test_a_language_without_texts_names_those_there_are() -> None:
    with pytest.raises(LanguageError, match="no texts in language `fi`: choose among ar, de, en"):
        words("fi")


def test_the_texts_are_the_kind_that_checks_its_plurals() -> None:
    assert issubclass(Words, Texts)
    assert set(words("ar").many.answers) == set(forms("ar"))
