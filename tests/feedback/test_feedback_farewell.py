"""What the thanks say to who left something, in every language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from agent.feedback.farewell import Told, farewell
from agent.feedback.settings import FeedbackSettings
from agent.screen.asked import QrCode
from agent.screen.compose import compose
from agent.screen.frame import Frame
from agent.screen.settings import ScreenSettings

LANGUAGES = ("en", "ru", "pl", "de", "ar")
CASE = "KE55X2RF7R"
SUNDAY = datetime(2026, 11, 29, 9, 5)  # noqa: DTZ001 - as the site's clocks show it
LONGEST = datetime(2026, 9, 30, 23, 59)  # noqa: DTZ001 - a Wednesday in September


def settings(**stated: Any) -> FeedbackSettings:
    return FeedbackSettings.model_validate(stated)


def test_a_case_is_shown_in_two_groups() -> None:
    assert farewell(Told(case=CASE, language="en"), settings=settings()).case == "KE55X-2RF7R"


@pytest.mark.parametrize(
    ("language", "promise"),
    [
        ("en", "You will have our answer by Sunday, 29 November, 09:05."),
        ("ru", "Мы ответим не позднее этого срока: воскресенье, 29 ноября, 09:05."),
        ("pl", "Odpowiemy najpóźniej: niedziela, 29 listopada, 09:05."),
        ("de", "Sie erhalten unsere Antwort bis Sonntag, 29. November, 09:05 Uhr."),
        ("ar", "ستصلك إجابتنا في موعد أقصاه الأحد 29 نوفمبر، 09:05."),
    ],
)
def test_the_reply_is_promised_in_words(language: str, promise: str) -> None:
    told = Told(case=CASE, language=language, promised_by=SUNDAY)

    assert farewell(told, settings=settings()).promise == promise


def test_while_closed_they_say_when_somebody_will_read_it() -> None:
    told = Told(case=CASE, language="en", opens_at=SUNDAY)
    shown = farewell(told, settings=settings())

    assert shown.note == (
        "We are closed now. Your message will be read from Sunday, 29 November, 09:05 on."
    )
    assert farewell(Told(case=CASE, language="en"), settings=settings()).note == ""


def test_other_ways_and_questions_come_in_the_customers_language() -> None:
    shown = farewell(
        Told(case=CASE, language="de"),
        settings=settings(
            channels=[{"label": {"en": "Telephone", "de": "Telefon"}, "value": "110"}],
            faq=[{"question": {"de": "Sonntags?"}, "answer": {"de": "Geschlossen."}}],
        ),
    )

    assert (shown.channels, shown.questions) == (("Telefon: 110",), ("Sonntags? Geschlossen.",))


def test_a_number_in_an_arabic_line_keeps_its_order() -> None:
    stated = settings(channels=[{"label": {"ar": "هاتف"}, "value": "+49 30 123456"}])

    (line,) = farewell(Told(case=CASE, language="ar"), settings=stated).channels
    assert line == "هاتف: \u2068+49 30 123456\u2069"


def test_what_lacks_the_language_is_said_in_another() -> None:
    stated = settings(channels=[{"label": {"pl": "Telefon"}, "value": "110"}])

    assert farewell(Told(case=CASE, language="ar"), settings=stated).channels == (
        "Telefon: \u2068110\u2069",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_at_its_longest_can_be_shown(language: str) -> None:
    line, label = {language: "x" * 78}, {language: "y" * 36}
    told = Told(
        case=CASE,
        language=language,
        promised_by=LONGEST,
        opens_at=LONGEST,
        code=QrCode(path="M0 0h1v1h-1z", modules=45),
    )
    parting = farewell(
        told,
        settings=settings(
            channels=[{"label": label, "value": "z" * 120}] * 4,
            faq=[{"question": line, "answer": line}] * 6,
        ),
    )
    view = compose(parting, Frame(revision=1, language=language, screen=ScreenSettings()))

    assert view.farewell is not None
    assert [len(card.lines) for card in view.farewell.cards] == [3, 3]
    assert view.hint == parting.note


@pytest.mark.parametrize(
    "stated",
    [
        {"channels": [{"label": {"en": "y" * 60}, "value": "z" * 120}]},
        {"faq": [{"question": {"en": "x" * 80}, "answer": {"en": "x" * 80}}]},
    ],
)
def test_a_line_too_long_for_the_screen_is_refused_when_it_is_configured(
    stated: dict[str, Any],
) -> None:
    with pytest.raises(ValueError, match="158 fit on the screen"):
        settings(**stated)
