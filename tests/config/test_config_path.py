"""From pydantic's place of an error to the key in the file."""

from __future__ import annotations

import pytest

from agent.config.path import members_of, models_in, spot_of
from agent.config.problem import KeyPath, dotted
from agent.config.schema import KioskSettings
from agent.survey.conditions import Condition
from agent.survey.questionnaire import Questionnaire


@pytest.mark.parametrize(
    ("loc", "key", "section"),
    [
        (("id",), "id", "Questionnaire"),
        (("schedule", "days", 0), "schedule.days[0]", "Schedule"),
        (("questions", 0, "nps", "subject"), "questions[0].subject", "NpsQuestion"),
        (("questions", 2, "text", "text", "en"), "questions[2].text.en", "TextQuestion"),
        (("questions", 0, "single", "options", 1, "id"), "questions[0].options[1].id", "Option"),
        (
            ("questions", 0, "fcr", "when", "all", "all", 1, "question", "at_least"),
            "questions[0].when.all[1].at_least",
            "OfAnswer",
        ),
        (
            ("questions", 0, "faces", "text", "english", "[key]"),
            "questions[0].text.english",
            "FacesQuestion",
        ),
    ],
)
def test_the_tags_of_kinds_and_forms_are_no_keys(loc: KeyPath, key: str, section: str) -> None:
    spot = spot_of(loc, model=Questionnaire)
    assert dotted(spot.key) == key
    assert spot.section is not None
    assert spot.section.__name__ == section


def test_where_kinds_are_told_apart_they_can_be_listed() -> None:
    spot = spot_of(("questions", 0), model=Questionnaire)
    assert spot.tags[:3] == ("faces", "nps", "ces")
    assert spot_of(("questions",), model=Questionnaire).tags == ()


def test_a_section_that_may_be_absent_is_still_a_section() -> None:
    inside = spot_of(("uplink", "tls"), model=KioskSettings).inside
    assert inside is not None
    assert inside.__name__ == "TlsSettings"


def test_what_is_not_known_leads_nowhere() -> None:
    spot = spot_of(("quux", "x"), model=KioskSettings)
    assert (spot.key, spot.inside, spot.tags) == (("quux", "x"), None, ())


def test_the_forms_of_a_condition_are_told_by_their_keys() -> None:
    assert list(members_of(Condition)) == ["question", "all", "any", "none"]


def test_only_sections_are_found_in_an_annotation() -> None:
    assert [model.__name__ for model in models_in(Condition)][:2] == ["OfAnswer", "AllOf"]
    assert list(models_in(int | None)) == []
