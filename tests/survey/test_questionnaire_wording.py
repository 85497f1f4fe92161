"""The words of the standard indices are locked; only the subject is the company's."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from agent.errors import ConfigError
from agent.survey.questions import (
    AnyQuestion,
    CesQuestion,
    CsatQuestion,
    FcrQuestion,
    NpsQuestion,
    ServperfQuestion,
    WomiQuestion,
)
from agent.survey.sampling import ITEMS
from agent.survey.screens import DISCOURAGE, RECOMMEND
from agent.survey.wording import Locked, is_locked, languages, locked_words, phrase, wording
from tests.survey.drafts import draft, faces, nps

SUBJECT = dict.fromkeys(("en", "ru", "pl", "de", "ar"), "our shop")
NPS = NpsQuestion(kind="nps", id="q", subject=SUBJECT)
EFFORT = CesQuestion(kind="ces", id="q", variant=1, subject=SUBJECT)
EASE = CesQuestion(kind="ces", id="q", subject=SUBJECT)
CSAT = CsatQuestion(kind="csat", id="q", subject=SUBJECT)
WOMI = WomiQuestion(kind="womi", id="q", subject=SUBJECT)
SERVPERF = ServperfQuestion(kind="servperf", id="q", subject=SUBJECT)
FCR = FcrQuestion(kind="fcr", id="q")
ASKED: list[tuple[Locked, str | None]] = [
    (NPS, None),
    (EFFORT, None),
    (EASE, None),
    (CSAT, None),
    (WOMI, RECOMMEND),
    (WOMI, DISCOURAGE),
    (FCR, None),
    *((SERVPERF, str(number)) for number in range(1, 23)),
]


def test_there_is_wording_in_five_languages() -> None:
    assert languages() == ("ar", "de", "en", "pl", "ru")


def test_nps_is_asked_as_it_was_published() -> None:
    said = phrase(NPS, language="en")
    assert said.text == "How likely are you to recommend our shop to a friend or colleague?"
    assert (said.low, said.high) == ("Not at all likely", "Extremely likely")


def test_a_subject_that_begins_a_sentence_gets_a_capital() -> None:
    said = phrase(EASE, language="en")
    assert said.text == "Our shop made it easy for me to handle my issue."
    assert (said.low, said.high) == ("Strongly disagree", "Strongly agree")


def test_the_two_variants_of_effort_ask_in_opposite_directions() -> None:
    assert phrase(EFFORT, language="en").high == "Very high effort"


def test_womi_asks_two_things_of_one_person() -> None:
    said = {item: phrase(WOMI, language="en", item=item).text for item in (RECOMMEND, DISCOURAGE)}
    assert "recommend our shop" in said[RECOMMEND]
    assert "discourage others from doing business with our shop" in said[DISCOURAGE]


def test_a_statement_of_servperf_follows_whose_service_it_is() -> None:
    said = phrase(SERVPERF, language="en", item="11")
    assert said.text == "Our shop: The staff serve me promptly."


@pytest.mark.parametrize("item", [None, "0", "23", "x", "\u0661"])
def test_servperf_has_22_statements_and_no_other(item: str | None) -> None:
    with pytest.raises(ConfigError, match="its numbers are 1 to 22"):
        phrase(SERVPERF, language="en", item=item)


@pytest.mark.parametrize("language", ["en", "ru", "pl", "de", "ar"])
def test_every_item_of_every_dimension_has_its_own_statement(language: str) -> None:
    numbers = [int(item) for items in ITEMS.values() for item in items]
    statements = wording(language).servperf_items
    assert numbers == list(range(1, len(statements) + 1))
    assert len(set(statements)) == len(statements)


@pytest.mark.parametrize("language", ["en", "ru", "pl", "de", "ar"])
@pytest.mark.parametrize(("question", "item"), ASKED)
def test_every_phrase_is_whole_in_every_language(
    question: Locked, item: str | None, language: str
) -> None:
    said = phrase(question, language=language, item=item)
    assert "{" not in said.text
    assert len(said.text) <= 120
    assert said.low != said.high
    assert isinstance(question, FcrQuestion) or "our shop" in said.text.lower()


def test_a_statement_is_short_enough_for_a_till() -> None:
    assert max(len(one) for code in languages() for one in wording(code).servperf_items) <= 70


def test_a_language_without_wording_is_told_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="`fr`: choose among ar, de, en, pl, ru"):
        wording("fr")


def test_only_standard_questions_are_locked() -> None:
    own, standard = draft(faces("a"), nps("b")).questions
    assert (is_locked(own), is_locked(standard)) == (False, True)


def test_a_standard_question_has_no_words_of_its_own() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        draft(nps("a", text={"en": "Would you recommend us?"}))


@pytest.mark.parametrize(
    ("question", "count"), [(NPS, 3), (WOMI, 6), (SERVPERF, 25), (FCR, 3)], ids=lambda q: str(q)[:4]
)
def test_all_that_a_question_may_show_is_locked(question: AnyQuestion, count: int) -> None:
    assert len(locked_words(question, language="en")) == count


def test_a_question_of_ones_own_has_nothing_locked() -> None:
    (own,) = draft(faces("a")).questions
    assert locked_words(own, language="en") == ()
