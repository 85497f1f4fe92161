"""What the checks say of a way is what a customer meets who walks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events.catalogue import Answer
from agent.survey.path import Path, Plan, Step
from agent.survey.possible import longest_way, most_screens
from agent.survey.questionnaire import Questionnaire
from agent.survey.routes import circle, routes
from agent.survey.screens import screen
from tests.survey.drafts import choice, draft, faces, fcr, found, option

NAMES = "abcd"
OPTIONS = {"faces": ["1", "2", "3"], "fcr": ["yes", "no"], "single": ["x", "y"]}


@st.composite
def conditions(drawing: st.DrawFn, earlier: dict[str, str]) -> dict[str, Any]:
    """Return a condition on one or two earlier questions that must hold together."""
    parts = []
    for _ in range(drawing(st.integers(1, 2))):
        name = drawing(st.sampled_from(sorted(earlier)))
        about: dict[str, Any] = {"question": name}
        if earlier[name] == "faces":
            about[drawing(st.sampled_from(["at_least", "at_most"]))] = drawing(st.integers(1, 3))
        else:
            about["has"] = [drawing(st.sampled_from(OPTIONS[earlier[name]]))]
        parts.append({"none": [about]} if drawing(st.booleans()) else about)
    return {"all": parts}


@st.composite
def questionnaires(drawing: st.DrawFn) -> Questionnaire:
    """Return up to four questions that lead onwards only, with conditions on earlier ones."""
    earlier: dict[str, str] = {}
    questions = []
    for index, name in enumerate(NAMES[: drawing(st.integers(1, 4))]):
        kind = drawing(st.sampled_from(sorted(OPTIONS)))
        onwards = st.sampled_from([*NAMES[index + 1 : 4], "end"])
        more: dict[str, Any] = {"next": drawing(onwards)} if drawing(st.booleans()) else {}
        is_conditional = drawing(st.booleans())
        if earlier and is_conditional:
            more["when"] = drawing(conditions(earlier))
        branch: dict[str, Any] = {"next": drawing(onwards)} if drawing(st.booleans()) else {}
        made = {
            "faces": faces(name, scale=3, **more),
            "fcr": fcr(name, **more),
            "single": choice(name, option("x", **branch), "y", **more),
        }
        questions.append(made[kind])
        earlier[name] = kind
    return draft(*questions)


def every_walk(path: Path, answers: tuple[Answer, ...] = ()) -> Iterator[int]:
    """Answer every screen in every way, and not at all; return the screens of each walk."""
    step = path.step_behind(answers)
    if step is None:
        yield len(answers)
        return
    shown = screen(step.question, item=step.item, position=len(answers) + 1)
    for chosen in [(), *((one,) for one in shown.options)]:
        value = shown.value(chosen)
        yield from every_walk(path, (*answers, given_answer(step, chosen, value=value)))


def given_answer(step: Step, chosen: tuple[str, ...], *, value: int | None) -> Answer:
    return Answer(
        question=step.question.id,
        options=chosen,
        value=value,
        ended="answered" if chosen else "skipped",
        duration_s=1.0,
        language="en",
    )


def walks(questionnaire: Questionnaire) -> list[int]:
    return list(every_walk(Path(questionnaire, plan=Plan(), rating=None)))


@given(questionnaires())
@settings(max_examples=80, deadline=None)
def test_the_longest_way_is_the_longest_walk(questionnaire: Questionnaire) -> None:
    way = longest_way(questionnaire, enough=99)
    assert way is not None
    assert len(way) == max(walks(questionnaire))
    assert len(way) <= most_screens(questionnaire)


@given(questionnaires())
@settings(max_examples=80, deadline=None)
def test_nobody_meets_more_screens_than_a_till_takes(questionnaire: Questionnaire) -> None:
    if not found(questionnaire):
        assert max(walks(questionnaire)) <= 3


@given(questionnaires())
def test_what_leads_onwards_only_has_no_circle(questionnaire: Questionnaire) -> None:
    assert circle(routes(questionnaire)) == ()
