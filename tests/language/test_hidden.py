"""Which characters hide something."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.language.hidden import hides_characters


@pytest.mark.parametrize(
    "hidden", [*"\n\t\x00\x7f\x85\u2028\u2029\u202a\u202e\u2066\u2069", "\ud800"]
)
def test_what_shows_nothing_and_rewrites_its_surroundings_is_found(hidden: str) -> None:
    assert hides_characters(f"fine{hidden} words")


@pytest.mark.parametrize("needed", [*"\u200c\u200d\u200e\u200f\u061c\u00ad\u00a0", "é", "e\u0301"])
def test_what_scripts_need_is_none_of_it(needed: str) -> None:
    assert not hides_characters(f"fine{needed} words")


@given(text=st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_no_letter_mark_number_sign_or_blank_hides_anything(text: str) -> None:
    assert not hides_characters(text)


@given(text=st.text(st.characters(categories=["Cc", "Cs"]), min_size=1))
def test_every_control_character_does(text: str) -> None:
    assert {unicodedata.category(each) for each in text} <= {"Cc", "Cs"}
    assert hides_characters(text)
