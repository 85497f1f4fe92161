"""What a language needs, all of it: a new code in `LanguageCode` fails here until nothing lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from agent.language.numbers import RIGHT_TO_LEFT, percent
from agent.language.plural import form, forms
from agent.screen.settings import LanguageCode
from agent.screen.words import words
from agent.survey.catalogue import built_in_catalogue
from tests.screen import scenes

ROOT = Path(__file__).parents[2]
LANGUAGES: tuple[LanguageCode, ...] = get_args(LanguageCode)
FOLDERS = sorted((ROOT / "agent").glob("*/texts"))
QUESTIONNAIRES = sorted((ROOT / "config" / "questionnaires").glob("*.yaml"))
PLURAL_FORMS = {"zero", "one", "two", "few", "many", "other"}
FIRST = "en"
"""The language that all others are compared with."""


def content(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def keys(node: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every text; the forms of a plural are one text."""
    if isinstance(node, Mapping) and not (node and PLURAL_FORMS.issuperset(node)):
        for name, below in node.items():
            yield from keys(below, f"{path}.{name}" if path else str(name))
    elif isinstance(node, list):
        for place, below in enumerate(node):
            yield from keys(below, f"{path}[{place}]")
    else:
        yield path


def texts_by_language(node: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield every text of a questionnaire, which stands there in all its languages."""
    if isinstance(node, Mapping) and FIRST in node:
        yield path, node
    elif isinstance(node, Mapping):
        for name, below in node.items():
            yield from texts_by_language(below, f"{path}.{name}" if path else str(name))
    elif isinstance(node, list):
        for place, below in enumerate(node):
            yield from texts_by_language(below, f"{path}[{place}]")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_folder_of_texts_has_a_file_for_every_language_and_no_other(folder: Path) -> None:
    files = {file.name for file in folder.iterdir()}
    assert files == {f"{language}.yaml" for language in LANGUAGES}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_every_file_of_texts_has_every_key(folder: Path) -> None:
    wanted = set(keys(content(folder / f"{FIRST}.yaml")))
    lacking = {
        file.name: sorted(wanted ^ set(keys(content(file)))) for file in folder.glob("*.yaml")
    }
    assert {name: found for name, found in lacking.items() if found} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_plural_forms_and_signs_of_numbers(language: LanguageCode) -> None:
    assert {form(number, language) for number in range(200)} == set(forms(language))
    assert percent(0.5, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_runs_in_its_direction(language: LanguageCode) -> None:
    assert (words(language).direction == "rtl") == (language in RIGHT_TO_LEFT)


def test_every_factor_has_a_label_in_every_language() -> None:
    lacking = {
        factor.id: sorted({*LANGUAGES} - factor.label.keys())
        for factor in built_in_catalogue().factors
    }
    assert {name: found for name, found in lacking.items() if found} == {}


@pytest.mark.parametrize("file", QUESTIONNAIRES, ids=lambda file: str(file.name))
def test_every_questionnaire_that_comes_with_it_speaks_every_language(file: Path) -> None:
    found = content(file)
    lacking = {path: sorted({*LANGUAGES} - text.keys()) for path, text in texts_by_language(found)}
    assert {path: codes for path, codes in lacking.items() if codes} == {}
    assert set(found["languages"]) == {*LANGUAGES}


def test_every_screen_is_measured_in_every_language() -> None:
    assert set(scenes.LANGUAGES) == {*LANGUAGES} == set(scenes.REASON_LABELS)


@pytest.mark.parametrize("table", ["LETTERS", "NAMES"])
def test_the_keyboard_on_the_screen_has_letters_and_a_name_for_every_language(table: str) -> None:
    source = (ROOT / "agent/screen/web/src/layouts.js").read_text(encoding="utf-8")
    written = re.search(rf"const {table} = {{(.*?)}};", source, re.DOTALL)
    assert written is not None
    assert set(re.findall(r"\b([a-z]{2}):", written[1])) == {*LANGUAGES}
