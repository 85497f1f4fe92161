"""When refused and unconfirmed rows are tried again: rules alone, with the time as a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.outbox.rows import DAMAGED
from agent.uplink.retries import (
    FIRST_RETRY_S,
    LONGEST_RECEIPT_WAIT_S,
    LONGEST_RETRY_S,
    SUSPECT_ENDS,
    ReceiptWait,
    RefusedRetry,
    Suspects,
)


def retries_until(retry: RefusedRetry, *, end_s: int, reason: int = 0x87) -> list[float]:
    """When it tries again while each try, and nothing else, is refused at once."""
    tried: list[float] = []
    retry.refused(reason, now_s=0.0)
    for now_s in range(0, end_s, 10):
        if retry.take_due(now_s):
            tried.append(now_s)
            retry.refused(reason, now_s=now_s + 1)
    return tried


def test_the_waits_double_from_five_minutes_to_six_hours() -> None:
    tried = retries_until(RefusedRetry(), end_s=200_000)
    gaps = [later - earlier for earlier, later in zip([0.0, *tried], tried, strict=False)]
    expected = [300, 600, 1200, 2400, 4800, 9600, 19_200, 21_600, 21_600, 21_600]
    assert [round(gap, -2) for gap in gaps[: len(expected)]] == expected


@pytest.mark.parametrize("reason", [0x80, 0x83, 0x87, 0x97])
def test_a_reason_that_may_pass_is_tried_again(reason: int) -> None:
    assert retries_until(RefusedRetry(), end_s=400, reason=reason)


@pytest.mark.parametrize("reason", [0x90, 0x95, 0x99, DAMAGED])
def test_a_reason_that_stays_is_never_tried_again_by_itself(reason: int) -> None:
    assert retries_until(RefusedRetry(), end_s=100_000, reason=reason) == []


def test_a_retry_that_helped_lets_the_wait_begin_anew() -> None:
    retry = RefusedRetry()
    retry.refused(0x87, now_s=0.0)
    assert retry.take_due(FIRST_RETRY_S)
    later_s = FIRST_RETRY_S + 2 * FIRST_RETRY_S + 1
    retry.refused(0x87, now_s=later_s)
    assert retry.due_s == later_s + FIRST_RETRY_S


def test_refusals_in_the_meantime_put_nothing_off() -> None:
    retry = RefusedRetry()
    for now_s in range(0, 290, 10):
        retry.refused(0x97, now_s=now_s)
    assert retry.due_s == FIRST_RETRY_S


@given(
    steps=st.lists(
        st.tuples(st.floats(0, 50_000), st.sampled_from([0x80, 0x87, 0x90, 0x95])), max_size=60
    )
)
def test_retries_are_never_closer_than_the_shortest_wait_and_never_more_than_due(
    steps: list[tuple[float, int]],
) -> None:
    retry, now_s, last_s, due = RefusedRetry(), 0.0, -FIRST_RETRY_S, 0
    for wait_s, reason in steps:
        now_s += wait_s
        if retry.take_due(now_s):
            assert now_s - last_s >= FIRST_RETRY_S
            assert due, "something that may pass was refused"
            last_s, due = now_s, 0
            assert not retry.take_due(now_s), "told once"
        retry.refused(reason, now_s=now_s)
        due += reason in {0x80, 0x87}
        assert FIRST_RETRY_S <= retry.wait_s <= LONGEST_RETRY_S


# -- rows at which the broker leaves ---------------------------------------------------------------


def test_a_row_is_passed_over_after_three_ends_in_a_row_and_then_tried_again() -> None:
    suspects = Suspects()
    assert [suspects.ended(7, now_s=now_s) for now_s in (0.0, 1.0, 2.0)] == [False, False, True]
    assert suspects.holds(7)
    assert not suspects.take_due(2.9)
    assert suspects.take_due(3.0)
    assert not suspects.holds(7)


def test_a_row_that_stays_suspect_waits_twice_as_long_each_time() -> None:
    suspects, now_s, waits = Suspects(), 0.0, []
    suspects.ended(7, now_s=now_s)
    suspects.ended(7, now_s=now_s)
    for _ in range(17):
        assert suspects.ended(7, now_s=now_s)
        began_s = now_s
        while not suspects.take_due(now_s):
            now_s += 1.0
        waits.append(now_s - began_s)
    assert waits == [min(2.0**n, LONGEST_RETRY_S) for n in range(17)]


@pytest.mark.parametrize("between", [None, 8])
def test_anything_in_between_clears_the_suspicion(between: int | None) -> None:
    suspects = Suspects()
    for first in (7, 7, between, 7, 7):
        assert not suspects.ended(first, now_s=0.0)
    assert not suspects.holds(7)


def test_an_answered_row_begins_anew() -> None:
    suspects = Suspects()
    for _ in range(SUSPECT_ENDS):
        suspects.ended(7, now_s=0.0)
    suspects.take_due(300.0)
    suspects.answered(7)
    assert not suspects.ended(7, now_s=300.0)


# -- receipts -------------------------------------------------------------------------------------


def taken(wait: ReceiptWait, position: int, *, at_s: float) -> None:
    """The broker acknowledges a row, and the store has written that."""
    wait.acknowledged(position, watermark=position, now_s=at_s)


def test_what_is_not_confirmed_is_due_after_the_wait_up_to_the_mark_of_its_beginning() -> None:
    wait = ReceiptWait(600.0)
    taken(wait, 10, at_s=100.0)
    taken(wait, 20, at_s=650.0)
    assert wait.take_due(20, now_s=699.0) is None
    assert wait.take_due(20, now_s=700.0) == 10


def test_what_was_acknowledged_meanwhile_waits_its_own_time() -> None:
    wait = ReceiptWait(600.0)
    taken(wait, 10, at_s=0.0)
    taken(wait, 20, at_s=500.0)
    wait.confirmed(550.0)
    assert wait.take_due(20, now_s=600.0) == 10
    assert wait.take_due(30, now_s=1199.0) is None
    assert wait.take_due(30, now_s=1200.0) == 20
    assert wait.take_due(30, now_s=1e9) is None


def test_a_row_whose_acknowledgement_is_not_written_yet_is_not_forgotten() -> None:
    wait = ReceiptWait(600.0)
    wait.acknowledged(5, watermark=4, now_s=0.0)
    assert wait.take_due(4, now_s=600.0) == 4
    assert wait.went_back(1)
    assert wait.take_due(5, now_s=1799.0) is None
    assert wait.take_due(5, now_s=1800.0) == 4
    assert wait.take_due(5, now_s=1e9) == 5
    assert wait.take_due(5, now_s=2e9) is None


def test_with_nothing_acknowledged_nothing_is_ever_due() -> None:
    wait = ReceiptWait(1.0)
    assert wait.take_due(50, now_s=1e9) is None
    taken(wait, 5, at_s=0.0)
    assert wait.take_due(5, now_s=1.0) == 5
    assert wait.take_due(5, now_s=1e9) is None


def test_without_any_receipt_the_wait_doubles_to_a_day() -> None:
    wait, now_s, gaps = ReceiptWait(600.0), 0.0, []
    for _ in range(12):
        taken(wait, 1, at_s=now_s)
        gaps.append(wait.due_s - now_s)
        now_s = wait.due_s
        assert wait.take_due(1, now_s=now_s) == 1
        assert wait.went_back(1)
    assert gaps[:4] == [600.0, 1200.0, 2400.0, 4800.0]
    assert gaps[-1] == LONGEST_RECEIPT_WAIT_S


def test_a_receipt_brings_the_wait_back_to_its_base_at_once() -> None:
    wait = ReceiptWait(600.0, wait_s=80_000.0)
    taken(wait, 7, at_s=0.0)
    wait.confirmed(1000.0)
    assert wait.wait_s == 600.0
    assert wait.take_due(7, now_s=1600.0) == 7
    taken(wait, 8, at_s=1600.0)
    assert wait.due_s == 2200.0


def test_silence_means_nothing_where_every_row_is_confirmed() -> None:
    wait = ReceiptWait(1.0)
    wait.acknowledged(5, watermark=4, now_s=0.0)
    wait.confirmed(0.1)
    assert wait.take_due(5, now_s=1.0) == 4
    assert not wait.went_back(0)
    assert wait.take_due(5, now_s=2.0) == 5, "nothing was confirmed in this second"
    assert not wait.went_back(0), "and nothing had to be"
    assert wait.wait_s == 1.0


def test_a_receipt_while_the_store_still_looks_is_no_silence() -> None:
    wait = ReceiptWait(600.0)
    taken(wait, 5, at_s=0.0)
    assert wait.take_due(5, now_s=600.0) == 5
    wait.confirmed(600.1)
    assert not wait.went_back(3)
    assert wait.wait_s == 600.0


def test_some_rows_confirmed_while_others_go_back_is_no_silence() -> None:
    wait = ReceiptWait(600.0)
    taken(wait, 5, at_s=0.0)
    wait.confirmed(10.0)
    assert wait.take_due(5, now_s=600.0) == 5
    assert not wait.went_back(3)


def test_one_silence_is_judged_once() -> None:
    wait = ReceiptWait(600.0)
    taken(wait, 5, at_s=0.0)
    assert wait.take_due(5, now_s=600.0) == 5
    assert [wait.went_back(3), wait.went_back(3)] == [True, False]
    assert wait.wait_s == 1200.0


@given(
    base_s=st.floats(1, 86_400),
    steps=st.lists(st.tuples(st.floats(0, 2000), st.sampled_from("awc")), max_size=80),
)
def test_no_mark_is_above_what_was_settled_a_whole_wait_before_and_none_is_forgotten(
    base_s: float, steps: list[tuple[float, str]]
) -> None:
    wait, now_s, newest, watermark = ReceiptWait(base_s), 0.0, 0, 0
    settled_at: dict[int, float] = {0: 0.0}
    marks: list[int] = []
    for step_s, what in steps:
        now_s += step_s
        if what == "a":
            newest += 1
            marks.clear()
            wait.acknowledged(newest, watermark=watermark, now_s=now_s)
        elif what == "w":
            settled_at |= dict.fromkeys(range(watermark + 1, newest + 1), now_s)
            watermark = newest
        else:
            wait.confirmed(now_s)
        mark = wait.take_due(watermark, now_s=now_s)
        if mark is not None:
            assert now_s - settled_at[mark] >= base_s * 0.999
            marks.append(mark)
            wait.went_back(mark)
        assert base_s <= wait.wait_s <= max(base_s, LONGEST_RECEIPT_WAIT_S)
    marks += [wait.take_due(newest, now_s=wait.due_s) or 0 for _ in range(2)]
    assert newest in marks or newest == 0, "the last acknowledged row was waited for as well"
