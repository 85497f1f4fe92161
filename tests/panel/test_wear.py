"""Dead, exchanged and chattering buttons, noticed over days."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events.catalogue import DeviceFault
from agent.panel.wear import HISTORY_DAYS, Day, Sign, Wear
from tests.panel.simulate_wear import Fault, count_false_alarms, live, measure_delays, wear_out

KEYS = ("bad", "neutral", "good")


def day(bad: int, neutral: int, good: int) -> Day:
    """Make a day on which everybody pressed once."""
    counts = dict(zip(KEYS, (bad, neutral, good), strict=True))
    return Day(answers=counts, presses=counts)


USUAL = [day(6, 12, 40)] * 14


def faulty(signs: list[Sign]) -> list[str]:
    return [sign.part for sign in signs if sign.state == "faulty"]


def state(signs: list[Sign], part: str) -> str:
    (found,) = (sign.state for sign in signs if sign.part == part)
    return found


def judge(days: list[Day]) -> list[Sign]:
    return Wear(KEYS).judge(days)


def test_usual_days_say_that_all_is_sound() -> None:
    signs = judge(USUAL)

    assert faulty(signs) == []
    assert state(signs, "button:good:dead") == "sound"
    assert state(signs, "buttons:bad+good:swapped") == "sound"


def test_without_a_past_nothing_can_be_told() -> None:
    assert {sign.state for sign in judge([])} == {"unknown"}
    assert {sign.state for sign in judge([day(0, 0, 0)] * HISTORY_DAYS)} == {"unknown"}


# -- dead ---------------------------------------------------------------------------------------


def test_a_key_that_falls_silent_while_the_others_are_pressed_is_dead() -> None:
    (sign,) = (s for s in judge([*USUAL, *[day(0, 12, 40)] * 9]) if s.state == "faulty")

    assert sign.part == "button:bad:dead"
    assert sign.fact == (
        "no answer for 9 days while the others gave 468; before, 84 of 812 were its own"
    )
    assert sign.remedy


def test_one_silent_day_is_not_enough_however_busy() -> None:
    assert faulty(judge([*USUAL, day(0, 1200, 4000)])) == []


def test_a_rare_answer_may_stay_away_for_weeks() -> None:
    assert faulty(judge([*[day(1, 12, 40)] * 14, *[day(0, 12, 40)] * 14])) == []


def test_a_closed_shop_has_no_dead_buttons() -> None:
    assert faulty(judge([*USUAL, *[day(0, 0, 0)] * 14])) == []


def test_a_key_that_was_never_pressed_much_is_not_judged() -> None:
    assert state(judge([day(0, 12, 40)] * 28), "button:bad:dead") == "unknown"


def test_a_dead_key_is_sound_again_when_it_is_pressed() -> None:
    signs = judge([*USUAL, *[day(0, 12, 40)] * 9, day(1, 12, 40)])

    assert state(signs, "button:bad:dead") == "sound"


def test_a_key_dead_for_so_long_that_nobody_remembers_it_is_unknown_not_sound() -> None:
    signs = judge([*USUAL, *[day(0, 12, 40)] * HISTORY_DAYS])

    assert state(signs, "button:bad:dead") == "unknown"


# -- swapped ------------------------------------------------------------------------------------


def test_two_keys_whose_counts_are_crossed_from_one_day_on_are_swapped() -> None:
    (sign,) = (s for s in judge([*USUAL, *[day(40, 12, 6)] * 3]) if s.state == "faulty")

    assert sign.part == "buttons:bad+good:swapped"
    assert sign.fact == (
        "bad and good are pressed as if they were exchanged: 6.6 to 1 has become the reverse"
    )


def test_two_days_are_not_enough() -> None:
    assert faulty(judge([*USUAL, *[day(40, 12, 6)] * 2])) == []


def test_a_bad_week_is_not_an_exchange() -> None:
    assert faulty(judge([*USUAL, *[day(18, 18, 22)] * 7])) == []


def test_keys_that_are_pressed_alike_cannot_be_told_apart() -> None:
    days = [*[day(10, 20, 40)] * 14, *[day(20, 10, 40)] * 10]

    assert state(judge(days), "buttons:bad+neutral:swapped") == "unknown"


def test_a_quiet_kiosk_is_judged_by_more_days() -> None:
    quiet = [day(1, 1, 5)] * 18
    part = "buttons:bad+good:swapped"

    assert state(judge([*quiet, *[day(5, 1, 1)] * 3]), part) == "unknown"
    assert state(judge([*quiet, *[day(5, 1, 1)] * 5]), part) == "faulty"


def test_swapped_keys_are_sound_when_they_count_as_before() -> None:
    wear, part = Wear(KEYS), "buttons:bad+good:swapped"
    wear.judge([*USUAL, *[day(40, 12, 6)] * 4])

    mending = wear.judge([*USUAL, *[day(40, 12, 6)] * 4, day(6, 12, 40)])
    mended = wear.judge([*USUAL, *[day(40, 12, 6)] * 4, *[day(6, 12, 40)] * 3])

    assert (state(mending, part), state(mended, part)) == ("unknown", "sound")


def test_an_exchange_does_not_become_usual_by_lasting() -> None:
    wear, part = Wear(KEYS), "buttons:bad+good:swapped"
    days = list(USUAL)
    states = []
    for _ in range(2 * HISTORY_DAYS):
        days.append(day(40, 12, 6))
        states.append(state(wear.judge(days), part))

    assert states[2:] == ["faulty"] * (len(states) - 2)


def test_the_longest_names_fit_into_the_name_of_a_part() -> None:
    wear = Wear(["a" * 40, "b" * 40])
    one = Day(answers={"a" * 40: 5, "b" * 40: 50})
    other = Day(answers={"a" * 40: 50, "b" * 40: 5})

    (sign,) = (s for s in wear.judge([*[one] * 14, *[other] * 5]) if s.state == "faulty")

    event = DeviceFault(part=sign.part, state="raised", fact=sign.fact, remedy=sign.remedy)
    assert event.part.endswith(":swapped")


# -- chattering ---------------------------------------------------------------------------------


def chattering(quick: int) -> Day:
    counts = {"bad": 6, "neutral": 12, "good": 40}
    return Day(answers=counts, presses=counts | {"good": 40 + quick}, quick={"good": quick})


def test_a_key_that_repeats_itself_day_by_day_chatters() -> None:
    (sign,) = (s for s in judge([*USUAL, *[chattering(20)] * 5]) if s.state == "faulty")

    assert sign.part == "button:good:chattering"
    assert sign.fact == "100 of 300 presses came within 300 ms of the one before"


def test_a_child_that_hammers_for_an_afternoon_is_no_fault() -> None:
    hammered = [*USUAL, chattering(200), *[chattering(0)] * 2, chattering(90), chattering(1)]

    assert faulty(judge(hammered)) == []


def test_a_usual_share_of_double_presses_is_no_fault() -> None:
    assert faulty(judge([chattering(3)] * 28)) == []


def test_a_key_that_always_was_pressed_twice_is_judged_by_its_own_past() -> None:
    past, share_17 = [chattering(4)] * 20, chattering(8)

    assert faulty(judge([*past, *[share_17] * 5])) == []


def test_a_cleaned_contact_is_sound_after_three_days() -> None:
    part = "button:good:chattering"
    worn = [*USUAL, *[chattering(20)] * 5]

    assert state(judge([*worn, chattering(0)]), part) != "sound"
    assert state(judge([*worn, *[chattering(0)] * 3]), part) == "sound"


# -- a thousand kiosks --------------------------------------------------------------------------


def test_healthy_kiosks_are_left_in_peace() -> None:
    assert count_false_alarms(30, seed=20_261_122).total() == 0


FAULTS: tuple[Fault, ...] = ("dead", "swapped", "chattering")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_true_fault_of_a_key_in_use_is_told_within_two_weeks(fault: Fault) -> None:
    delays = measure_delays(fault, 12, seed=7, least=5)

    assert statistics.median(delays) <= 10
    assert sum(delay <= 14 for delay in delays) >= 9


@given(st.integers(min_value=0, max_value=2**32), st.sampled_from(FAULTS))
@settings(max_examples=15, deadline=None)
def test_whatever_is_counted_every_part_has_one_sign(seed: int, fault: Fault) -> None:
    rng = np.random.default_rng(seed)
    worn, part = wear_out(live(rng, length=90), fault, rng)
    signs = Wear(worn.keys).judge(worn.days())
    parts = [sign.part for sign in signs]

    assert part in parts
    assert len(set(parts)) == len(parts)
    assert all(bool(sign.fact) == (sign.state != "unknown") for sign in signs)
    assert all(len(sign.part) <= 80 and len(sign.fact) <= 300 for sign in signs)
