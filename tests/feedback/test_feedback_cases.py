"""Case numbers: read out, written down, typed in again."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.feedback.cases import ALPHABET, LENGTH, CaseNumberError, draw_case, grouped, read_case

CASES = st.integers(0, (1 << 45) - 1).map(lambda number: draw_case(lambda _bits: number))
CHARACTERS = st.sampled_from(ALPHABET)
PLACES = st.integers(0, LENGTH - 1)


@given(CASES)
@settings(deadline=None)
def test_a_case_number_is_read_as_it_was_drawn(case: str) -> None:
    assert read_case(case) == case
    assert len(case) == LENGTH


@given(CASES)
@settings(deadline=None)
def test_groups_small_letters_and_spaces_are_understood(case: str) -> None:
    assert read_case(grouped(case)) == case
    assert read_case(f"  {case.lower()}\t") == case
    assert read_case(" ".join(case)) == case


@given(CASES)
@settings(deadline=None)
def test_letters_that_look_like_digits_are_taken_for_them(case: str) -> None:
    assert read_case(case.replace("0", "O").replace("1", "I")) == case
    assert read_case(case.replace("0", "o").replace("1", "l")) == case


@given(CASES, PLACES, CHARACTERS)
@settings(deadline=None)
def test_one_wrong_character_always_shows(case: str, place: int, other: str) -> None:
    wrong = case[:place] + other + case[place + 1 :]

    if wrong != case:
        with pytest.raises(CaseNumberError, match="wrong character"):
            read_case(wrong)


@given(CASES)
@settings(deadline=None)
def test_two_characters_that_changed_places_always_show(case: str) -> None:
    for one, other in combinations(range(LENGTH), 2):
        swapped = list(case)
        swapped[one], swapped[other] = case[other], case[one]
        if swapped != list(case):
            with pytest.raises(CaseNumberError, match="wrong character"):
                read_case("".join(swapped))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "10 characters, not 0"),
        ("K7M2Q", "10 characters, not 5"),
        ("K7M2Q9XT4DD", "10 characters, not 11"),
        ("K7M2Q9XTU4", "no 'U'"),
        ("K7M2Q.9XT4", "no '.'"),
        ("K7M2Q9XTé4", "no 'É'"),
        ("K" * 41, "check what was pasted"),
    ],
)
def test_what_cannot_be_a_case_number_is_told_why(typed: str, told: str) -> None:
    with pytest.raises(CaseNumberError, match=told.replace(".", r"\.")):
        read_case(typed)


@given(st.text(max_size=60))
@settings(deadline=None)
def test_anything_typed_is_a_case_number_or_an_error_in_one_line(typed: str) -> None:
    told = ""
    try:
        assert len(read_case(typed)) == LENGTH
    except CaseNumberError as error:
        told = str(error)
    assert len(told.splitlines()) <= 1


def test_all_45_random_bits_are_in_the_number() -> None:
    def with_bit(bit: int) -> str:
        return draw_case(lambda _bits: 1 << bit)

    assert len({with_bit(bit) for bit in range(45)}) == 45


def test_the_draw_asks_for_the_bits_that_it_uses() -> None:
    asked: list[int] = []

    def bits(count: int) -> int:
        asked.append(count)
        return 0

    assert draw_case(bits) == "0" * LENGTH
    assert asked == [45]


def test_the_systems_own_randomness_gives_another_number_each_time() -> None:
    assert len({draw_case() for _ in range(200)}) == 200
