"""Where the questions of a questionnaire lead to: a graph of names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import END, AnyQuestion, MultipleQuestion, SingleQuestion

Routes = Mapping[str, tuple[str, ...]]
"""The names that may follow a question, by its id."""


def routes(questionnaire: Questionnaire) -> Routes:
    """Return every way on from every question; the first is that of one without an answer."""
    return {
        question.id: tuple(dict.fromkeys([default, *branches(question).values()]))
        for question, default in with_followers(questionnaire)
    }


def with_followers(questionnaire: Questionnaire) -> Iterator[tuple[AnyQuestion, str]]:
    """Pair every question with what follows where no option leads elsewhere."""
    questions = questionnaire.questions
    behind = [*(question.id for question in questions[1:]), END]
    for question, follower in zip(questions, behind, strict=True):
        yield question, question.next or follower


def branches(question: AnyQuestion) -> dict[str, str]:
    """Return the options that lead elsewhere, each with where."""
    if not isinstance(question, SingleQuestion | MultipleQuestion):
        return {}
    return {option.id: option.next for option in question.options if option.next}


def reached(ways: Routes, *, start: Iterable[str]) -> set[str]:
    """Return every name one can come to from `start`, with those themselves."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(ways.get(name, ()))
    return found


def circle(ways: Routes) -> tuple[str, ...]:
    """Return one circle of names, its first also its last; empty where every way ends."""
    for name in ways:
        if name in reached(ways, start=ways[name]):
            return _round(ways, name)
    return ()


def _round(ways: Routes, name: str) -> tuple[str, ...]:
    """Return a shortest way from `name` back to it; there is one."""
    trails: list[tuple[str, ...]] = [(name,)]
    seen: set[str] = set()
    for trail in trails:
        for behind in ways.get(trail[-1], ()):
            if behind == name:
                return (*trail, name)
            if behind not in seen:
                seen.add(behind)
                trails.append((*trail, behind))
    return ()
