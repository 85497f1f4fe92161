"""The cases on a manager's `/today`: numbers and how they stand, never what they say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent.feedback.cases import grouped
from agent.feedback.status import CaseState, CaseStatus
from agent.office.page import section
from agent.office.words import Words
from agent.report.dating import Fact, LocalDay
from agent.report.markup import Markup, joined, tag
from agent.report.words import clock_time, plain
from agent.screen.words import words as screen_words

MOST_TOLD = 10
ENDED: frozenset[CaseState] = frozenset({"closed"})


@dataclass(frozen=True, slots=True)
class Case:
    """What a customer left, as far as anybody here may know it."""

    number: str
    event: str
    """The event that left it, `feedback.left`."""
    about: str
    at_ms: int
    promised_by: str | None = None
    """The reply that the customer was promised, UTC."""


class CaseBook(Protocol):
    """How cases stand by what the centre said; `agent.feedback.casebook.CaseBook` is one."""

    def status(self, case: str) -> CaseStatus | None:
        """Return how a case stands; None if nothing is known."""
        ...

    def newest(self, *, most: int) -> tuple[CaseStatus, ...]:
        """Return what was told last of at most so many cases, the latest first."""
        ...


def cases_of(facts: Iterable[Fact], day: LocalDay) -> tuple[Case, ...]:
    """Return the cases that were opened on a day, in the order of their events."""
    found = {}
    for fact in facts:
        if fact.kind == "feedback.left" and fact.at_ms is not None and day.holds(fact.at_ms):
            told = fact.data
            found[told["case"]] = Case(
                told["case"], fact.id, told["about"], fact.at_ms, told.get("promised_by")
            )
    return tuple(found.values())


def cases_section(
    cases: Sequence[Case], book: CaseBook, *, local: LocalDay, words: Words
) -> list[Markup]:
    """Return the open cases of a day, and what the centre said last of others."""
    known = {case.number: book.status(case.number) for case in cases}
    still = [case for case in reversed(cases) if not _is_over(known[case.number])]
    others = [told for told in book.newest(most=MOST_TOLD) if told.case not in known]
    ended = [told for told in known.values() if told is not None and _is_over(told)]
    if not cases and not others:
        return []
    rows = [_opened(case, known[case.number], local, words) for case in still]
    shown = tag("ul", *rows, class_="cases") if rows else tag("p", words.cases.none, class_="calm")
    why = tag("p", words.cases.why, class_="soft")
    told = _told([*ended, *others], words)
    return [section("cases", words.cases.title, shown, *told, why)]


def _is_over(status: CaseStatus | None) -> bool:
    return status is not None and status.state in ENDED


def _opened(case: Case, status: CaseStatus | None, local: LocalDay, words: Words) -> Markup:
    about = words.report.about.get(case.about) or plain(case.about)
    at = clock_time(local.local(case.at_ms))
    state = words.cases.untold if status is None else words.cases.states[status.state]
    parts = [words.cases.line.format(about=about, time=at), *_promised(case, local, words)]
    return tag("li", _number(case.number), _state(state), tag("p", words.report.listed(parts)))


def _promised(case: Case, local: LocalDay, words: Words) -> list[str]:
    if case.promised_by is None:
        return []
    due_ms = round(datetime.fromisoformat(case.promised_by).timestamp() * 1000)
    when = screen_words(words.code).dates.write(local.local(due_ms))
    return [words.cases.promised.format(when=when)]


def _told(statuses: Sequence[CaseStatus], words: Words) -> list[Markup]:
    if not statuses:
        return []
    rows = [
        tag("li", _number(status.case), _state(words.cases.states[status.state]))
        for status in statuses
    ]
    return [joined(tag("h3", words.cases.from_centre), tag("ul", *rows, class_="cases"))]


def _number(case: str) -> Markup:
    return tag("b", grouped(case), dir="ltr")


def _state(told: str) -> Markup:
    return tag("span", told, class_="soft")
