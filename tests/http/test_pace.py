"""Not too fast, and not too often told."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.http.pace import Pace, Seldom


class Watch:
    """Seconds that somebody sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_a_burst_is_granted_and_then_the_pace(watch: Watch) -> None:
    pace = Pace(per_s=2, burst=3, clock=watch)

    assert [pace.take() for _ in range(5)] == [True, True, True, False, False]
    watch.now_s += 0.5
    assert [pace.take() for _ in range(2)] == [True, False]


def test_it_tells_how_long_to_wait(watch: Watch) -> None:
    pace = Pace(per_s=4, burst=1, clock=watch)

    assert pace.wait_s() == 0
    pace.take()
    assert pace.wait_s() == pytest.approx(0.25)
    watch.now_s += pace.wait_s()
    assert pace.take()


def test_a_long_rest_grants_no_more_than_the_burst(watch: Watch) -> None:
    pace = Pace(per_s=10, burst=2, clock=watch)
    watch.now_s += 3600

    assert [pace.take() for _ in range(3)] == [True, True, False]


async def test_whoever_waits_has_a_turn_in_the_order_of_coming() -> None:
    pace, turns = Pace(per_s=200, burst=1), list[int]()

    async def wait(number: int) -> None:
        await pace.wait()
        turns.append(number)

    await asyncio.gather(*(wait(number) for number in range(5)))
    assert turns == [0, 1, 2, 3, 4]
    assert not pace.take(), "every turn was paid for"


@given(
    per_s=st.floats(0.1, 1000),
    burst=st.integers(1, 50),
    steps=st.lists(st.floats(0, 2), max_size=200),
)
def test_no_more_is_granted_than_burst_and_pace_allow(
    per_s: float, burst: int, steps: list[float]
) -> None:
    watch = Watch()
    pace = Pace(per_s=per_s, burst=burst, clock=watch)
    granted = 0
    for step_s in steps:
        watch.now_s += step_s
        granted += pace.take()

    assert granted <= burst + per_s * sum(steps) + 1e-6 * (1 + len(steps))


def test_one_line_in_a_minute_says_how_many_it_stands_for(watch: Watch) -> None:
    seldom = Seldom(every_s=60, clock=watch)

    assert [seldom.ask() for _ in range(4)] == [0, None, None, None]
    watch.now_s += 60
    assert [seldom.ask() for _ in range(2)] == [3, None]
    watch.now_s += 60
    assert seldom.ask() == 1
