"""What a page may say on the screens of a survey, and what the screen shown now offers."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.screen.offers import NOT_OFFERED, trouble
from agent.screen.pages import MessageError
from agent.screen.pages import read as read_message
from agent.screen.parts import MOST_CHARACTERS
from agent.screen.views import (
    FROM_PAGE,
    MAX_MESSAGE,
    Active,
    Back,
    Choice,
    Choices,
    ContactGiven,
    MoreTime,
    View,
    Written,
    plain_text,
)
from tests.screen.samples import KINDS
from tests.screen.scenes import question

CONTACT = {"type": "contact", "revision": 1, "way": "email", "value": "a@b.pl", "consent": True}


def read(message: dict[str, Any]) -> Any:
    return FROM_PAGE.validate_json(json.dumps(message))


def written(text: str, *, revision: int = 1) -> dict[str, Any]:
    return {"type": "written", "revision": revision, "text": text}


def test_a_text_is_read_in_nfc_without_blanks_around_it() -> None:
    said = read(written("  Zażo\u0301łc\u0301 "))
    assert said.text == "Zażółć"


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "\x1b[2J", "\u2028", "\u202eabc", "\x7f", "\t"])
def test_characters_that_hide_or_control_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="control characters"):
        read(written(text))


@pytest.mark.parametrize(
    "text", ["Ąę łódź", "Съешь ещё", "Grüße, ß!", "شكرًا لكم؟", "👍🏽", "a\u200cb"]
)
def test_the_letters_of_every_language_are_read(text: str) -> None:
    assert read(written(text)).text == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "reason"), [("", "at least 1"), ("  ", "empty"), ("x" * 2001, "at most 2000")]
)
def test_a_text_of_no_or_too_many_characters_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        read(written(text))


def test_a_text_that_grows_too_long_in_nfc_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        plain_text("\u0958" * MOST_CHARACTERS)


def test_the_longest_text_fits_a_message_even_of_four_bytes_a_character() -> None:
    message = json.dumps(written("\U0001f642" * MOST_CHARACTERS), ensure_ascii=False)
    assert len(message.encode()) <= MAX_MESSAGE


@given(st.text(max_size=60))
def test_a_text_is_refused_or_kept_but_for_its_form(text: str) -> None:
    try:
        kept = plain_text(text)
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017  either outcome is right
    else:
        assert kept == unicodedata.normalize("NFC", text).strip() == plain_text(kept)


def test_what_a_customer_wrote_is_in_no_repr() -> None:
    name = "Jan Kowalski"
    assert name not in repr(read(written(name)))
    assert name not in repr(read({**CONTACT, "value": name}))


@pytest.mark.parametrize("message", [written("Jan Kowalski\n"), {**CONTACT, "value": ["Jan K"]}])
def test_what_a_customer_wrote_is_in_no_refusal(message: dict[str, Any]) -> None:
    text = aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, json.dumps(message), None)
    with pytest.raises(MessageError) as refused:
        read_message(text)
    assert "Jan" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "changed",
    [
        {"consent": False},
        {"consent": "true"},
        {"consent": None},
        {"way": "fax"},
        {"value": "x" * 255},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_contact_without_consent_or_of_another_shape_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read({**CONTACT, **changed})


@pytest.mark.parametrize(
    "options", [[], ["a", "a"], ["a"] * 13, [""], ["x" * 41], "a", [1]], ids=str
)
def test_a_selection_of_another_shape_is_refused(options: Any) -> None:
    with pytest.raises(ValidationError):
        read({"type": "choices", "revision": 1, "options": options})


@pytest.mark.parametrize("shown_s", [-1, 3601, "8", float("nan")], ids=str)
def test_an_item_cannot_be_shown_for_an_impossible_time(shown_s: Any) -> None:
    report = {"type": "ad_shown", "item": "a.png", "shown_s": shown_s, "ended": "finished"}
    with pytest.raises(ValidationError):
        read(report)


def selection(*options: str) -> Choices:
    return Choices(revision=1, options=options)


def contact(value: str, *, way: Any = "phone") -> ContactGiven:
    return ContactGiven(revision=1, way=way, value=value, consent=True)


def test_a_number_of_the_scale_can_be_chosen_and_no_other() -> None:
    shown = question("nps")
    assert trouble(shown, Choice(revision=1, option="10")) is None
    assert trouble(shown, Choice(revision=1, option="11")) == NOT_OFFERED


def test_several_options_can_be_chosen_up_to_the_most() -> None:
    shown = question("multiple")
    assert trouble(shown, selection("option_0", "option_5", "option_2")) is None
    four = selection("option_0", "option_1", "option_2", "option_3")
    assert trouble(shown, four) == "4 options are chosen: at most 3 can be"
    assert trouble(shown, selection("option_0", "option_9")) == NOT_OFFERED


def test_where_several_can_be_chosen_a_single_choice_is_not_offered() -> None:
    assert trouble(question("multiple"), Choice(revision=1, option="option_0")) == NOT_OFFERED
    assert trouble(question("multiple"), Choice(revision=1, option="skip")) is None


def test_a_text_is_taken_up_to_what_the_question_allows() -> None:
    shown = question("text")
    assert trouble(shown, Written(revision=1, text="x" * 500)) is None
    too_long = trouble(shown, Written(revision=1, text="x" * 501))
    assert too_long == "the text has 501 characters: at most 500 are read"


@pytest.mark.parametrize("value", ["+48 600 123 456", "600123456", "(089) 12-34-56", "112 00"])
def test_a_phone_number_is_taken_as_people_write_it(value: str) -> None:
    assert trouble(question("contact"), contact(value)) is None


@pytest.mark.parametrize("value", ["12", "call me", "+", "1" * 19, "600123456 x"])
def test_what_is_no_phone_number_is_refused(value: str) -> None:
    assert trouble(question("contact"), contact(value)) == "this is no phone that could be answered"


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("ann@example.org", True),
        ("a.b+c@x.y.de", True),
        ("ann", False),
        ("a@b", False),
        ("@", False),
    ],
)
def test_an_address_is_taken_when_it_could_be_one(value: str, *, taken: bool) -> None:
    assert (trouble(question("contact"), contact(value, way="email")) is None) is taken


def test_going_back_is_offered_where_there_is_something_before() -> None:
    assert trouble(question("text"), Back(revision=1)) is None
    assert trouble(question("still_there"), Back(revision=1)) == NOT_OFFERED


def test_more_time_is_offered_by_the_warning_alone() -> None:
    taken = [kind for kind in KINDS if trouble(question(kind), MoreTime(revision=1)) is None]
    assert taken == ["still_there"]


SAID = (
    Choice(revision=1, option="x"),
    selection("option_0"),
    Written(revision=1, text="x"),
    contact("600123456"),
    Back(revision=1),
    Active(revision=1),
)


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.type)
def test_nothing_is_taken_for_a_view_that_is_not_shown(said: Any) -> None:
    assert trouble(question("text", revision=2), said) == "revision 1 is not shown: 2 is"


@given(kind=st.sampled_from(KINDS), said=st.sampled_from(SAID[1:4]))
def test_an_answer_is_taken_by_the_kind_of_screen_that_asked(kind: str, said: Any) -> None:
    wanted = {"choices": "multiple", "written": "text", "contact": "contact"}[said.type]
    assert (trouble(question(kind), said) is None) == (kind == wanted)


def test_no_view_has_room_for_what_a_customer_wrote() -> None:
    names = set(View.model_fields)
    assert not names & {"text", "value", "draft", "written"}
