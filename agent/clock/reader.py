"""Reading both clocks of the machine, and what the kernel says of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from agent.clock.anchor import Reading
from agent.clock.kernel import Discipline, read_discipline

ASK_EVERY_NS = 1_000_000_000
STEP_NS = 2_000_000  # a slewed clock takes the monotonic one along; only a set one leaves it
_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both clocks, as nearly at the same time as a busy machine allows."""

    monotonic_ns: int
    wall_ns: int
    apart_ns: int

    @property
    def offset_ns(self) -> int:
        return self.wall_ns - self.monotonic_ns

    def as_reading(self, discipline: Discipline) -> Reading:
        error_ms = discipline.error_ms + self.apart_ns // 1_000_000
        return Reading(
            monotonic_ms=self.monotonic_ns // 1_000_000,
            wall_ms=self.wall_ns // 1_000_000,
            error_ms=error_ms if discipline.synced else None,
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the kernel said, about a wall clock that stood so far from the monotonic one."""

    discipline: Discipline
    offset_ns: int
    due_ns: int

    def holds_for(self, pair: _Pair) -> bool:
        set_since = abs(pair.offset_ns - self.offset_ns) > STEP_NS
        return pair.monotonic_ns < self.due_ns and not set_since


class ClockReader:
    """Reads both clocks; asks the kernel how well it keeps its own once a second, or after a step.

    Every event is dated, and the question costs ten times as much as the reading. The kernel
    itself renews its answer once a second; but when somebody sets the clock it is void at once.
    """

    def __init__(
        self,
        *,
        ask: Callable[[], Discipline] = read_discipline,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._ask = ask
        self._wall_ns = wall_ns
        self._answer: _Answer | None = None

    def __call__(self) -> Reading:
        """Read both clocks. From any thread."""
        answer, pair = self._answer, self._pair()
        if answer is not None and answer.holds_for(pair):
            return pair.as_reading(answer.discipline)
        return self._asked(pair)

    def _asked(self, before: _Pair) -> Reading:
        """Ask between two readings that agree, so that the answer is about the clock they show.

        Otherwise a clock that is set between question and reading would be believed.
        """
        for _ in range(_TRIES):
            discipline, after = self._ask(), self._pair()
            if abs(after.offset_ns - before.offset_ns) <= STEP_NS:
                due_ns = after.monotonic_ns + ASK_EVERY_NS
                self._answer = _Answer(discipline, after.offset_ns, due_ns)
                return after.as_reading(discipline)
            before = after
        return before.as_reading(Discipline(synced=False, error_ms=0))

    def _pair(self) -> _Pair:
        # CLOCK_MONOTONIC stands still while a machine sleeps, CLOCK_BOOTTIME does not. A Raspberry
        # Pi has no sleep, and gpiozero, asyncio and Python itself time by the former.
        before_ns = time.monotonic_ns()
        wall_ns = self._wall_ns()
        after_ns = time.monotonic_ns()
        return _Pair((before_ns + after_ns) // 2, wall_ns, after_ns - before_ns)


def read_clocks() -> Reading:
    """Read both clocks of this machine, once."""
    return ClockReader()()
