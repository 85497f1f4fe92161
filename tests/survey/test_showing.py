"""What the page is asked to show at each step of a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from agent.screen.asked import (
    Asked,
    ChoiceAsked,
    ContactAsked,
    MultipleAsked,
    ScaleAsked,
    TextAsked,
)
from agent.screen.compose import compose
from agent.screen.frame import Frame
from agent.screen.settings import LanguageCode, ScreenSettings
from agent.survey.catalogue import built_in_catalogue
from agent.survey.loading import load_questionnaire
from agent.survey.path import Plan
from agent.survey.questionnaire import Questionnaire
from agent.survey.screens import Screen
from agent.survey.session import Session
from agent.survey.showing import Words, asked

EXAMPLES = sorted(Path("config/questionnaires").glob("*.yaml"))
LANGUAGES = get_args(LanguageCode)


def words(*questions: dict[str, Any], language: str = "en") -> Words:
    facts = {"id": "q", "languages": ["en", "pl"], "place": "lounge", "questions": questions}
    return Words(Questionnaire.model_validate(facts), built_in_catalogue(), language)


def begun(words: Words, **facts: Any) -> Session:
    return Session(words.questionnaire, version="v", language=words.language, opened_s=0.0, **facts)


def first(*questions: dict[str, Any], language: str = "en", plan: Plan | None = None) -> Asked:
    said = words(*questions, language=language)
    screen = begun(said, plan=plan).screen
    assert screen is not None
    return asked(screen, words=said)


NPS = {"id": "recommend", "kind": "nps", "subject": {"en": "our shop", "pl": "nasz sklep"}}
FCR = {"id": "settled", "kind": "fcr"}


def test_a_standard_scale_comes_in_its_locked_words_about_the_subject() -> None:
    found = first(NPS)
    assert isinstance(found, ScaleAsked)
    assert (found.first, found.last) == (0, 10)
    assert "our shop" in found.title
    assert found.low
    assert found.high
    polish = first(NPS, language="pl")
    assert isinstance(polish, ScaleAsked)
    assert "nasz sklep" in polish.title


def test_yes_and_no_are_two_keys_with_their_words() -> None:
    found = first(FCR)
    assert isinstance(found, ChoiceAsked)
    assert [(o.id, o.label) for o in found.options] == [("yes", "Yes"), ("no", "No")]


def test_a_factor_brings_its_label_and_its_drawing() -> None:
    factor = built_in_catalogue().factors[0]
    found = first(
        {
            "id": "why",
            "kind": "multiple",
            "text": {"en": "What was it?", "pl": "Co?"},
            "factors": [factor.id, built_in_catalogue().factors[1].id],
            "most": 1,
        },
        language="pl",
    )
    assert isinstance(found, MultipleAsked)
    assert (found.title, found.most) == ("Co?", 1)
    shown = found.options[0]
    assert (shown.id, shown.label, shown.icon) == (factor.id, factor.label["pl"], factor.icon)


def test_text_and_contact_say_how_much_and_what_is_agreed_to() -> None:
    said = {"en": "Tell us more", "pl": "Powiedz"}
    text = first({"id": "more", "kind": "text", "text": said, "most_characters": 80})
    assert isinstance(text, TextAsked)
    assert text.most_characters == 80
    consent = {"en": "You may call me.", "pl": "Zgoda."}
    reach = first(
        {"id": "reach", "kind": "contact", "text": said, "consent": consent, "by": ["phone"]}
    )
    assert isinstance(reach, ContactAsked)
    assert (reach.consent, reach.by) == ("You may call me.", ("phone",))


def test_both_items_of_a_pair_are_questions_of_their_own() -> None:
    said = words({"id": "talk", "kind": "womi", "subject": {"en": "our shop", "pl": "sklep"}})
    session = begun(said)
    titles, topics = [], []
    while (screen := session.screen) is not None:
        shown = asked(screen, words=said)
        assert isinstance(shown, ScaleAsked)
        titles.append(shown.title)
        topics.append(shown.place.topic)
        session.answer(("9",), at_s=1.0, channel="touch")
    assert len(set(titles)) == len(set(topics)) == 2


def test_steps_are_counted_where_every_customer_gets_the_same() -> None:
    said = words(NPS, FCR)
    session = begun(said)
    places = []
    while (screen := session.screen) is not None:
        places.append(asked(screen, words=said).place)  # type: ignore[union-attr]
        session.skip(at_s=1.0)
    assert [(place.step, place.steps, place.back) for place in places] == [
        (1, 2, False),
        (2, 2, True),
    ]


@pytest.mark.parametrize(
    "questions",
    [
        (NPS,),
        (NPS, FCR | {"when": {"question": "recommend", "at_most": 6}}),
        (NPS | {"next": "end"}, FCR),
        (NPS | {"sampling": {"share": 0.5}}, FCR),
    ],
    ids=["one", "condition", "jump", "lot"],
)
def test_steps_are_not_counted_where_nobody_knows_them(
    questions: tuple[dict[str, Any], ...],
) -> None:
    said = words(*questions)
    screen = begun(said).screen
    assert screen is not None
    place = asked(screen, words=said).place  # type: ignore[union-attr]
    assert (place.step, place.steps) == (None, None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_every_screen_of_the_examples_fits_the_page(path: Path, language: LanguageCode) -> None:
    questionnaire = load_questionnaire(path).questionnaire
    said = Words(questionnaire, built_in_catalogue(), language)
    frame = Frame(revision=1, language=language, screen=ScreenSettings(languages=LANGUAGES))
    items = {q.id: ("1", "22")[: q.items] for q in questionnaire.questions if q.kind == "servperf"}
    session = begun(said, plan=Plan(items=items))
    seen: list[Screen] = []
    while (screen := session.screen) is not None:
        view = compose(asked(screen, words=said), frame)
        assert view.title
        assert tuple(option.id for option in view.options) == screen.options
        seen.append(screen)
        session.skip(at_s=1.0)
    assert seen
