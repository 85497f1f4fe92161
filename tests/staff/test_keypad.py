"""A PIN by the rating buttons: nobody gets there by chance, and no answer is lost before it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.staff.keypad import AnAnswer, Armed, Digit, Entered, Expired, Keypad, Keys, Shut
from agent.staff.settings import StaffSettings

ALL = ("very_bad", "bad", "okay", "good", "very_good")
KEYS = Keys(all=ALL, hold=("very_bad", "very_good"), digits=4)


def armed() -> Keypad:
    """Hold the outermost keys until 3,100 ms, then let go."""
    pad = Keypad(KEYS)
    pad.press("very_bad", at_ms=0)
    pad.press("very_good", at_ms=100)
    assert pad.tick(3_100, locked=False) == Armed((("very_bad", 0), ("very_good", 100)))
    pad.release("very_bad")
    pad.release("very_good")
    return pad


def test_two_keys_held_for_three_seconds_make_the_keys_digits() -> None:
    pad = Keypad(KEYS)
    pad.press("very_bad", at_ms=0)
    pad.press("very_good", at_ms=100)

    assert pad.next_due_ms == 3_100
    assert pad.tick(3_099, locked=False) is None
    assert isinstance(pad.tick(3_100, locked=False), Armed)
    assert pad.armed


def test_the_last_digit_gives_the_pin_and_the_keys_are_answers_again() -> None:
    pad = armed()
    heard = [pad.press(ALL[n - 1], at_ms=4_000 + n) for n in (3, 1, 4, 1)]

    assert heard == [Digit(), Digit(), Digit(), Entered("3141")]
    assert not pad.armed
    assert pad.press("bad", at_ms=5_000) == AnAnswer()


def test_a_pin_that_is_not_completed_in_ten_seconds_is_given_up() -> None:
    pad = armed()
    pad.press("bad", at_ms=4_000)

    assert pad.next_due_ms == 13_100
    assert pad.tick(13_100, locked=False) == Expired(1)
    assert pad.press("bad", at_ms=13_200) == AnAnswer()


def test_digits_of_a_pin_given_up_are_not_part_of_the_next() -> None:
    pad = armed()
    pad.press("bad", at_ms=4_000)
    pad.tick(13_100, locked=False)
    pad.release("bad")
    pad.press("very_bad", at_ms=20_000)
    pad.press("very_good", at_ms=20_000)
    pad.tick(23_000, locked=False)

    assert pad.press("bad", at_ms=24_000) == Digit()
    assert [pad.press("bad", at_ms=24_000) for _ in range(3)][-1] == Entered("2222")


@pytest.mark.parametrize("held", [("very_bad",), ("very_good", "good"), ("very_bad", "okay")])
def test_holding_any_other_keys_does_nothing(held: tuple[str, ...]) -> None:
    pad = Keypad(KEYS)
    for key in held:
        pad.press(key, at_ms=0)

    assert pad.next_due_ms is None
    assert pad.tick(60_000, locked=False) is None


def test_a_third_key_spoils_the_hold_as_a_child_with_flat_hands_would() -> None:
    pad = Keypad(KEYS)
    for key in ("very_bad", "okay", "very_good"):
        pad.press(key, at_ms=0)

    assert pad.tick(3_000, locked=False) is None
    assert not pad.armed


def test_letting_go_too_soon_does_nothing() -> None:
    pad = Keypad(KEYS)
    pad.press("very_bad", at_ms=0)
    pad.press("very_good", at_ms=0)
    pad.release("very_bad")

    assert pad.tick(3_000, locked=False) is None


def test_after_wrong_pins_holding_begins_nothing_so_no_answer_is_taken_for_a_digit() -> None:
    pad = Keypad(KEYS)
    pad.press("very_bad", at_ms=0)
    pad.press("very_good", at_ms=0)

    assert pad.tick(3_000, locked=True) == Shut((("very_bad", 0), ("very_good", 0)))
    assert pad.press("bad", at_ms=3_100) == AnAnswer()
    assert pad.next_due_ms is None


def test_without_keys_to_hold_there_is_no_pin_by_buttons() -> None:
    pad = Keypad(Keys(all=ALL, hold=()))

    assert pad.next_due_ms is None
    assert pad.tick(60_000, locked=False) is None


def test_keys_are_read_from_the_settings() -> None:
    settings = StaffSettings(file="staff.yaml", hold=("bad", "good"), pin_digits=8, entry_s=20)

    assert Keys.of(settings, keys=("bad", "good")) == Keys(
        all=("bad", "good"), hold=("bad", "good"), digits=8, entry_ms=20_000
    )
    assert Keys.of(settings, keys=("no", "yes")).hold == ()


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ALL), st.booleans(), st.integers(0, 2_999))))
def test_presses_that_are_let_go_within_three_seconds_are_always_answers(
    moves: list[tuple[str, bool, int]],
) -> None:
    pad, now_ms = Keypad(KEYS), 0
    for key, both, held_ms in moves:
        pressed = {key, "very_bad"} if both else {key}
        for one in pressed:
            assert pad.press(one, at_ms=now_ms) == AnAnswer()
        now_ms += held_ms
        assert pad.tick(now_ms, locked=False) is None
        for one in pressed:
            pad.release(one)
