"""A step of a session in the words and form in which the page asks it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from agent.screen.asked import (
    Asked,
    AskedOption,
    ChoiceAsked,
    ContactAsked,
    FacesAsked,
    MultipleAsked,
    Place,
    ScaleAsked,
    TextAsked,
)
from agent.survey.catalogue import Catalogue
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import (
    ContactQuestion,
    FacesQuestion,
    FcrQuestion,
    MultipleQuestion,
    SingleQuestion,
    TextQuestion,
)
from agent.survey.screens import Screen
from agent.survey.wording import Locked, Phrase, phrase

OwnWords = TextQuestion | ContactQuestion | SingleQuestion | MultipleQuestion | FacesQuestion
_OWN_WORDS = (TextQuestion, ContactQuestion, SingleQuestion, MultipleQuestion, FacesQuestion)
_CHOICES = (SingleQuestion, MultipleQuestion)


@dataclass(frozen=True, slots=True)
class Words:
    """Where the words of a questionnaire's screens come from."""

    questionnaire: Questionnaire
    catalogue: Catalogue
    language: str


def asked(screen: Screen, *, words: Words) -> Asked:
    """Return what the page is to ask at `screen`."""
    question = next(q for q in words.questionnaire.questions if q.id == screen.question)
    place = _place(screen, words.questionnaire)
    if isinstance(question, _OWN_WORDS):
        return _own(question, place, words)
    return _standard(question, screen, place, words)


def _own(question: OwnWords, place: Place, words: Words) -> Asked:
    """Return a question in the company's words."""
    title = question.text[words.language]
    match question:
        case TextQuestion(most_characters=most):
            return TextAsked(title=title, place=place, most_characters=most)
        case ContactQuestion(by=by):
            consent = question.consent[words.language]
            return ContactAsked(title=title, place=place, consent=consent, by=by)
        case SingleQuestion():
            return ChoiceAsked(title=title, place=place, options=_options(question, words))
        case MultipleQuestion(most=most):
            options = _options(question, words)
            return MultipleAsked(title=title, place=place, options=options, most=most)
        case FacesQuestion(scale=scale):
            return FacesAsked(title=title, place=place, scale=scale)


def _standard(question: Locked, screen: Screen, place: Place, words: Words) -> Asked:
    """Return a question of a standard index."""
    said = phrase(question, language=words.language, item=screen.item)
    if isinstance(question, FcrQuestion):
        labels = zip(screen.options, (said.high, said.low), strict=True)
        options = tuple(AskedOption(id=option, label=label) for option, label in labels)
        return ChoiceAsked(title=said.text, place=place, options=options)
    return _numbers(screen, place, said)


def _place(screen: Screen, questionnaire: Questionnaire) -> Place:
    """Tell where the screen stands; how many there are only where that is certain."""
    item = "" if screen.item is None else f".{screen.item}"
    steps = _steps(questionnaire)
    return Place(
        topic=f"{questionnaire.id}.{screen.question}{item}"[-80:],
        step=screen.position if steps else None,
        steps=steps,
        back=screen.position > 1,
    )


def _steps(questionnaire: Questionnaire) -> int | None:
    """Return the number of screens where every customer gets the same; None for a single one."""
    questions = questionnaire.questions
    straight = all(q.when is None and q.next is None and q.sampling is None for q in questions)
    options = [o for q in questions if isinstance(q, _CHOICES) for o in q.options]
    if not straight or any(option.next is not None for option in options):
        return None
    items = [q.items if q.kind == "servperf" else 2 if q.kind == "womi" else 1 for q in questions]
    return sum(items) if sum(items) > 1 else None


def _numbers(screen: Screen, place: Place, said: Phrase) -> ScaleAsked:
    first, last = int(screen.options[0]), int(screen.options[-1])
    return ScaleAsked(
        title=said.text, place=place, first=first, last=last, low=said.low, high=said.high
    )


def _options(question: SingleQuestion | MultipleQuestion, words: Words) -> tuple[AskedOption, ...]:
    own = tuple(
        AskedOption(id=option.id, label=option.label[words.language], icon=option.icon)
        for option in question.options
    )
    factors = (words.catalogue.factor(name) for name in question.factors)
    return own + tuple(
        AskedOption(id=factor.id, label=factor.label[words.language], icon=factor.icon)
        for factor in factors
        if factor is not None
    )
