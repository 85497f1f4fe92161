"""A minute without a camera: how long it lasts, and what is told of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.events.catalogue import CameraDeclined
from agent.vision.blanking import BLANK_S, SAME_TOUCH_S, TELL_S, Blanking


def test_it_lasts_a_minute_and_is_told_at_its_end() -> None:
    blanking = Blanking()
    blanking.ask(100.0)

    assert blanking.left_s(110.0) == BLANK_S - 10
    assert blanking.tick(100.0 + BLANK_S - 0.1) is None
    assert blanking.tick(100.0 + BLANK_S) == CameraDeclined(span_s=BLANK_S, times=1)
    assert (blanking.on, blanking.left_s(170.0), blanking.due_s) == (False, None, None)


def test_asked_again_it_is_a_minute_from_then() -> None:
    blanking = Blanking()
    blanking.ask(0.0)
    blanking.ask(40.0)

    assert blanking.tick(BLANK_S) is None
    assert blanking.tick(40 + BLANK_S) == CameraDeclined(span_s=40 + BLANK_S, times=2)


def test_a_second_touch_at_once_is_the_same_customers() -> None:
    blanking = Blanking()

    assert blanking.ask(0.0)
    assert not blanking.ask(SAME_TOUCH_S)
    assert blanking.ask(2 * SAME_TOUCH_S + 0.1), "somebody else may have come to it"


def test_whoever_asks_all_day_is_told_in_pieces_and_never_refused() -> None:
    blanking, told = Blanking(), []
    for second in range(0, 3600, 10):
        blanking.ask(float(second))
        told.append(blanking.tick(float(second)))

    spans = [each for each in told if each is not None]
    assert [span.span_s for span in spans] == [TELL_S] * 3
    assert blanking.on
    assert blanking.closed_s(3600.0) == 3600.0


def test_the_end_of_a_run_tells_what_is_left() -> None:
    blanking = Blanking()
    blanking.ask(5.0)

    assert blanking.close(12.5) == CameraDeclined(span_s=7.5, times=1)
    assert blanking.close(13.0) is None
    assert not blanking.on


def test_a_piece_in_which_nobody_asked_says_so() -> None:
    blanking = Blanking()
    for second in (0, 50, 100, *range(150, 900, 50)):
        blanking.ask(float(second))
    blanking.tick(TELL_S)

    assert blanking.tick(850 + BLANK_S) == CameraDeclined(span_s=10.0, times=0)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 200)), max_size=60))
def test_what_is_told_adds_up_to_what_was_closed(steps: list[tuple[bool, float]]) -> None:
    blanking, now_s, told, asked = Blanking(), 0.0, [], 0
    for asks, wait_s in steps:
        due_s = blanking.due_s
        while due_s is not None and due_s <= now_s + wait_s:
            told.append(blanking.tick(due_s))
            due_s = blanking.due_s
        now_s += wait_s
        if asks:
            asked += 1
            blanking.ask(now_s)
    told.append(blanking.close(now_s))
    spans = [each for each in told if each is not None]

    assert sum(span.times for span in spans) == asked
    assert abs(sum(span.span_s for span in spans) - blanking.closed_s(now_s)) < 0.001 * len(told)
    assert blanking.closed_s(now_s) <= now_s
