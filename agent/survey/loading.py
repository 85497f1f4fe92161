"""A questionnaire's file becomes a questionnaire, or the list of what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.config.problem import ConfigFileError, Finding, Problem
from agent.config.reading import Form, canonical_sha256, has_key, read
from agent.survey.catalogue import FORM as CATALOGUE_FORM
from agent.survey.catalogue import Catalogue, built_in_catalogue, load_catalogue
from agent.survey.checking import findings
from agent.survey.means import Means, means_findings
from agent.survey.personal import personal_findings
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import AnyQuestion, MultipleQuestion, SingleQuestion
from agent.survey.said import kiosk_findings
from agent.survey.wording import locked_words

EXAMPLE = "config/questionnaires/reasons.yaml"


@dataclass(frozen=True, slots=True)
class LoadedQuestionnaire:
    """A questionnaire that is in order."""

    questionnaire: Questionnaire
    version: str
    """The sha256 of all that makes its answers comparable: see `version_of`."""
    path: Path


@dataclass(frozen=True, slots=True)
class Kiosk:
    """What a questionnaire must fit, where it is known which kiosk asks it."""

    means: Means
    languages: tuple[str, ...]
    """Of the screen."""


def load_questionnaire(
    path: Path, *, catalogue: Catalogue | None = None, kiosk: Kiosk | None = None
) -> LoadedQuestionnaire:
    """Read a questionnaire; its factors are in `catalogue`, else in the built-in one.

    With `kiosk` it must also fit that kiosk. Raises ConfigFileError (a ConfigError) that carries
    every problem found.
    """
    factors = catalogue or built_in_catalogue()
    questionnaire, problems = read(path, form=_form(factors, kiosk=kiosk))
    if questionnaire is None:
        raise ConfigFileError(problems)
    version = version_of(questionnaire, catalogue=factors)
    return LoadedQuestionnaire(questionnaire, version, path)


def survey_problems(path: Path, *, factors: Path | None = None) -> list[Problem] | None:
    """Return what is wrong with a questionnaire's or a catalogue's file; None if it is neither.

    `factors` is the catalogue's file. A bad one is a ConfigFileError of its own.
    """
    if has_key(path, "questions"):
        catalogue = load_catalogue(factors) if factors else built_in_catalogue()
        return read(path, form=_form(catalogue))[1]
    return read(path, form=CATALOGUE_FORM)[1] if has_key(path, "factors") else None


def version_of(questionnaire: Questionnaire, *, catalogue: Catalogue) -> str:
    """Return the sha256 of the questionnaire, the locked wording and the factors it uses.

    Comments, order and spelled-out defaults do not change it; nor does the owner of a factor.
    """
    questions = questionnaire.questions
    words = [
        locked_words(question, language=language)
        for question in questions
        for language in questionnaire.languages
    ]
    named = [catalogue.factor(name) for question in questions for name in _factors(question)]
    factors = [factor.model_dump(mode="json", exclude={"owner"}) for factor in named if factor]
    content = {
        "questionnaire": questionnaire.model_dump(mode="json"),
        "wording": words,
        "factors": factors,
    }
    return canonical_sha256(content)


def _factors(question: AnyQuestion) -> tuple[str, ...]:
    return question.factors if isinstance(question, SingleQuestion | MultipleQuestion) else ()


def _form(catalogue: Catalogue, *, kiosk: Kiosk | None = None) -> Form[Questionnaire]:
    def rules(questionnaire: Questionnaire) -> Iterator[Finding]:
        yield from findings(questionnaire, catalogue=catalogue)
        yield from personal_findings(questionnaire)
        if kiosk is not None:
            yield from means_findings(questionnaire, means=kiosk.means)
            yield from kiosk_findings(questionnaire, languages=kiosk.languages)

    return Form(Questionnaire, EXAMPLE, rules=rules)
