"""Questionnaires for tests: short ways to write them, and random ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from agent.survey.questionnaire import Questionnaire

SUBJECT = {"en": "our shop", "de": "unser Laden"}
TEXT = {"en": "What was it?", "de": "Was war es?"}
CONSENT = {"en": "You may call me.", "de": "Sie dürfen mich anrufen."}
IDS = ("a", "b", "c", "d", "e", "f")


def questionnaire(*questions: dict[str, Any], **fields: Any) -> Questionnaire:
    """Return a questionnaire of `questions` in English and German."""
    form = {"id": "form", "languages": ["en", "de"], "place": "lounge", "questions": questions}
    return Questionnaire.model_validate(form | fields)


def ask(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    """Return a question of `kind` called `name`."""
    words = {"subject": SUBJECT} if kind in SUBJECTS else {"text": TEXT}
    needed = {"contact": {"consent": CONSENT}, "fcr": {}}.get(kind, {})
    return {"id": name, "kind": kind} | ({} if kind == "fcr" else words) | needed | fields


SUBJECTS = {"nps", "ces", "csat", "womi", "servperf"}


def options(*names: str, **branches: str | None) -> list[dict[str, Any]]:
    """Return options; `branches` say where a choice leads."""
    return [
        {"id": name, "label": {"en": name, "de": name}, "next": branches.get(name)}
        for name in (*names, *branches)
    ]


def _condition(earlier: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    about = st.sampled_from([*earlier, "rating"])
    of_answer = st.one_of(
        st.builds(lambda q, on: {"question": q, "answered": on}, about, st.booleans()),
        st.builds(lambda q, n: {"question": q, "at_least": n}, about, st.integers(0, 10)),
        st.builds(lambda q, n: {"question": q, "at_most": n}, about, st.integers(0, 10)),
        st.builds(lambda q: {"question": q, "has": ["x", "yes"]}, about),
        st.builds(lambda q: {"question": q, "sentiment": "dissatisfied"}, about),
    )
    joined = st.builds(
        lambda how, parts: {how: parts},
        st.sampled_from(["all", "any", "none"]),
        st.lists(of_answer, min_size=1, max_size=2),
    )
    return of_answer | joined


@st.composite
def _question(draw: st.DrawFn, name: str, names: list[str]) -> dict[str, Any]:
    kinds = [*sorted(SUBJECTS), "faces", "fcr", "single", "multiple", "text", "contact"]
    kind = draw(st.sampled_from(kinds))
    target = st.none() | st.sampled_from([*names, "end"])
    fields: dict[str, Any] = {"next": draw(target)}
    if kind in {"single", "multiple"}:
        branches = {option: draw(target) for option in ("x", "y", "z")}
        fields["options"] = options(**branches)
    if kind == "multiple":
        fields["most"] = draw(st.none() | st.integers(1, 3))
    if kind == "servperf":
        fields["items"] = draw(st.sampled_from([1, 2]))
    earlier = names[: names.index(name)]
    fields["when"] = draw(st.none() | _condition(earlier))
    return ask(kind, name, **fields)


@st.composite
def questionnaires(draw: st.DrawFn, *, discreet: bool | None = None) -> Questionnaire:
    """Return any questionnaire of up to six questions, also ones that no check would let pass."""
    names = list(IDS[: draw(st.integers(1, len(IDS)))])
    asked = [draw(_question(name, names)) for name in names]
    hush = draw(st.booleans()) if discreet is None else discreet
    hurry = draw(st.sampled_from(["first", "all"]))
    return questionnaire(*asked, discreet=hush, while_waiting=hurry)
