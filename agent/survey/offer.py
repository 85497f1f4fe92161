"""The questionnaires of one kiosk: which one a customer gets, and what was drawn for them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from agent.survey.catalogue import Catalogue
from agent.survey.facts import RatingFact
from agent.survey.path import Plan
from agent.survey.questionnaire import Questionnaire
from agent.survey.recall import PastSession
from agent.survey.sampling import Sampler
from agent.survey.schedule import Hours, is_in_force
from agent.survey.session import Session

Entry = Literal["rating", "start"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A questionnaire and its version, from a file or from the settings of a visit."""

    questionnaire: Questionnaire
    version: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known of the customer when a session begins. `at_s` is monotonic."""

    language: str
    at_s: float
    rating: RatingFact | None = None
    """None where the questionnaire is the whole visit."""
    waiting: bool = False
    """Somebody stands behind the customer."""


class Offer:
    """Opens sessions and learns from their ends. `now` is the site's local time, with its zone.

    A questionnaire with a schedule is asked in the opening `hours` only. Questions of the kinds
    `left_out` are passed over: what they ask for could not be kept.
    """

    def __init__(
        self,
        sheets: Sequence[Sheet],
        *,
        catalogue: Catalogue,
        now: Callable[[], datetime],
        rng: random.Random,
        hours: Hours | None = None,
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        self.catalogue = catalogue
        self._left_out = left_out
        self._sheets = {sheet.questionnaire.id: sheet for sheet in sheets}
        self._now = now
        self._hours = hours
        self._sampler = Sampler([sheet.questionnaire for sheet in sheets], rng=rng)
        self._plans: dict[Session, Plan] = {}

    def open(self, opening: Opening) -> Session | None:
        """Return a session of the questionnaire whose turn it is; None where nothing is asked."""
        entry: Entry = "start" if opening.rating is None else "rating"
        able = self._able(entry, opening.language)
        chosen = self._sampler.choose(able, at_s=opening.at_s)
        if chosen is None:
            return None
        plan = self._plan(chosen, at_s=opening.at_s)
        session = Session(
            chosen,
            version=self._sheets[chosen.id].version,
            language=opening.language,
            opened_s=opening.at_s,
            plan=plan,
            rating=opening.rating,
            waiting=opening.waiting,
        )
        self._plans[session] = plan
        return session

    def restore(self, sessions: Iterable[PastSession]) -> None:
        """Begin with what was asked before the kiosk started: quotas, and the balance of items."""
        for session in sessions:
            self._sampler.recall(session.questionnaire, session.answers, at_s=session.at_s)

    def invites(self, language: str, *, at_s: float) -> bool:
        """Tell whether `open` would have a survey for somebody who gave no rating."""
        return self._sampler.has_room(self._able("start", language), at_s=at_s)

    def settle(self, session: Session, *, at_s: float) -> None:
        """Learn how a session ended: quotas count answers, and unanswered items go back."""
        plan = self._plans.pop(session)
        self._sampler.settle(session.questionnaire, plan=plan, answers=session.answers, at_s=at_s)

    def _plan(self, chosen: Questionnaire, *, at_s: float) -> Plan:
        plan = self._sampler.plan(chosen, at_s=at_s)
        unasked = {q.id for q in chosen.questions if q.kind in self._left_out}
        return replace(plan, left_out=plan.left_out | unasked)

    def _able(self, entry: Entry, language: str) -> list[Questionnaire]:
        """Return what is in force for an entry and has the language."""
        asked = [sheet.questionnaire for sheet in self._sheets.values() if self._asks(sheet, entry)]
        return [q for q in asked if language in q.languages]

    def _asks(self, sheet: Sheet, entry: Entry) -> bool:
        questionnaire = sheet.questionnaire
        if questionnaire.entry != entry:
            return False
        schedule = questionnaire.schedule
        return schedule is None or is_in_force(schedule, self._now(), hours=self._hours)
