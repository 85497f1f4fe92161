"""What a questionnaire that is right in its parts may have wrong as a whole. Pure.

Every rule yields where and what to mend, so that a bad questionnaire never reaches a customer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from agent.config.problem import Finding, KeyPath
from agent.config.words import did_you_mean
from agent.survey.about import condition_findings
from agent.survey.catalogue import Catalogue
from agent.survey.conditions import RATING
from agent.survey.possible import longest_way, most_screens
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import END, AnyQuestion, MultipleQuestion, SingleQuestion
from agent.survey.routes import circle, reached, routes
from agent.survey.said import text_findings

MOST_SCREENS = {"till": 3, "lounge": 10}
"""How many screens people have the patience for, by place."""

FEWEST = 2
"""A choice of fewer is none."""

Choice = SingleQuestion | MultipleQuestion


def findings(questionnaire: Questionnaire, *, catalogue: Catalogue) -> list[Finding]:
    """Return everything that is wrong, in no order: key path and one line that says what to mend.

    Where names are doubled the way through the questionnaire is not looked at.
    """
    found = [
        *_doubled_ids(questionnaire),
        *_schedule(questionnaire),
        *text_findings(questionnaire, catalogue=catalogue),
    ]
    for index, question in enumerate(questionnaire.questions):
        if isinstance(question, Choice):
            found += _choice(question, ("questions", index), catalogue)
        found += _doubled_names(question, ("questions", index))
    found += _doubled_names(questionnaire, ())
    ids = [question.id for question in questionnaire.questions]
    if len(set(ids)) == len(ids):
        found += _ways(questionnaire)
        found += condition_findings(questionnaire)
    return found


def _doubled_ids(questionnaire: Questionnaire) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, question in enumerate(questionnaire.questions):
        key = ("questions", index, "id")
        if question.id in {END, RATING}:
            yield key, f"{_of(question)}: no question may be called so: `{question.id}` is taken"
        if first.setdefault(question.id, index) != index:
            number = first[question.id] + 1
            yield key, f"{_of(question)}: question {number} has this id, too: give it another"


def _schedule(questionnaire: Questionnaire) -> Iterator[Finding]:
    schedule = questionnaire.schedule
    if schedule is None or schedule.first_day is None or schedule.last_day is None:
        return
    if schedule.last_day < schedule.first_day:
        text = "schedule.last_day is before first_day: it would never be asked"
        yield ("schedule", "last_day"), text


def _choice(question: Choice, key: KeyPath, catalogue: Catalogue) -> Iterator[Finding]:
    count = len(question.options) + len(question.factors)
    if question.options and question.factors:
        yield key, f"{_of(question)} has both `options` and `factors`: keep one of them"
    elif count < FEWEST:
        field = "factors" if question.factors else "options"
        text = f"{_of(question)} has {count} to choose from: give it {FEWEST} or more"
        yield (*key, field), f"{text} `options` or `factors`"
    elif isinstance(question, MultipleQuestion) and (question.most or 0) > count:
        text = f"{_of(question)}: most is {question.most}, but there are {count} to choose from"
        yield (*key, "most"), text
    yield from _options(question, key)
    yield from _factors(question, key, catalogue)


def _options(question: Choice, key: KeyPath) -> Iterator[Finding]:
    ids = [option.id for option in question.options]
    for place, name in enumerate(ids):
        if name in ids[:place]:
            text = f"{_of(question)} has two options `{name}`: give one of them another id"
            yield (*key, "options", place, "id"), text


def _factors(question: Choice, key: KeyPath, catalogue: Catalogue) -> Iterator[Finding]:
    known = catalogue.ids()
    for place, name in enumerate(question.factors):
        if name not in known:
            meant = did_you_mean(name, known=known)
            text = f"{_of(question)}: the catalogue has no factor `{name}`{meant}"
            yield (*key, "factors", place), text


def _doubled_names(section: Questionnaire | AnyQuestion, key: KeyPath) -> Iterator[Finding]:
    for field in type(section).model_fields:
        entries = getattr(section, field)
        if not isinstance(entries, tuple) or not all(isinstance(name, str) for name in entries):
            continue
        for name, times in Counter(entries).items():
            if times > 1:
                last = len(entries) - 1 - entries[::-1].index(name)
                yield (*key, field, last), f"{field}: `{name}` stands twice: remove one"


def _ways(questionnaire: Questionnaire) -> Iterator[Finding]:
    ways = routes(questionnaire)
    nowhere = list(_nowhere(questionnaire))
    yield from nowhere
    if around := circle(ways):
        key = _key_of_way(questionnaire, around[-2], around[-1])
        text = f"these questions go round for ever: {' > '.join(around)}"
        yield key, f"{text}: let one of them lead to a later question or to `{END}`"
        return
    if not nowhere:
        yield from _unreached(questionnaire)
    yield from _too_long(questionnaire)


def _nowhere(questionnaire: Questionnaire) -> Iterator[Finding]:
    known = [*(question.id for question in questionnaire.questions), END]
    for index, question in enumerate(questionnaire.questions):
        for key, name in _leads(question, ("questions", index)):
            if name not in known:
                meant = did_you_mean(name, known=known)
                yield key, f"{_of(question)} leads to `{name}`, which is no question{meant}"


def _leads(question: AnyQuestion, key: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Return every `next` that is written in a question, with where."""
    if question.next is not None:
        yield (*key, "next"), question.next
    for place, option in enumerate(question.options if isinstance(question, Choice) else ()):
        if option.next is not None:
            yield (*key, "options", place, "next"), option.next


def _unreached(questionnaire: Questionnaire) -> Iterator[Finding]:
    found = reached(routes(questionnaire), start=[questionnaire.questions[0].id])
    for index, question in enumerate(questionnaire.questions):
        if question.id not in found:
            text = f"{_of(question)} can be reached by nobody: lead to it with `next`, or remove it"
            yield ("questions", index, "id"), text


def _too_long(questionnaire: Questionnaire) -> Iterator[Finding]:
    most = MOST_SCREENS[questionnaire.place]
    if most_screens(questionnaire) <= most:
        return
    way = longest_way(questionnaire, enough=most + 1)
    if way is None:
        text = "questions: their conditions make too many ways to count: use fewer of them"
        yield ("questions",), text
    elif len(way) > most:
        text = f"questions: {most} screens are the most in a {questionnaire.place}"
        mend = "leave some out, or let conditions exclude each other"
        yield ("questions",), f"{text}, but these may all come: {', '.join(way)}: {mend}"


def _key_of_way(questionnaire: Questionnaire, name: str, behind: str) -> KeyPath:
    """Return where it is written that question `name` leads to `behind`."""
    index = [question.id for question in questionnaire.questions].index(name)
    written = _leads(questionnaire.questions[index], ("questions", index))
    return next((key for key, target in written if target == behind), ("questions", index))


def _of(question: AnyQuestion) -> str:
    return f"question `{question.id}`"
