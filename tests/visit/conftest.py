"""Visits are tested in a time that leaps: what waits for half a minute is over at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.testing import FakeClock, LeapingLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], LeapingLoop]]:
    """Run every test of this folder in a loop and by a clock of its own."""
    return {"leaping": lambda: LeapingLoop(FakeClock())}
