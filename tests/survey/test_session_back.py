"""Going back in a session: nothing is lost by it."""

from __future__ import annotations

from agent.survey.session import Session
from tests.survey.forms import ask, options, questionnaire

BRANCHING = questionnaire(
    ask("single", "way", options=options(long="one", short="last")),
    ask("fcr", "one"),
    ask("fcr", "two", next="last"),
    ask("fcr", "last"),
)


def at_second_question() -> Session:
    session = Session(BRANCHING, version="v1", language="en", opened_s=0.0)
    session.answer(["long"], at_s=4.0, channel="touch")
    return session


def told(session: Session) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(a.question, a.ended, a.options) for a in session.answers]


def test_back_shows_the_question_before_with_its_answer() -> None:
    session = at_second_question()

    assert session.former is None
    assert session.back(at_s=5.0)
    assert session.screen is not None
    assert (session.screen.question, session.screen.position) == ("way", 1)
    assert session.former is not None
    assert session.former.options == ("long",)
    assert session.answers == ()


def test_there_is_no_way_back_from_the_first_question() -> None:
    session = Session(BRANCHING, version="v1", language="en", opened_s=0.0)

    assert not session.back(at_s=1.0)
    assert session.screen is not None
    assert session.screen.question == "way"


def test_a_new_answer_takes_the_place_of_the_former() -> None:
    session = at_second_question()
    session.back(at_s=5.0)
    session.answer(["short"], at_s=6.0, channel="touch")
    session.end("timeout", at_s=36.0)

    assert told(session) == [("way", "answered", ("short",)), ("last", "timeout", ())]


def test_a_skip_takes_the_answer_back() -> None:
    session = at_second_question()
    session.back(at_s=5.0)
    session.skip(at_s=6.0)

    assert told(session) == [("way", "skipped", ())]
    assert session.former is None


def test_who_only_looks_back_and_leaves_has_answered() -> None:
    session = at_second_question()
    session.answer(["yes"], at_s=6.0, channel="touch")
    session.back(at_s=8.0)
    session.back(at_s=9.0)
    session.end("walked_away", at_s=20.0)

    assert told(session) == [
        ("way", "answered", ("long",)),
        ("one", "answered", ("yes",)),
        ("two", "walked_away", ()),
    ]
    assert [answer.position for answer in session.answers] == [1, 2, 3]


def test_former_answers_stand_only_where_the_path_still_leads() -> None:
    session = at_second_question()
    session.answer(["yes"], at_s=6.0, channel="touch")
    session.back(at_s=8.0)
    session.back(at_s=9.0)
    session.answer(["short"], at_s=10.0, channel="touch")
    session.end("timeout", at_s=40.0)

    assert told(session) == [("way", "answered", ("short",)), ("last", "timeout", ())]


def test_what_was_not_shown_is_no_answer_even_after_going_back() -> None:
    form = questionnaire(
        ask("single", "way", options=options("a", "b")),
        ask("fcr", "both"),
        ask("fcr", "only-a", when={"question": "way", "has": ["a"]}),
        ask("fcr", "only-b", when={"question": "way", "has": ["b"]}),
    )
    session = Session(form, version="v1", language="en", opened_s=0.0)
    session.answer(["a"], at_s=1.0, channel="touch")
    session.answer(["yes"], at_s=2.0, channel="touch")
    session.back(at_s=3.0)
    session.back(at_s=4.0)
    session.answer(["b"], at_s=5.0, channel="touch")
    session.end("timeout", at_s=35.0)

    assert told(session) == [("way", "answered", ("b",)), ("both", "answered", ("yes",))]


def test_a_former_answer_stands_at_the_position_it_has_now() -> None:
    way = ask("single", "way", options=options(long="one", short="last"))
    form = questionnaire(way, ask("fcr", "one"), ask("fcr", "last"), ask("fcr", "behind"))
    session = Session(form, version="v1", language="en", opened_s=0.0)
    for second, choice in enumerate(("long", "yes", "no"), start=1):
        session.answer([choice], at_s=second, channel="touch")
    while session.back(at_s=4.0):
        pass
    session.answer(["short"], at_s=5.0, channel="touch")
    session.end("interrupted", at_s=6.0)

    assert told(session) == [
        ("way", "answered", ("short",)),
        ("last", "answered", ("no",)),
        ("behind", "interrupted", ()),
    ]
    assert [answer.position for answer in session.answers] == [1, 2, 3]


def test_durations_are_of_all_the_time_a_question_was_shown() -> None:
    session = at_second_question()  # way: 4 s
    session.back(at_s=7.0)  # one: 3 s
    session.answer(["long"], at_s=9.0, channel="touch")  # way: 2 s more
    session.answer(["yes"], at_s=10.0, channel="touch")  # one: 1 s more

    assert [answer.duration_s for answer in session.answers] == [6.0, 4.0]


def test_who_went_back_while_somebody_began_to_wait_leaves_no_question_without_an_end() -> None:
    session = at_second_question()
    session.back(at_s=6.0)
    session.waiting = True
    session.answer(["long"], at_s=7.0, channel="touch")

    assert session.ending == "waiting"
    assert told(session) == [("way", "answered", ("long",)), ("one", "interrupted", ())]


def test_an_answer_that_was_gone_back_over_stands_when_somebody_waits() -> None:
    session = at_second_question()
    session.answer(["yes"], at_s=5.0, channel="touch")
    session.back(at_s=6.0)
    session.back(at_s=7.0)
    session.waiting = True
    session.answer(["long"], at_s=8.0, channel="touch")

    assert told(session) == [
        ("way", "answered", ("long",)),
        ("one", "answered", ("yes",)),
        ("two", "interrupted", ()),
    ]
