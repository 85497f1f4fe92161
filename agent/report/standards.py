"""The standard indices of what was asked, as the field states them: never a mean of codes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.indices.classes import Classes, classify, tally
from agent.indices.effort import ces, ces_easy
from agent.indices.index import Index
from agent.indices.loyalty import camp_shares, camps, nps, womi
from agent.indices.quality import servperf
from agent.indices.satisfaction import class_shares, csat, fcr, happy
from agent.report.asked import Asked
from agent.report.day import Question
from agent.survey.questions import (
    AnyQuestion,
    CesQuestion,
    CsatQuestion,
    FacesQuestion,
    FcrQuestion,
    NpsQuestion,
    ServperfQuestion,
    WomiQuestion,
)

_HAPPY_SCALES = (4, 5)


@dataclass(frozen=True, slots=True)
class Topic:
    """One question with all of its items, and the figures that stand for it."""

    items: tuple[Question, ...]
    """At least one; those of SERVPERF in the order of their numbers."""
    kind: AnyQuestion | None
    """What was asked; None where the wording is not known any more."""
    parts: tuple[tuple[int, Index], ...] = ()
    """Groups of the answers from the worst to the best, each with its share: of NPS and faces."""
    indices: tuple[Index, ...] = ()
    """The standard's own figures, the first one first."""
    dimensions: tuple[Index, ...] = ()
    """Of SERVPERF: each dimension that is measured."""

    @property
    def first(self) -> Question:
        """The first of its items."""
        return self.items[0]

    @property
    def figures(self) -> tuple[Index, ...]:
        """Every figure."""
        return (*self.indices, *self.dimensions, *(share for _, share in self.parts))


def topics(questions: Iterable[Question], *, asked: Asked) -> tuple[Topic, ...]:
    """Return the questions of a day with their figures, in the order of their first answers.

    Raises FiguresError for a value that its scale does not have.
    """
    found: dict[tuple[str | None, str | None, str], list[Question]] = {}
    for question in questions:
        name = (question.questionnaire, question.version, question.question)
        found.setdefault(name, []).append(question)
    return tuple(_topic(tuple(items), asked) for items in found.values())


def _topic(items: tuple[Question, ...], asked: Asked) -> Topic:
    kind, given = asked.asked(items[0]), _answers(items[0])
    match kind:
        case NpsQuestion():
            found = camps(given)
            return Topic(items, kind, _beside(found, camp_shares(found)), (nps(given),))
        case FacesQuestion(scale=scale):
            return _faces(items, kind, given, scale)
        case CsatQuestion():
            return Topic(items, kind, indices=(csat(given),))
        case CesQuestion(variant=2):
            return Topic(items, kind, indices=(ces(given, variant=2), ces_easy(given)))
        case CesQuestion():
            return Topic(items, kind, indices=(ces(given, variant=1),))
        case _:
            return _of_items(items, kind)


def _of_items(items: tuple[Question, ...], kind: AnyQuestion | None) -> Topic:
    match kind:
        case WomiQuestion():
            pairs = [pair for item in items for pair in item.pairs]
            in_order = tuple(sorted(items, key=lambda item: item.item or "", reverse=True))
            return Topic(in_order, kind, indices=(womi(pairs),))
        case ServperfQuestion():
            in_order = tuple(sorted(items, key=_number))
            return _servperf(kind, in_order)
        case FcrQuestion():
            chosen = {option.option: option.chosen for option in items[0].options}
            resolved = fcr(chosen.get("yes", 0), chosen.get("no", 0))
            return Topic(items, kind, indices=(resolved,))
        case _:
            return Topic(items, kind)


def _faces(items: tuple[Question, ...], kind: AnyQuestion, given: list[int], scale: int) -> Topic:
    classes: Classes = tally(classify(value, scale=scale) for value in given)
    counts = [given.count(value) for value in range(scale, 0, -1)]
    indices = (happy(counts),) if scale in _HAPPY_SCALES else ()
    return Topic(items, kind, _beside(classes, class_shares(classes)), indices)


def _servperf(kind: ServperfQuestion, items: tuple[Question, ...]) -> Topic:
    found = servperf({_number(item): _answers(item) for item in items})
    dimensions = tuple(found.by_dimension[name] for name in kind.dimensions)
    whole = (found.overall,) if len(dimensions) == len(found.by_dimension) else ()
    return Topic(items, kind, indices=whole, dimensions=dimensions)


def _number(item: Question) -> int:
    return int(item.item or 0)


def _beside(counts: Iterable[int], shares: Iterable[Index]) -> tuple[tuple[int, Index], ...]:
    return tuple(zip(counts, shares, strict=True))


def _answers(question: Question) -> list[int]:
    return [value for value, count in question.values for _ in range(count)]
