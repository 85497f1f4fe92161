"""A day on which customers were asked every kind of question, and what it was in words."""

from __future__ import annotations

import random
from typing import Any

from agent.report.asked import Asked, known_of
from agent.survey.catalogue import built_in_catalogue
from agent.survey.loading import version_of
from agent.survey.offer import Sheet
from agent.survey.questionnaire import Questionnaire
from tests.report.shop import Shop, at, busy_day

SUBJECT = {
    "en": "our shop",
    "de": "unser Geschäft",
    "pl": "nasz sklep",
    "ru": "наш магазин",
    "ar": "متجرنا",
}
OWN = {
    "en": "What should we do better?",
    "de": "Was sollen wir besser machen?",
    "pl": "Co powinniśmy poprawić?",
    "ru": "Что нам улучшить?",
    "ar": "ماذا ينبغي أن نحسّن؟",
}
PARKING = {"en": "Parking", "de": "Parkplätze", "pl": "Parking", "ru": "Парковка", "ar": "المواقف"}


def questionnaire(*questions: dict[str, Any], **more: Any) -> Questionnaire:
    content = {"id": "visit", "languages": list(SUBJECT), "entry": "start", "place": "lounge"}
    return Questionnaire.model_validate(content | more | {"questions": list(questions)})


def standard(kind: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "id": name or kind, "subject": SUBJECT} | more


EVERY = questionnaire(
    standard("nps", "recommend"),
    standard("csat"),
    standard("ces", "effort"),
    standard("ces", "old_effort", variant=1),
    standard("womi"),
    standard("servperf", "service"),
    {"kind": "fcr", "id": "settled"},
    {"kind": "faces", "id": "mood", "text": OWN},
    {
        "kind": "single",
        "id": "better",
        "text": OWN,
        "options": [
            {"id": "parking", "label": PARKING},
            {"id": "opening", "label": dict.fromkeys(SUBJECT, "08:00")},
        ],
    },
    {"kind": "multiple", "id": "topics", "text": OWN, "factors": ["waiting_time", "price"]},
)


def sheet(of: Questionnaire) -> Sheet:
    return Sheet(of, version_of(of, catalogue=built_in_catalogue()))


def words_of(*questionnaires: Questionnaire) -> Asked:
    catalogue = built_in_catalogue()
    return known_of((sheet(found), catalogue) for found in questionnaires)


class Survey:
    """Answers to one questionnaire, one customer after the other."""

    def __init__(self, shop: Shop, of: Questionnaire = EVERY) -> None:
        self.shop = shop
        self.sheet = sheet(of)
        self.now_ms = at("09:00")

    def answer(
        self,
        question: str,
        value: int | None = None,
        *options: str,
        session: str | None = None,
        **more: Any,
    ) -> str:
        self.now_ms += 20_000
        given = {"question": question, "version": self.sheet.version}
        chosen = (str(value),) if value is not None else options
        return self.shop.answer(
            more.pop("rating", None),
            self.now_ms,
            *chosen,
            session=session,
            questionnaire=self.sheet.questionnaire.id,
            value=value,
            **given,
            **more,
        )


def surveyed_day(*, seed: int = 5) -> Shop:
    """A busy day on which sixty customers answered everything, and some said more."""
    draw, shop = random.Random(seed), busy_day()
    survey = Survey(shop)
    for number in range(60):
        _customer(survey, draw, f"s{number}")
    for item in range(1, 23):
        for _ in range(3):
            survey.answer("service", draw.choice([4, 5, 6, 7]), item=str(item))
    survey.answer("recommend", ended="walked_away")
    played = shop.press(1, at("11:00"), flags=("play",))
    for about in ("complaint", "complaint", "praise", "suggestion"):
        shop.feedback(at("11:05"), about)
    shop.feedback(at("11:06"), "complaint", rating=played)
    return shop


def _customer(survey: Survey, draw: random.Random, session: str) -> None:
    survey.answer("recommend", draw.choice([3, 6, 7, 8, 9, 9, 10]), session=session)
    survey.answer("csat", draw.choice([2, 3, 4, 5, 5]), session=session)
    survey.answer("effort", draw.choice([3, 5, 6, 7]), session=session)
    survey.answer("old_effort", draw.choice([1, 2, 2, 4]), session=session)
    survey.answer("womi", draw.choice([4, 8, 9, 10]), session=session, item="recommend")
    survey.answer("womi", draw.choice([1, 1, 2, 9]), session=session, item="discourage")
    survey.answer("settled", None, draw.choice(["yes", "yes", "no"]), session=session)
    survey.answer("mood", draw.choice([1, 3, 4, 5]), session=session)
    survey.answer("better", None, draw.choice(["parking", "opening"]), session=session)
    survey.answer("topics", None, "waiting_time", "price", session=session)
