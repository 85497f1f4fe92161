"""What a customer left, from their answers and what they wrote."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.feedback.leaving import Left
from tests.feedback.forms import ABOUT, FCR, KIND, PERSON, REPLY, WORDS, Way

WHOLE = (KIND, ABOUT, PERSON, WORDS, REPLY)


def test_all_that_was_said_becomes_one_piece() -> None:
    way = Way(*WHOLE).choose("complaint").choose("price", "staff").choose("not_about_person")
    way.write("Too dear.").write("ann@example.com")

    assert way.left == Left(
        about="complaint",
        language="en",
        factors=("staff", "price"),
        text="Too dear.",
        contact="ann@example.com",
        wants_reply=True,
        not_about_person=True,
    )


def test_who_says_only_what_it_is_has_left_that() -> None:
    left = Way(*WHOLE).choose("praise").left

    assert left == Left(about="praise", language="en")


def test_words_that_nobody_named_are_a_comment() -> None:
    for way in (Way(WORDS), Way(KIND, WORDS).skip()):
        left = way.write("Fine.").left
        assert left is not None
        assert (left.about, left.text) == ("comment", "Fine.")


def test_nothing_said_is_nothing_left() -> None:
    assert Way(*WHOLE).left is None
    assert Way(*WHOLE).skip().choose("price").skip().skip().skip().left is None


def test_a_questionnaire_that_asks_for_no_words_leaves_none() -> None:
    assert Way(KIND, FCR).choose("complaint").choose("no").left is None


def test_no_wish_for_a_reply_without_a_contact() -> None:
    left = Way(WORDS, REPLY).write("Fine.").skip().left

    assert left is not None
    assert (left.wants_reply, left.contact) == (False, "")


def test_a_text_that_was_skipped_the_second_time_is_taken_back() -> None:
    way = Way(KIND, WORDS, FCR).choose("question").write("Why?").back().skip()

    assert way.left == Left(about="question", language="en")


def test_a_text_that_was_only_looked_at_again_stands_when_the_customer_goes() -> None:
    way = Way(KIND, WORDS, FCR).choose("question").write("Why?").back()
    way.session.end("timeout", at_s=2)

    left = way.left
    assert left is not None
    assert left.text == "Why?"


def test_the_last_of_two_texts_to_one_question_holds() -> None:
    left = Way(WORDS, FCR).write("first").back().write("second").left

    assert left is not None
    assert left.text == "second"


def test_several_texts_stand_below_one_another() -> None:
    left = Way(WORDS, WORDS | {"id": "more"}).write("first").write("second").left

    assert left is not None
    assert left.text == "first\nsecond"


def test_words_stay_out_of_every_repr() -> None:
    way = Way(*WHOLE).choose("praise").choose("price").skip().write("secret")

    assert "secret" not in repr(way.draft) + repr(way.left)


@given(steps=st.lists(st.sampled_from(["write", "skip", "back"]), max_size=12))
def test_what_is_left_is_what_the_answers_say(steps: list[str]) -> None:
    way = Way(WORDS, WORDS | {"id": "more"}, REPLY)
    for number, step in enumerate(steps):
        if way.session.screen is None:
            break
        if step == "write":
            way.write(str(number))
        elif step == "skip":
            way.skip()
        elif way.session.answers:
            way.back()
    answered = {a.question for a in way.session.answers if a.ended == "answered"}

    left = way.left
    assert (left is None) == (not answered)
    if left is not None:
        assert len(left.text.split()) == len(answered & {"words", "more"})
        assert left.wants_reply == ("reply" in answered)
