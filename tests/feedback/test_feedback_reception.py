"""Feedback at one kiosk: keys good and bad, what is asked, in which hours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.config.schema import KioskSettings
from agent.events.catalogue import DeviceFault, EventData
from agent.faults import Faults
from agent.feedback.reception import Reception
from agent.survey.catalogue import built_in_catalogue
from agent.survey.facts import RatingFact
from agent.survey.offer import Opening, Sheet
from agent.survey.questionnaire import Questionnaire
from agent.testing import FakeClock
from agent.testing.store import ListStore
from agent.uplink.topics import Topics
from tests.feedback.forms import FCR
from tests.feedback.keys import private_pem, public_pem, written

TOPICS = Topics("acme", "north", "till-1")
DEVICE = {"tenant": "acme", "site": "north", "id": "till-1"}


class Scene:
    """What a kiosk makes of its configuration."""

    def __init__(self, feedback: dict[str, Any], site: dict[str, Any] | None = None) -> None:
        self.kept: list[EventData] = []
        self.reception = Reception(
            KioskSettings.model_validate(
                {"device": DEVICE, "feedback": feedback, "site": site or {}}
            ),
            topics=TOPICS,
            clock=FakeClock(),
            store=ListStore(),
            faults=Faults(self.kept.append),
        )

    def asks(self, *sheets: Sheet) -> list[str]:
        """Walk through what is offered by skipping it; returns the questions."""
        offer = self.reception.offer(sheets, catalogue=built_in_catalogue())
        session = offer.open(Opening("en", at_s=0, rating=RatingFact(1, 5)))
        asked = []
        while session is not None and session.screen is not None:
            asked.append(session.screen.question)
            session.skip(at_s=0)
        return asked

    @property
    def facts(self) -> list[str]:
        return [event.fact for event in self.kept if isinstance(event, DeviceFault)]


def test_with_the_centres_key_words_are_asked_for(tmp_path: Path) -> None:
    scene = Scene({"enabled": True, "public_key": written(tmp_path, public_pem())})

    assert scene.asks() == ["kind", "about", "words"]
    assert (scene.facts, scene.reception.left_out) == ([], frozenset())


def test_a_key_that_cannot_be_used_is_a_fault_and_words_are_left_out(tmp_path: Path) -> None:
    scene = Scene({"enabled": True, "public_key": written(tmp_path, private_pem())})

    assert scene.asks() == ["kind", "about"]
    (fact,) = scene.facts
    assert "is a private key: keep it at the centre" in fact


@pytest.mark.parametrize(
    ("stated", "left_out"),
    [
        ({"plain": True}, set()),
        ({"plain": True, "ask_text": False}, {"text"}),
        ({"plain": True, "ask_contact": False}, {"contact"}),
        ({"ask_text": False, "ask_contact": False}, {"text", "contact"}),
        ({}, {"text", "contact"}),
    ],
)
def test_what_is_not_wanted_or_not_safe_is_left_out(
    stated: dict[str, Any], left_out: set[str]
) -> None:
    assert Scene(stated).reception.left_out == left_out


def test_the_centre_is_heard_where_a_case_can_be_opened() -> None:
    assert list(Scene({"plain": True}).reception.hears) == ["smilepost/v1/acme/north/till-1/cases"]
    assert Scene({}).reception.hears == {}


def test_what_has_a_schedule_is_asked_in_the_opening_hours_and_all_else_at_any_time() -> None:
    closed: dict[str, Any] = {"hours": {"mon": []}}
    facts = {"id": "q", "languages": ["en"], "questions": [FCR]}
    always = Sheet(Questionnaire.model_validate(facts), "v")
    planned = Sheet(Questionnaire.model_validate(facts | {"schedule": {}}), "v")

    assert Scene({}, closed).asks(always) == ["settled"]
    assert Scene({}, closed).asks(planned) == []
    assert Scene({}).asks(planned) == ["settled"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"screen": {"enabled": False}}, "needs a touch screen"),
        ({"screen": {"touch": False}}, "needs a touch screen"),
        (
            {"visit": {"reasons": [{"id": "staff", "label": {"en": "Staff"}}]}},
            "leave the reasons out",
        ),
    ],
)
def test_feedback_where_nobody_could_write_or_beside_other_reasons_is_refused(
    more: dict[str, Any], told: str
) -> None:
    pins = [{"id": f"b{pin}", "pin": pin} for pin in range(2, 7)]
    whole = {
        "device": DEVICE,
        "panel": {"buttons": pins},
        "screen": {"languages": ["en"]},
        "feedback": {"enabled": True, "plain": True},
    }
    with pytest.raises(ValueError, match=told):
        KioskSettings.model_validate(whole | more)
