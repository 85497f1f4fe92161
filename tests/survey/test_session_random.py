"""What holds in every session, whatever is asked and whatever the customer does."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.errors import SurveyError
from agent.survey.facts import RatingFact
from agent.survey.path import Plan
from agent.survey.questionnaire import Questionnaire
from agent.survey.session import Session
from tests.survey.forms import questionnaires
from tests.survey.visitors import Move, choice, do, next_move, plan_for, replay, visit

SEEDS = st.integers(0, 2**32)
VISITS_EACH = 25
RATINGS = (None, *(RatingFact(value, scale=5) for value in range(1, 6)))

FORTY = settings(max_examples=40)
"""Forty questionnaires with 25 visits each: a thousand."""


def open_session(form: Questionnaire, rng: random.Random, **fields: Any) -> Session:
    known: dict[str, Any] = {"version": "v1", "language": "en", "opened_s": 0.0}
    known |= {"plan": plan_for(form, rng), "rating": rng.choice(RATINGS)}
    return Session(form, **(known | fields))


@FORTY
@given(form=questionnaires(), seed=SEEDS)
def test_a_thousand_visits_end_and_every_answer_is_one_that_was_offered(
    form: Questionnaire, seed: int
) -> None:
    rng = random.Random(seed)
    for _ in range(VISITS_EACH):
        session = open_session(form, rng, waiting=rng.random() < 0.1)
        seen, _ = visit(session, lambda screen: next_move(screen, rng))
        shown = {(screen.question, screen.item): screen for screen in seen}

        assert session.screen is None
        assert session.ending is not None
        for position, answer in enumerate(session.answers, start=1):
            screen = shown[answer.question, answer.item]
            assert answer.position == position
            assert set(answer.options) <= set(screen.options)
            assert bool(answer.options) == (answer.ended == "answered" and bool(screen.options))
            assert answer.value == screen.value(answer.options)


@given(form=questionnaires(), seed=SEEDS)
def test_nobody_who_does_not_go_back_meets_a_question_twice(form: Questionnaire, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(VISITS_EACH):
        session = open_session(form, rng)
        seen, moves = visit(session, lambda screen: next_move(screen, rng, backs=False))
        asked = [
            (screen.question, screen.item, screen.position)
            for screen, move in zip(seen, moves, strict=True)
            if move.what in {"answer", "skip", "leave"}
        ]

        assert asked == [(a.question, a.item, a.position) for a in session.answers]
        assert len({(question, item) for question, item, _ in asked}) == len(asked)
        assert len(moves) < 60


@given(form=questionnaires(discreet=True), seed=SEEDS)
def test_in_a_discreet_questionnaire_everything_is_the_same_after_every_rating(
    form: Questionnaire, seed: int
) -> None:
    visits = []
    for rating in RATINGS:
        rng = random.Random(seed)
        session = open_session(form, rng, plan=plan_for(form, rng), rating=rating)
        seen, _ = visit(session, lambda screen, lot=rng: next_move(screen, lot))  # type: ignore[misc]
        visits.append((seen, session.answers))

    assert all(other == visits[0] for other in visits)


@given(form=questionnaires(), seed=SEEDS)
def test_the_same_choices_give_the_same_answers(form: Questionnaire, seed: int) -> None:
    rng = random.Random(seed)
    plan, rating = plan_for(form, rng), rng.choice(RATINGS)
    first = open_session(form, rng, plan=plan, rating=rating)
    _, moves = visit(first, lambda screen: next_move(screen, rng))
    second = open_session(form, rng, plan=plan, rating=rating)
    replay(second, moves)

    assert second.answers == first.answers
    assert second.ending == first.ending


@given(form=questionnaires(), seed=SEEDS)
def test_going_back_and_choosing_the_same_again_changes_nothing_but_durations(
    form: Questionnaire, seed: int
) -> None:
    rng = random.Random(seed)
    plan = plan_for(form, rng)
    straight = open_session(form, rng, plan=plan, rating=None)
    _, moves = visit(straight, lambda screen: Move("answer", choice(screen, rng)))
    winding = open_session(form, rng, plan=plan, rating=None)
    for move in moves:
        do(winding, Move("back"), 0.0)
        if winding.former is not None:
            do(winding, Move("answer", winding.former.options), 0.0)
        do(winding, move, 0.0)

    timeless = {"duration_s": 0.0}
    assert [answer.model_copy(update=timeless) for answer in winding.answers] == [
        answer.model_copy(update=timeless) for answer in straight.answers
    ]


class AnySession(RuleBasedStateMachine):
    """Whatever is done in whatever order: answers are those of the screens, and none is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.at_s = 0.0
        self.kept: list[tuple[str, str | None, tuple[str, ...]]] = []
        self.looked_back: list[tuple[str, str | None, tuple[str, ...]]] = []
        self.shown: set[tuple[str, str | None]] = set()

    @initialize(form=questionnaires(), seed=SEEDS, waiting=st.booleans())
    def open(self, form: Questionnaire, seed: int, *, waiting: bool) -> None:
        self.rng = random.Random(seed)
        self.plan: Plan = plan_for(form, self.rng)
        self.session = open_session(form, self.rng, plan=self.plan, waiting=waiting)

    def is_open(self) -> bool:
        return self.session.screen is not None

    def move(self, move: Move) -> tuple[str, str | None]:
        screen = self.session.screen
        assert screen is not None
        self.at_s += 1.0
        do(self.session, move, self.at_s)
        return screen.question, screen.item

    @precondition(is_open)
    @rule()
    def answer(self) -> None:
        assert self.session.screen is not None
        options = choice(self.session.screen, self.rng)
        in_order = tuple(o for o in self.session.screen.options if o in options)
        self.kept.append((*self.move(Move("answer", options)), in_order))
        self.settle()

    @precondition(is_open)
    @rule()
    def skip(self) -> None:
        self.kept.append((*self.move(Move("skip")), ()))
        self.settle()

    def settle(self) -> None:
        """Take what was gone back over as answered, where the queue ended the session."""
        if self.session.ending == "waiting":
            found = [(a.question, a.item, a.options) for a in self.session.answers]
            assert found[: len(self.kept)] == self.kept
            assert {(question, item) for question, item, _ in found} <= self.shown
            self.kept = found
        self.looked_back.clear()

    @precondition(is_open)
    @rule()
    def go_back(self) -> None:
        self.move(Move("back"))
        if self.kept:
            self.looked_back.insert(0, self.kept.pop())

    @precondition(is_open)
    @rule()
    def speak(self) -> None:
        self.move(Move("speak"))

    @precondition(is_open)
    @rule()
    def wait(self) -> None:
        self.move(Move("wait"))

    @precondition(is_open)
    @rule(how=st.sampled_from(["timeout", "walked_away", "interrupted", "waiting"]))
    def end(self, how: Any) -> None:
        self.session.end(how, at_s=self.at_s)
        found = [(a.question, a.item, a.options) for a in self.session.answers]
        standing = self.kept + self.looked_back

        assert found[: len(standing)] == standing
        assert {(question, item) for question, item, _ in found} <= self.shown
        self.kept = found
        self.looked_back.clear()

    @precondition(lambda self: not self.is_open())
    @rule()
    def come_too_late(self) -> None:
        assert not self.session.back(at_s=self.at_s)
        with pytest.raises(SurveyError):
            self.session.skip(at_s=self.at_s)

    @invariant()
    def only_what_stands_is_an_answer(self) -> None:
        if self.session.screen is not None:
            self.shown.add((self.session.screen.question, self.session.screen.item))
        assert [(a.question, a.item, a.options) for a in self.session.answers] == self.kept

    @invariant()
    def no_question_is_answered_twice(self) -> None:
        keys = [(answer.question, answer.item) for answer in self.session.answers]
        assert len(set(keys)) == len(keys)
        screen = self.session.screen
        assert screen is None or (screen.question, screen.item) not in keys

    @invariant()
    def an_open_session_has_no_ending(self) -> None:
        assert (self.session.ending is None) == self.is_open()


AnySession.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestAnySession = AnySession.TestCase
