"""Who is asked what: lots, quotas, rotation, and SERVPERF by matrix sampling. Pure.

A customer answers one or two of the 22 items of SERVPERF; over all customers every dimension gets
as many answers, and so does every item within its dimension (the instrument: Cronin & Taylor 1992;
matrix sampling: Shoemaker 1973, Principles and Procedures of Multiple Matrix Sampling).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

from agent.events.catalogue import Answer
from agent.survey.balance import Balance, Count
from agent.survey.path import Plan
from agent.survey.questionnaire import Questionnaire
from agent.survey.questions import AnyQuestion, Dimension, ServperfQuestion
from agent.survey.quota import Quota
from agent.survey.rotation import Rotation

ITEMS: dict[Dimension, tuple[str, ...]] = {
    "tangibles": ("1", "2", "3", "4"),
    "reliability": ("5", "6", "7", "8", "9"),
    "responsiveness": ("10", "11", "12", "13"),
    "assurance": ("14", "15", "16", "17"),
    "empathy": ("18", "19", "20", "21", "22"),
}
"""The numbers of SERVPERF's items, by dimension."""
DIMENSION_OF: dict[str, Dimension] = {item: d for d, items in ITEMS.items() for item in items}


class Matrix:
    """Draws the items of one SERVPERF question."""

    def __init__(self, question: ServperfQuestion, *, rng: random.Random) -> None:
        self._dimensions = tuple(dict.fromkeys(question.dimensions))
        self._many = question.items
        self._of_dimensions = Balance(self._dimensions, rng=rng)
        self._of_items = Balance(DIMENSION_OF, rng=rng)

    def draw(self) -> tuple[str, ...]:
        """Return the items of one session, of different dimensions while there are any."""
        drawn: list[str] = []
        met: list[Dimension] = []
        for _ in range(self._many):
            fresh = [d for d in self._dimensions if d not in met] or list(self._dimensions)
            met.append(self._of_dimensions.draw(fresh))
            fresh_items = [item for item in ITEMS[met[-1]] if item not in drawn]
            drawn.append(self._of_items.draw(fresh_items))
        return tuple(drawn)

    def settle(self, drawn: Iterable[str], answers: Mapping[str, Answer]) -> None:
        """Learn what became of a draw, from the answers by item: the unanswered goes back."""
        for item in drawn:
            answer = answers.get(item)
            answered = answer is not None and answer.ended == "answered"
            shown = answer is not None
            self._of_items.settle(item, shown=shown, answered=answered)
            self._of_dimensions.settle(DIMENSION_OF[item], shown=shown, answered=answered)

    def restore(self, counts: Mapping[str, Count]) -> None:
        """Begin with what was counted before, by item, of the items that are still asked."""
        for item, count in counts.items():
            dimension = DIMENSION_OF.get(item)
            if dimension is not None and dimension in self._dimensions:
                self._of_items.restore(item, count)
                self._of_dimensions.restore(dimension, count)

    def answered(self) -> dict[Dimension, int]:
        """Return the number of answers by dimension."""
        return {d: self._of_dimensions.count(d).answered for d in self._dimensions}


class Sampler:
    """Decides for every session which questionnaire it gets and which of its questions.

    `at_s` are seconds of the monotonic clock. For every session: `choose`, `plan`, and at its end
    `settle`.
    """

    def __init__(self, questionnaires: Sequence[Questionnaire], *, rng: random.Random) -> None:
        self._rng = rng
        self._rotation = Rotation(rng=rng)
        self._sessions = {q.id: Quota(q.per_hour) for q in questionnaires}
        asked = [(q.id, question) for q in questionnaires for question in q.questions]
        self._answers = {(of, q.id): Quota(_per_hour(q)) for of, q in asked}
        self._matrices = {
            (of, q.id): Matrix(q, rng=rng) for of, q in asked if isinstance(q, ServperfQuestion)
        }

    def choose(self, in_force: Iterable[Questionnaire], *, at_s: float) -> Questionnaire | None:
        """Return the questionnaire whose turn it is; None if the quotas of all are used up."""
        able = {q.id: q for q in in_force if self.has_room([q], at_s=at_s)}
        if not able:
            return None
        return able[self._rotation.turn({of: q.weight for of, q in able.items()})]

    def has_room(self, questionnaires: Iterable[Questionnaire], *, at_s: float) -> bool:
        """Tell whether the quota of any of them is not used up."""
        return any(self._sessions[q.id].has_room(at_s) for q in questionnaires)

    def plan(self, questionnaire: Questionnaire, *, at_s: float) -> Plan:
        """Draw the lots of one session, and count it: who is asked what."""
        self._sessions[questionnaire.id].note(at_s)
        of = questionnaire.id
        out = {q.id for q in questionnaire.questions if not self._is_in(of, q, at_s=at_s)}
        matrices = (q.id for q in questionnaire.questions if (of, q.id) in self._matrices)
        items = {name: self._matrices[of, name].draw() for name in matrices if name not in out}
        return Plan(left_out=frozenset(out), items=items)

    def settle(
        self, questionnaire: Questionnaire, *, plan: Plan, answers: Sequence[Answer], at_s: float
    ) -> None:
        """Learn what came of a plan: quotas count answers, and unanswered items go back."""
        for name in {a.question for a in answers if a.ended == "answered"}:
            self._answers[questionnaire.id, name].note(at_s)
        for name, drawn in plan.items.items():
            by_item = {a.item: a for a in answers if a.question == name and a.item is not None}
            self._matrices[questionnaire.id, name].settle(drawn, by_item)

    def recall(self, questionnaire: str, answers: Sequence[Answer], *, at_s: float | None) -> None:
        """Count a session of a former run, the oldest first; None: it was long ago.

        Questionnaires and questions that are no longer asked are passed over.
        """
        if at_s is not None and questionnaire in self._sessions:
            self._sessions[questionnaire].note(at_s)
        for name in {a.question for a in answers}:
            mine = [a for a in answers if a.question == name]
            quota = self._answers.get((questionnaire, name))
            if quota and at_s is not None and any(a.ended == "answered" for a in mine):
                quota.note(at_s)
            if (questionnaire, name) in self._matrices:
                self._matrices[questionnaire, name].restore(counts_of(mine))

    def _is_in(self, of: str, question: AnyQuestion, *, at_s: float) -> bool:
        """Draw every lot, used or not: so one quota does not shift the lots of the others."""
        share = question.sampling.share if question.sampling else 1.0
        drawn = self._rng.random() < share
        return drawn and self._answers[of, question.id].has_room(at_s)


def counts_of(answers: Iterable[Answer]) -> dict[str, Count]:
    """Count the stored answers to one SERVPERF question by item, for `Matrix.restore`."""
    counts: dict[str, Count] = {}
    for answer in answers:
        if answer.item is not None:
            before = counts.get(answer.item, Count())
            counts[answer.item] = before.plus(answered=answer.ended == "answered")
    return counts


def _per_hour(question: AnyQuestion) -> int | None:
    return question.sampling.per_hour if question.sampling else None
