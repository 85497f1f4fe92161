"""Whether every text exists in every language, and can be shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.config.problem import Finding, dotted
from agent.config.texts import texts_in
from agent.language.hidden import hides_characters
from agent.survey.catalogue import Catalogue
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import MultipleQuestion, SingleQuestion
from agent.survey.wording import is_locked, languages


def text_findings(questionnaire: Questionnaire, *, catalogue: Catalogue) -> Iterator[Finding]:
    """Return texts that are missing or cannot be shown: key path and what to mend."""
    wanted = dict.fromkeys(questionnaire.languages)
    for key, text in texts_in(questionnaire, ()):
        if missing := [language for language in wanted if language not in text]:
            yield key, f"{dotted(key)} is missing in {', '.join(missing)}: add it"
        for language, words in text.items():
            if hides_characters(words):
                told = "a line break or a hidden character: write one plain line"
                yield (*key, language), f"{dotted((*key, language))} holds {told}"
            if language not in {*wanted, *languages()}:
                told = "`languages` does not name it: add it there, or take the text out"
                yield (*key, language), f"{dotted((*key, language))}: {told}"
    yield from _unlocked(questionnaire)
    yield from _unlabelled(questionnaire, catalogue)


def kiosk_findings(questionnaire: Questionnaire, *, languages: Iterable[str]) -> Iterator[Finding]:
    """Return the languages of a kiosk's screen that the questionnaire lacks."""
    lacking = [code for code in languages if code not in questionnaire.languages]
    if lacking:
        text = f"languages: the screen also has {', '.join(lacking)}: add the texts"
        yield ("languages",), f"{text}, or take them out of screen.languages"


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
