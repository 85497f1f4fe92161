"""Which sequences were seen, and which are missing."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from agent.outbox.positions import Positions, gaps, merged
from agent.outbox.rows import SEQUENCE_BITS

sequences = st.sets(st.integers(1, 1200) | st.integers(1, (1 << SEQUENCE_BITS) - 1), max_size=60)


def members(stretches: list[tuple[int, int]]) -> set[int]:
    return {n for first, last in stretches for n in range(first, last + 1)}


@given(by_epoch=st.dictionaries(st.integers(1, 1 << 22), sequences, max_size=4))
def test_what_was_put_in_is_in_it_and_nothing_else(by_epoch: dict[int, set[int]]) -> None:
    seen = Positions()
    for number, numbers in by_epoch.items():
        for sequence in numbers:
            seen.add(number << SEQUENCE_BITS | sequence)
    found = {number: members(stretches) for number, stretches in seen.stretches().items()}
    assert found == {number: numbers for number, numbers in by_epoch.items() if numbers}
    for number, numbers in by_epoch.items():
        for sequence in range(1, 50):
            assert (number << SEQUENCE_BITS | sequence in seen) is (sequence in numbers)


@given(numbers=st.sets(st.integers(1, 60)), first=st.integers(1, 60), more=st.integers(0, 60))
def test_gaps_and_stretches_share_out_what_lies_between(
    numbers: set[int], first: int, more: int
) -> None:
    last = max([first + more, *numbers])
    first = min([first, *numbers])
    stretches = merged((n, n) for n in numbers)
    missing = gaps(stretches, first=first, last=last)
    assert members([*missing]) == set(range(first, last + 1)) - numbers


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(0, 20))))
def test_merged_stretches_hold_the_same_and_never_touch(pairs: list[tuple[int, int]]) -> None:
    stretches = [(first, first + length) for first, length in pairs]
    joined = merged(stretches)
    assert members(joined) == members(stretches)
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(joined))
