"""Presses and their acknowledgements, and the summary that compares them with the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.demo.presses import LOCKOUT_S, PATIENCE_S, Pressed, Presses
from agent.demo.script import CHANGE, REPEAT, Act
from agent.demo.summary import Summary, summarise
from agent.demo.tally import Tally
from agent.demo.workplace import Stored
from tests.demo.messages import amended, rating, started, tally_of

KEYS = ("very_bad", "bad", "okay", "good", "very_good")


def press(presses: Presses, key: str, *, at_s: float = 0.0) -> Pressed:
    pressed = Pressed(key, at_s)
    presses.make(pressed)
    return pressed


def test_thanks_go_to_presses_in_their_order() -> None:
    presses = Presses()
    first, second = press(presses, "good"), press(presses, "bad")
    presses.note_thanks(1, now_s=0.1)
    assert (first.thanked, second.thanked) == (True, False)
    presses.note_thanks(2, now_s=0.2)
    assert presses.thanked == [first, second]


def test_who_waits_for_the_light_is_told() -> None:
    presses, lit = Presses(), list[str]()
    presses.make(Pressed("good", 0.0, on_thanked=lambda: lit.append("good")))
    presses.note_thanks(1, now_s=0.1)
    assert lit == ["good"]


def test_a_press_without_a_light_of_a_living_agent_is_left_out_and_not_cut_off() -> None:
    presses = Presses()
    ignored = press(presses, "good")
    presses.give_up(PATIENCE_S)
    assert presses.too_fast == []
    presses.give_up(PATIENCE_S + 0.1)
    presses.lose_agent()
    assert (presses.cut_off, presses.too_fast) == ([], [ignored])


def test_a_button_that_has_not_come_to_rest_takes_no_press() -> None:
    presses = Presses()
    for at_s, key in ((0.0, "good"), (0.01, "good"), (0.02, "bad"), (0.02 + LOCKOUT_S, "good")):
        presses.push(Pressed(key, at_s))
    assert [p.at_s for p in presses.too_fast] == [0.01]
    presses.let_go("bad", 1.0)
    presses.push(Pressed("bad", 1.01))
    assert [p.at_s for p in presses.too_fast] == [0.01, 1.01]


def test_rapid_clicks_before_an_agents_death_are_not_cut_off_by_it() -> None:
    presses = Presses()
    for number in range(500):
        presses.push(Pressed("good", number / 100))
    presses.note_thanks(1, now_s=5.0)
    presses.push(Pressed("good", 6.0))
    presses.lose_agent()
    assert [p.at_s for p in presses.cut_off] == [6.0]


def test_when_the_agent_is_gone_whatever_waits_is_cut_off_and_counting_begins_anew() -> None:
    presses = Presses()
    kept, lost = press(presses, "good"), press(presses, "bad")
    presses.note_thanks(1, now_s=0.1)
    presses.lose_agent()
    again = press(presses, "bad", at_s=1.0)
    presses.note_thanks(1, now_s=1.1)
    assert presses.thanked == [kept, again]
    assert presses.cut_off == [lost]


def test_touches_of_the_page_are_pressed_too_but_reasons_are_not() -> None:
    presses = Presses()
    press(presses, "good")
    presses.note_thanks(3, now_s=0.1)
    assert presses.acknowledged(reasons=0) == 3
    assert presses.acknowledged(reasons=1) == 2


@given(st.lists(st.sampled_from(["press", "thank", "die"]), max_size=60))
def test_no_press_is_lost_or_counted_twice(moves: list[str]) -> None:
    presses, made, thanked = Presses(), 0, 0
    for number, move in enumerate(moves):
        if move == "press":
            press(presses, "good", at_s=number / 100)
            made += 1
        elif move == "die":
            presses.lose_agent()
            thanked = 0
        else:
            thanked += 1
            presses.note_thanks(thanked, now_s=number / 100)
    presses.lose_agent()
    assert len(presses.thanked) + len(presses.cut_off) == made


def summary_of(
    acts: list[tuple[Act, list[str]]], tally: Tally, *, stored: int | None = None, pending: int = 0
) -> Summary:
    presses = Presses()
    played = [(act, [press(presses, key) for key in keys]) for act, keys in acts]
    presses.note_thanks(sum(len(keys) for _, keys in acts), now_s=0.1)
    count = len(tally.ratings()) if stored is None else stored
    return summarise(
        broker="Mosquitto",
        presses=presses,
        stored=Stored(len(tally.events), count, pending, 0),
        tally=tally,
        acts=played,
        kills=1,
    )


ACTS = [(REPEAT, ["good", "good"]), (CHANGE, ["very_bad", "very_good"])]
RATINGS = (
    rating(2, 4),
    rating(3, 4, counts=False, flags=["repeat"]),
    rating(4, 1),
    rating(5, 5),
    amended(6, 4, counts=False, flags=["changed"]),
)


def test_a_demo_in_which_everything_agrees_differs_in_nothing() -> None:
    summary = summary_of(ACTS, tally_of(started(), *RATINGS))
    assert summary.differences == ()
    assert (summary.pressed, summary.stored, summary.delivered) == (4, 4, 4)
    assert (summary.counting, summary.expected) == (2, 2)


def test_its_lines_tell_the_figures() -> None:
    lines = summary_of(ACTS, tally_of(started(), *RATINGS)).lines()
    assert "apart      cut off before any light 0, too fast 0, duplicates 0" in lines
    assert "presses    pressed 4, stored 4, delivered 4" in lines
    assert "counting   2, expected 2" in lines
    assert not any("DIFFERS" in line for line in lines)


def test_a_rating_that_counts_and_should_not_is_named() -> None:
    summary = summary_of(ACTS, tally_of(started(), *RATINGS[:4], rating(6, 1)))
    assert any("delivered 5" in difference for difference in summary.differences)
    wrong = tally_of(started(), rating(2, 4), rating(3, 4), rating(4, 1), rating(5, 5))
    assert summary_of(ACTS, wrong).differences == (
        "press 2 (good) should not count (flags: none)",
        "press 3 (very_bad) should not count (flags: none)",
    )


def test_other_ratings_than_the_presses_are_noticed() -> None:
    other = tally_of(started(), rating(2, 3), *RATINGS[1:])
    assert "the ratings are not the presses" in summary_of(ACTS, other).differences


@pytest.mark.parametrize(
    ("stored", "pending", "difference"),
    [
        (3, 0, "pressed 4, stored 3, delivered 4"),
        (4, 2, "2 events were not delivered"),
    ],
)
def test_what_is_not_stored_or_not_delivered_is_named(
    stored: int, pending: int, difference: str
) -> None:
    tally = tally_of(started(), *RATINGS)
    assert difference in summary_of(ACTS, tally, stored=stored, pending=pending).differences


def test_a_gap_is_a_difference() -> None:
    assert summary_of(ACTS, tally_of(started(), *RATINGS[1:])).differences


def test_beside_presses_by_hand_nothing_is_said_about_what_counts() -> None:
    by_hand = tally_of(started(), *RATINGS, rating(7, 1))
    presses = Presses()
    for key in ("good", "good", "very_bad", "very_good", "very_bad"):
        press(presses, key)
    presses.note_thanks(5, now_s=0.1)
    summary = summarise(
        broker="iotcore",
        presses=presses,
        stored=Stored(7, 5, 0, 0),
        tally=by_hand,
        acts=[(REPEAT, presses.thanked[:2])],
        kills=0,
    )
    assert summary.expected is None
    assert summary.differences == ()
