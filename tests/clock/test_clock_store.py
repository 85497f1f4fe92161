"""The keeper and a real store: what is told is known to the next run, and dates earlier boots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.clock.corrections import BootSpan
from agent.clock.keeper import ClockKeeper
from agent.clock.redating import last_corrections, redate
from agent.events.catalogue import DeviceHealth, EventData
from agent.outbox import Outbox, Row, to_message
from agent.testing import FakeClock

MONDAY_MS = 1_795_000_000_000
HOUR_MS = 3_600_000
FIRST, SECOND, THIRD = (f"00000000-0000-4000-8000-{n:012d}" for n in (1, 2, 3))
FAR = 1 << 62


class Kiosk:
    """As much of one as the clock sees."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        self.outbox = Outbox(path, source="/acme/north/till-1", clock=clock, software="1.2.3")
        self.keeper = ClockKeeper(clock, keep=self.keep, boots=self.outbox.boots)
        self.keeper.begin(self.outbox.boots())
        self.keeper.look()

    def keep(self, event: EventData) -> None:
        self.outbox.append(event).result(10)

    def press(self) -> None:
        self.keep(DeviceHealth(uptime_s=1, presses={}, pending=0, resident_mb=1))

    def rows(self) -> list[Row]:
        return self.outbox.take(0, up_to=FAR, limit=1000)


@contextmanager
def kiosk(path: Path, clock: FakeClock) -> Iterator[Kiosk]:
    running = Kiosk(path, clock)
    try:
        yield running
    finally:
        running.outbox.close()


def corrected(rows: list[Row]) -> list[dict[str, object]]:
    return [json.loads(row.data) for row in rows if row.kind == "clock.corrected"]


def three_boots(path: Path, clock: FakeClock) -> list[Row]:
    """One that was synced, one that never knew the time, one that was synced later."""
    with kiosk(path, clock) as first:
        clock.advance(3600)
        first.press()
    clock.reboot(SECOND)
    clock.advance(10)
    with kiosk(path, clock) as second:
        clock.advance(3600)
        second.press()
    clock.reboot(THIRD)
    clock.advance(10)
    with kiosk(path, clock) as third:
        clock.advance(60)
        clock.jump(MONDAY_MS + 4 * HOUR_MS, trust="synced")
        third.keeper.look()
        return third.rows()


def test_the_store_tells_of_each_boot_what_the_keeper_needs(tmp_path: Path) -> None:
    clock = FakeClock(wall_ms=MONDAY_MS, boot=FIRST)
    three_boots(tmp_path / "outbox.db", clock)
    clock.advance(60)
    with kiosk(tmp_path / "outbox.db", clock) as again:
        spans = {span.boot: span for span in again.outbox.boots()}

    assert list(spans) == [FIRST, SECOND, THIRD]
    assert spans[FIRST] == BootSpan(
        FIRST,
        first_ms=1_000_000,
        last_ms=4_600_000,
        synced=True,
        floor_ms=None,
        last_wall_ms=MONDAY_MS + HOUR_MS,
        offset_ms=None,
        uncertainty_ms=None,
        blurred_ms=spans[FIRST].blurred_ms,
    )
    assert not spans[SECOND].synced
    assert spans[SECOND].uncertainty_ms is not None
    assert spans[THIRD].offset_ms == MONDAY_MS + 4 * HOUR_MS - 70_000


def test_a_later_boot_dates_the_one_that_never_knew_the_time(tmp_path: Path) -> None:
    rows = three_boots(tmp_path / "outbox.db", FakeClock(wall_ms=MONDAY_MS, boot=FIRST))

    own, bounded = corrected(rows)
    assert (own["boot"], own["method"]) == (THIRD, "synced")
    assert (bounded["boot"], bounded["method"]) == (SECOND, "bounded")


def test_a_consumer_can_date_every_row_from_both_sides(tmp_path: Path) -> None:
    rows = three_boots(tmp_path / "outbox.db", FakeClock(wall_ms=MONDAY_MS, boot=FIRST))
    messages = [json.loads(to_message(row, replayed=False)) for row in rows]
    dated = [redate(message, last_corrections(messages)) for message in messages]

    began_ms = {
        FIRST: MONDAY_MS - 1_000_000,
        SECOND: MONDAY_MS + HOUR_MS,
        THIRD: MONDAY_MS + 4 * HOUR_MS - 70_000,
    }
    for found, message in zip(dated, messages, strict=True):
        assert found.earliest_ms is not None
        assert found.latest_ms is not None
        true_ms = began_ms[message["boot"]] + int(message["monotonic"])
        assert found.earliest_ms <= true_ms <= found.latest_ms


def test_a_store_without_a_file_to_read_dates_this_boot_all_the_same(tmp_path: Path) -> None:
    clock = FakeClock(wall_ms=None, trust="unknown", boot=FIRST)
    (tmp_path / "folder").touch()
    with kiosk(tmp_path / "folder" / "outbox.db", clock) as memory:
        clock.jump(MONDAY_MS, trust="synced")
        memory.keeper.look()

        assert memory.outbox.degraded
        assert [found["boot"] for found in corrected(memory.rows())] == [FIRST]


def test_a_restart_tells_nothing_anew_of_a_boot_that_is_dated(tmp_path: Path) -> None:
    path, clock = tmp_path / "outbox.db", FakeClock(wall_ms=MONDAY_MS, boot=FIRST)
    rows = three_boots(path, clock)
    clock.advance(60)
    with kiosk(path, clock) as again:
        clock.advance(30)
        again.keeper.look()
        assert corrected(again.rows()) == corrected(rows)
