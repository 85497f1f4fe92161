"""Whether every text exists in every language, and can be shown. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from agent.config.base import Settings
from agent.config.problem import Finding, KeyPath, dotted
from agent.survey.catalogue import Catalogue
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import MultipleQuestion, SingleQuestion
from agent.survey.wording import is_locked, languages

TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing: the page knows the direction of each language."""


def text_findings(questionnaire: Questionnaire, *, catalogue: Catalogue) -> Iterator[Finding]:
    """Return texts that are missing or cannot be shown: key path and what to mend."""
    wanted = dict.fromkeys(questionnaire.languages)
    for key, text in _texts(questionnaire, ()):
        if missing := [language for language in wanted if language not in text]:
            yield key, f"{dotted(key)} is missing in {', '.join(missing)}: add it"
        for language, words in text.items():
            if any(_is_hidden(char) for char in words):
                told = "a line break or a hidden character: write one plain line"
                yield (*key, language), f"{dotted((*key, language))} holds {told}"
    yield from _unlocked(questionnaire)
    yield from _unlabelled(questionnaire, catalogue)


def kiosk_findings(questionnaire: Questionnaire, *, languages: Iterable[str]) -> Iterator[Finding]:
    """Return the languages of a kiosk's screen that the questionnaire lacks."""
    lacking = [code for code in languages if code not in questionnaire.languages]
    if lacking:
        text = f"languages: the screen also has {', '.join(lacking)}: add the texts"
        yield ("languages",), f"{text}, or take them out of screen.languages"


def _texts(section: Settings, key: KeyPath) -> Iterator[tuple[KeyPath, dict[str, str]]]:
    """Return every text by language in a section, with where it stands."""
    for field in type(section).model_fields:
        value = getattr(section, field)
        if isinstance(value, dict):
            yield (*key, field), value
        for place, entry in enumerate(value) if isinstance(value, tuple) else ():
            if isinstance(entry, Settings):
                yield from _texts(entry, (*key, field, place))


def _unlocked(questionnaire: Questionnaire) -> Iterator[Finding]:
    locked = [question.kind for question in questionnaire.questions if is_locked(question)]
    for place, language in enumerate(questionnaire.languages):
        if locked and language not in languages():
            text = f"languages: there is no wording of {locked[0]} in `{language}`"
            yield ("languages", place), f"{text}: choose among {', '.join(languages())}"


def _unlabelled(questionnaire: Questionnaire, catalogue: Catalogue) -> Iterator[Finding]:
    for index, question in enumerate(questionnaire.questions):
        if not isinstance(question, SingleQuestion | MultipleQuestion):
            continue
        for place, name in enumerate(question.factors):
            factor = catalogue.factor(name)
            missing = [
                code for code in questionnaire.languages if factor and code not in factor.label
            ]
            if missing:
                text = f"the catalogue has no label of `{name}` in {', '.join(missing)}"
                yield ("questions", index, "factors", place), f"{text}: add it there"


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) == "Cc" or char in TURNS
