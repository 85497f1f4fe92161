"""Every text exists in every language, is one plain line, and is what the file says."""

from __future__ import annotations

from typing import Any

import pytest

from agent.survey.catalogue import Catalogue
from agent.survey.questions import ContactQuestion, FacesQuestion
from agent.survey.said import kiosk_findings
from tests.survey.drafts import choice, draft, faces, fcr, found, nps, option

ARABIC = "كيف كانت زيارتك؟"


def test_a_question_without_a_language_is_told_where_its_texts_are() -> None:
    told = found(draft(faces("a"), languages=["en", "de", "pl"]))
    assert told == {
        "questions[0].text": "questions[0].text is missing in de, pl: add it",
    }


def test_a_subject_without_a_language_is_told() -> None:
    assert "questions[0].subject" in found(draft(nps("a"), languages=["en", "de"]))


def test_a_text_in_a_language_that_nobody_named_is_told() -> None:
    told = found(draft(faces("a", text={"en": "How was it?", "uk": "Як?"})))
    assert told == {
        "questions[0].text.uk": (
            "questions[0].text.uk: `languages` does not name it: add it there, or take the text out"
        )
    }


def test_a_text_that_is_ready_for_another_language_of_the_screen_is_no_mistake() -> None:
    assert found(draft(faces("a", text={"en": "How was it?", "de": "Wie war es?"}))) == {}


def test_an_option_without_a_language_is_told() -> None:
    german: dict[str, Any] = {"text": {"en": "Which?", "de": "Was?"}}
    told = found(draft(choice("a", "x", "y", **german), languages=["en", "de"]))
    assert set(told) == {"questions[0].options[0].label", "questions[0].options[1].label"}


def test_a_consent_without_a_language_is_told() -> None:
    contact = {
        "id": "a",
        "kind": "contact",
        "text": {"en": "Reply?", "ar": ARABIC},
        "consent": {"en": "I agree."},
    }
    assert set(found(draft(contact, languages=["en", "ar"]))) == {"questions[0].consent"}


def test_a_factor_without_a_label_in_a_language_is_told_at_the_question() -> None:
    catalogue = Catalogue.model_validate(
        {
            "factors": [
                {"id": name, "icon": "box", "owner": "floor", "label": {"en": name}}
                for name in ("staff", "price")
            ]
        }
    )
    both: dict[str, Any] = {"text": {"en": "Which?", "de": "Was?"}}
    question = choice("a", factors=["staff", "price"], **both)
    told = found(draft(question, languages=["en", "de"]), catalogue=catalogue)
    assert told["questions[0].factors[1]"] == (
        "the catalogue has no label of `price` in de: add it there"
    )


def test_a_language_without_locked_wording_is_told_with_those_there_are() -> None:
    question = {"id": "a", "kind": "nps", "subject": {"en": "us", "fr": "nous"}}
    assert found(draft(question, languages=["en", "fr"])) == {
        "languages[1]": (
            "languages: there is no wording of nps in `fr`: choose among ar, de, en, pl, ru"
        )
    }


def test_a_language_without_locked_wording_is_good_for_questions_of_ones_own() -> None:
    own = faces("a", text={"en": "How was it?", "fr": "Ça va ?"})
    assert found(draft(own, languages=["en", "fr"])) == {}


@pytest.mark.parametrize("hidden", ["\n", "\x07", "\u202e", "\u2067"])
def test_line_breaks_and_marks_that_turn_the_writing_are_refused(hidden: str) -> None:
    told = found(draft(faces("a", text={"en": f"How was{hidden}it?"})))
    assert "write one plain line" in told["questions[0].text.en"]


def test_arabic_stays_in_the_order_of_reading() -> None:
    (question,) = draft(faces("a", text={"en": "x", "ar": ARABIC})).questions
    assert isinstance(question, FacesQuestion)
    assert question.text["ar"] == ARABIC


def test_marks_that_join_or_part_letters_are_kept() -> None:
    assert found(draft(faces("a", text={"en": "\u0645\u06cc\u200c\u062e\u0648"}))) == {}


@pytest.mark.parametrize("letter", ["a", "ż", "щ", "ع", "😀"])
def test_lengths_count_characters_not_bytes(letter: str) -> None:
    (question,) = draft(faces("a", text={"en": letter * 120})).questions
    assert isinstance(question, FacesQuestion)
    assert question.text["en"] == letter * 120
    with pytest.raises(ValueError, match="at most 120"):
        draft(faces("a", text={"en": letter * 121}))


def test_a_language_named_twice_is_told() -> None:
    assert found(draft(fcr("a"), languages=["en", "en"])) == {
        "languages[1]": "languages: `en` stands twice: remove one"
    }


def test_the_languages_of_the_screen_must_be_among_its_own() -> None:
    questionnaire = draft(fcr("a"), languages=["en", "de"])
    assert list(kiosk_findings(questionnaire, languages=["en"])) == []
    [(key, words)] = kiosk_findings(questionnaire, languages=["en", "pl", "ru"])
    assert key == ("languages",)
    assert words.startswith("languages: the screen also has pl, ru: add the texts")


def test_a_choice_needs_options_or_factors() -> None:
    told = found(draft(choice("a")))
    assert "has 0 to choose from: give it 2 or more" in told["questions[0].options"]


def test_a_choice_of_one_is_none() -> None:
    assert "has 1 to choose from" in found(draft(choice("a", "x")))["questions[0].options"]
    told = found(draft(choice("a", factors=["staff"])))
    assert "has 1 to choose from" in told["questions[0].factors"]


def test_a_choice_cannot_have_both_options_and_factors() -> None:
    told = found(draft(choice("a", "x", "y", factors=["staff", "price"])))
    assert told == {
        "questions[0]": "question `a` has both `options` and `factors`: keep one of them"
    }


def test_two_options_of_one_name_are_told_at_the_second() -> None:
    told = found(draft(choice("a", "x", option("x", next="end"))))
    assert "two options `x`" in told["questions[0].options[1].id"]


def test_more_choices_than_there_are_cannot_be_allowed() -> None:
    told = found(draft(choice("a", "x", "y", kind="multiple", most=3)))
    assert told == {"questions[0].most": "question `a`: most is 3, but there are 2 to choose from"}


def test_an_unknown_factor_gets_its_likely_meaning() -> None:
    told = found(draft(choice("a", factors=["staf", "price"])))
    assert told == {
        "questions[0].factors[0]": (
            "question `a`: the catalogue has no factor `staf`: did you mean `staff`?"
        )
    }


def test_a_factor_named_twice_is_told() -> None:
    told = found(draft(choice("a", factors=["staff", "staff"])))
    assert told == {"questions[0].factors[1]": "factors: `staff` stands twice: remove one"}


def test_ways_of_contact_named_twice_are_told() -> None:
    contact = {
        "id": "a",
        "kind": "contact",
        "text": {"en": "Reply?"},
        "consent": {"en": "I agree."},
        "by": ["phone", "phone"],
    }
    questionnaire = draft(contact)
    assert isinstance(questionnaire.questions[0], ContactQuestion)
    assert set(found(questionnaire)) == {"questions[0].by[1]"}


def test_a_schedule_that_ends_before_it_begins_is_told() -> None:
    schedule = {"first_day": "2026-05-02", "last_day": "2026-05-01"}
    assert found(draft(fcr("a"), schedule=schedule)) == {
        "schedule.last_day": "schedule.last_day is before first_day: it would never be asked"
    }
    assert found(draft(fcr("a"), schedule={**schedule, "last_day": "2026-05-02"})) == {}
