"""What was asked, in the words of it: known of the questionnaires that a kiosk has now.

A store holds ids and the version of the wording, not the words. So the files that the configuration
names are read, and the last good copies of them beside the store: what the running agent asks,
where a file was edited since. The wording of any other version is not known any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.config.problem import ConfigFileError
from agent.config.schema import KioskSettings
from agent.feedback.sheet import feedback_sheet
from agent.report.day import Question
from agent.survey.catalogue import Catalogue, built_in_catalogue, load_catalogue
from agent.survey.loading import load_questionnaire
from agent.survey.offer import Sheet
from agent.survey.questions import (
    AnyQuestion,
    FcrQuestion,
    MultipleQuestion,
    SingleQuestion,
)
from agent.survey.screens import offered
from agent.survey.shelf import COPIES
from agent.survey.wording import Locked, languages, phrase
from agent.visit.reasons import REASONS, reasons_sheet

_FIRST_CHOICE = "en"

Labels = Mapping[str, str]
"""Words by language."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions by their version and id, and what their factors are called."""

    questions: Mapping[tuple[str | None, str], AnyQuestion] = field(default_factory=dict)
    factors: Mapping[tuple[str | None, str], Labels] = field(default_factory=dict)
    """By version of the questionnaire and factor."""

    def asked(self, question: Question) -> AnyQuestion | None:
        """Return what was asked; None where the wording of its version is not known any more."""
        return self.questions.get((question.version, question.question))

    def title(self, question: Question, *, language: str) -> str | None:
        """Return the words of a question, or of one item of it."""
        known = self.asked(question)
        if known is None:
            return None
        if isinstance(known, Locked):
            return phrase(known, language=_spoken(known, language), item=question.item).text
        return in_language(known.text, language)

    def ends(self, question: Question, *, language: str) -> tuple[tuple[int, str], ...] | None:
        """Return the first and the last number of a standard's scale with what they mean."""
        known = self.asked(question)
        if not isinstance(known, Locked) or isinstance(known, FcrQuestion):
            return None
        words = phrase(known, language=_spoken(known, language), item=question.item)
        first, *_, last = (int(value) for value in offered(known))
        return (first, words.low), (last, words.high)

    def option(self, question: Question, option: str, *, language: str) -> str | None:
        """Return the words of an option, or of a factor."""
        known = self.asked(question)
        if isinstance(known, FcrQuestion):
            words = phrase(known, language=_spoken(known, language))
            return {"yes": words.high, "no": words.low}.get(option)
        if not isinstance(known, SingleQuestion | MultipleQuestion):
            return None
        for choice in known.options:
            if choice.id == option:
                return in_language(choice.label, language)
        labels = self.factors.get((question.version, option))
        return in_language(labels, language) if labels else None


def in_language(labels: Labels, language: str) -> str:
    """Return words in a language, else in English, else in the first they exist in."""
    return labels.get(language) or labels.get(_FIRST_CHOICE) or next(iter(labels.values()))


def _spoken(question: Locked, language: str) -> str:
    """Return the language a standard question can be told in, nearest to the wanted one."""
    if isinstance(question, FcrQuestion):
        return language
    known = [code for code in languages() if code in question.subject]
    return next((code for code in (language, _FIRST_CHOICE) if code in known), known[0])


def asked_of(settings: KioskSettings, *, beside: Path) -> Asked:
    """Return what a kiosk asks by its configuration, which lies in the folder `beside`.

    A file that is missing or bad is passed over: `smilepost check` tells what is wrong with it.
    """
    copies = Path(settings.store.path).parent / COPIES
    named = settings.survey.factors
    catalogues = [
        built_in_catalogue(),
        *_catalogues(() if named is None else (named,), beside, copies),
    ]
    files = _files(settings.survey.questionnaires, beside, copies)
    sheets = [(sheet, c) for path in files for c in catalogues for sheet in _read(path, c)]
    built_in = feedback_sheet(settings.feedback, beside=[sheet for sheet, _ in sheets])
    reasons = reasons_sheet(settings.visit, languages=settings.screen.languages)
    own = [(sheet, built_in_catalogue()) for sheet in (built_in, reasons) if sheet is not None]
    return known_of([*sheets, *own])


def known_of(sheets: Iterable[tuple[Sheet, Catalogue]]) -> Asked:
    """Return what questionnaires ask, each with the catalogue of its factors."""
    questions: dict[tuple[str | None, str], AnyQuestion] = {}
    factors: dict[tuple[str | None, str], Labels] = {}
    for sheet, catalogue in sheets:
        for question in sheet.questionnaire.questions:
            questions[sheet.version, question.id] = question
            if sheet.questionnaire.id == REASONS == question.id:
                questions.setdefault((None, REASONS), question)
        for factor in catalogue.factors:
            factors[sheet.version, factor.id] = factor.label
    return Asked(questions, factors)


def _files(names: Iterable[Path], beside: Path, copies: Path) -> Iterator[Path]:
    """Return each file that is there and its copy, where that differs."""
    for name in names:
        path, copy = beside / name, copies / name.name
        yield path
        if copy.is_file() and not (path.is_file() and path.read_bytes() == copy.read_bytes()):
            yield copy


def _catalogues(names: Iterable[Path], beside: Path, copies: Path) -> Iterator[Catalogue]:
    for path in _files(names, beside, copies):
        try:
            yield load_catalogue(path)
        except ConfigFileError:  # told by `smilepost check`
            continue


def _read(path: Path, catalogue: Catalogue) -> list[Sheet]:
    try:
        loaded = load_questionnaire(path, catalogue=catalogue)
    except ConfigFileError:  # told by `smilepost check`
        return []
    return [Sheet(loaded.questionnaire, loaded.version)]
