"""A loop that leaps: what is scheduled happens in its order, and nothing sleeps."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from agent.testing import FakeClock
from agent.testing.leaping import LeapingLoop


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(monotonic_s=0.0)


@pytest.fixture
def loop(clock: FakeClock) -> Iterator[LeapingLoop]:
    made = LeapingLoop(clock)
    yield made
    made.close()


def test_a_day_passes_at_once(loop: LeapingLoop, clock: FakeClock) -> None:
    loop.run_until_complete(asyncio.sleep(86_400))
    assert clock.monotonic() == pytest.approx(86_400, abs=0.1)


def test_timers_come_in_their_order_at_their_time(loop: LeapingLoop, clock: FakeClock) -> None:
    rung: list[tuple[str, float]] = []

    def ring(name: str) -> None:
        rung.append((name, clock.monotonic()))

    for name, after_s in (("late", 90.0), ("soon", 1.0), ("then", 30.0)):
        loop.call_later(after_s, ring, name)
    loop.run_until_complete(asyncio.sleep(100))
    assert [name for name, _ in rung] == ["soon", "then", "late"]
    assert [at_s for _, at_s in rung] == pytest.approx([1.0, 30.0, 90.0], abs=0.1)


def test_it_waits_for_what_it_gave_to_a_thread(loop: LeapingLoop, clock: FakeClock) -> None:
    go_on = threading.Event()
    threading.Timer(0.05, go_on.set).start()
    loop.call_later(60.0, lambda: None)

    async def work() -> float:
        await asyncio.to_thread(go_on.wait)
        return clock.monotonic()

    assert loop.run_until_complete(work()) < 1.0
    loop.run_until_complete(loop.shutdown_default_executor())


def test_it_waits_for_a_thread_that_is_busy(clock: FakeClock) -> None:
    working = threading.Event()
    working.set()
    loop = LeapingLoop(clock, busy=working.is_set)

    async def hear() -> float:
        heard: asyncio.Future[float] = loop.create_future()

        def tell() -> None:
            working.clear()
            heard.set_result(clock.monotonic())

        loop.call_later(60.0, lambda: None)
        threading.Timer(0.05, lambda: loop.call_soon_threadsafe(tell)).start()
        return await heard

    assert loop.run_until_complete(hear()) < 1.0
    loop.close()
