"""What the checks foresee of a questionnaire is what happens in its sessions."""

from __future__ import annotations

import random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.survey.facts import RatingFact
from agent.survey.possible import longest_way
from agent.survey.questionnaire import Questionnaire
from agent.survey.routes import circle, reached, routes
from agent.survey.session import MOST_ANSWERS, Session
from tests.survey.forms import questionnaires
from tests.survey.visitors import next_move, plan_for, visit

RATINGS = tuple(RatingFact(value, scale=5) for value in range(1, 6))


@settings(max_examples=25, deadline=None)
@given(form=questionnaires(), seed=st.integers(0, 2**32))
def test_no_session_is_longer_than_the_longest_way_or_leaves_the_known_routes(
    form: Questionnaire, seed: int
) -> None:
    ways = routes(form)
    assume(not circle(ways))
    longest = longest_way(form, enough=MOST_ANSWERS)
    assume(longest is not None)
    known = reached(ways, start=[form.questions[0].id])
    rng = random.Random(seed)
    for rating in RATINGS * 2:
        plan = plan_for(form, rng)
        session = Session(form, version="v1", language="en", opened_s=0.0, plan=plan, rating=rating)
        visit(session, lambda screen: next_move(screen, rng))

        assert len(session.answers) <= len(longest or ())
        assert {answer.question for answer in session.answers} <= known
