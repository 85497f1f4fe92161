"""Reading both clocks, and when the kernel is asked about its own."""

from __future__ import annotations

import time

from agent.clock.anchor import Reading
from agent.clock.kernel import Discipline
from agent.clock.reader import ClockReader, read_clocks

KEPT = Discipline(synced=True, error_ms=3)
UNKEPT = Discipline(synced=False, error_ms=16_000)
DAY_NS = 86_400 * 10**9


class Machine:
    """A wall clock at a fixed distance from the real monotonic one, and the kernel's word on it."""

    def __init__(self, discipline: Discipline = KEPT) -> None:
        self.offset_ns = 10**18
        self.discipline = discipline
        self.set_while_asked: list[tuple[int, Discipline]] = []
        self.asked = 0

    def reader(self) -> ClockReader:
        return ClockReader(ask=self.ask, wall_ns=lambda: time.monotonic_ns() + self.offset_ns)

    def ask(self) -> Discipline:
        self.asked += 1
        if self.set_while_asked:
            moved_ns, self.discipline = self.set_while_asked.pop()
            self.offset_ns += moved_ns
        return self.discipline

    def offset_of(self, reading: Reading) -> float:
        """Return by how many days a reading's wall clock is off ours."""
        ahead_ms = reading.wall_ms - reading.monotonic_ms - self.offset_ns // 10**6
        return round(ahead_ms / 86_400_000, 3)


def test_both_clocks_of_this_machine_are_read_together() -> None:
    before_ms, reading = time.monotonic_ns() // 1_000_000, read_clocks()
    after_ms = time.monotonic_ns() // 1_000_000

    assert before_ms <= reading.monotonic_ms <= after_ms
    assert reading.error_ms is None or reading.error_ms >= 0


def test_the_kernel_is_not_asked_for_every_event() -> None:
    machine = Machine()
    read = machine.reader()
    errors_ms = {read().error_ms for _ in range(50)}

    assert None not in errors_ms
    assert machine.asked < 25


def test_an_unkept_clock_has_no_error_to_tell() -> None:
    assert Machine(UNKEPT).reader()().error_ms is None


def test_a_clock_that_was_set_is_asked_about_at_once() -> None:
    machine = Machine()
    read = machine.reader()
    read()
    for moved_ns in (DAY_NS, -2 * DAY_NS):
        machine.offset_ns += moved_ns
        machine.discipline = UNKEPT

        assert read().error_ms is None


def test_a_time_service_that_sets_the_clock_while_it_is_asked_is_not_taken_for_the_old_time() -> (
    None
):
    machine = Machine(UNKEPT)
    machine.set_while_asked = [(DAY_NS, KEPT)]
    reading = machine.reader()()

    assert reading.error_ms is not None
    assert machine.offset_of(reading) == 0


def test_a_clock_that_never_stands_still_is_not_believed() -> None:
    machine = Machine()
    machine.set_while_asked = [(DAY_NS, KEPT)] * 50

    assert machine.reader()().error_ms is None
