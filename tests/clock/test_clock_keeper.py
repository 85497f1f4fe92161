"""The keeper on a machine that loses, finds and is set the time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading

import pytest

from agent.clock import keeper as keeper_module
from agent.clock.corrections import BootSpan
from agent.clock.keeper import ClockKeeper
from agent.events.catalogue import ClockCorrected, EventData
from agent.testing import FakeClock
from tests.clock.world import DAY_MS, Device, Machine

HOUR_MS = 3_600_000


def in_1970(*, stores_latest: bool = True) -> Device:
    return Device(Machine(drift_ppm=40.0), stores_latest=stores_latest)


def test_a_boot_into_1970_is_dated_as_soon_as_a_server_answers() -> None:
    device = in_1970()
    device.watch(60)
    press = device.press()
    device.synchronise()
    device.watch(1)

    (told,) = device.corrections
    assert press["clock"] == "unknown"
    assert "time" not in press
    assert (told["method"], told["step_ms"]) == ("synced", None)
    dated = device.dated(1)
    assert dated.best_ms == pytest.approx(device.truths[1], abs=20)
    assert dated.latest_ms is not None
    assert dated.earliest_ms is not None
    assert dated.latest_ms - dated.earliest_ms < 2000


def test_a_boot_with_the_time_of_the_last_shutdown_tells_how_far_it_was_behind() -> None:
    machine = Machine()
    machine.wall_ms = machine.true_ms - 3 * HOUR_MS
    device = Device(machine)
    device.watch(5)
    device.synchronise()
    device.watch(1)

    assert device.corrections[0]["step_ms"] == pytest.approx(3 * HOUR_MS, abs=5)


def test_a_small_first_error_is_slewed_and_still_within_what_is_told() -> None:
    machine = Machine()
    machine.wall_ms = machine.true_ms + 390
    device = Device(machine)
    device.synchronise()
    device.live(60_000)
    device.look()

    dated = device.dated(0)
    assert dated.best_ms != pytest.approx(device.truths[0], abs=300)
    assert dated.earliest_ms is not None
    assert dated.earliest_ms <= device.truths[0]


def test_an_agent_that_starts_on_a_synchronised_machine_tells_nothing() -> None:
    machine = Machine()
    machine.synchronise(0.0)
    device = Device(machine)
    device.watch(90)

    assert device.corrections == []


def test_a_hand_that_sets_an_unsynchronised_clock_makes_nothing_told() -> None:
    device = in_1970()
    for jump_ms in (50 * 365 * DAY_MS, -7 * DAY_MS, 9 * DAY_MS):
        device.set_by_hand(jump_ms)
        device.watch(3)

    assert device.corrections == []


def test_a_hand_that_sets_a_synchronised_clock_leaves_every_label_right() -> None:
    device = in_1970()
    device.synchronise()
    device.watch(3)
    device.set_by_hand(-2 * DAY_MS)
    device.watch(60)
    device.press()
    device.synchronise()
    device.watch(60)
    device.press()

    assert len(device.corrections) == 1
    for moment, truth_ms in zip(device.moments[1:], device.truths[1:], strict=True):
        assert moment.wall_ms == pytest.approx(truth_ms, abs=20)


def test_presses_of_days_without_a_server_are_dated_from_both_sides() -> None:
    device = in_1970(stores_latest=False)
    device.synchronise()
    device.watch(3)
    device.live(3 * DAY_MS)
    device.look()
    device.live(DAY_MS)
    device.press()

    number = len(device.messages) - 1
    dated = device.dated(number)
    assert device.messages[number]["clock"] == "estimated"
    assert dated.latest_ms is not None
    assert dated.earliest_ms is not None
    assert dated.earliest_ms <= device.truths[number] <= dated.latest_ms
    assert dated.latest_ms - dated.earliest_ms < 2 * 60_000


def test_a_lying_server_that_is_corrected_later_is_told_as_a_step() -> None:
    device = in_1970()
    device.synchronise(server_off_ms=HOUR_MS)
    device.watch(3)
    device.synchronise()
    device.watch(3)

    assert [c["step_ms"] for c in device.corrections][1:] == [pytest.approx(-HOUR_MS, abs=5)]
    assert device.dated(0).best_ms == pytest.approx(device.truths[0], abs=20)


def test_a_new_run_in_the_same_boot_repeats_nothing_and_forgets_nothing() -> None:
    device = in_1970()
    device.synchronise()
    device.watch(3)
    device.set_by_hand(-DAY_MS)
    device.start()
    device.watch(3)
    press = device.press()

    assert len(device.corrections) == 1
    assert press["clock"] == "estimated"
    assert device.moments[-1].wall_ms == pytest.approx(device.truths[-1], abs=20)


def test_boots_that_never_knew_the_time_are_dated_by_a_later_one() -> None:
    device = in_1970()
    device.synchronise()
    device.watch(3)
    for _ in range(2):
        device.boot_again(off_ms=HOUR_MS, start="1970")
        device.watch(60)
        device.press()
    assert len(device.corrections) == 1
    device.boot_again(off_ms=HOUR_MS, start="shutdown")
    device.watch(3)
    device.synchronise()
    device.watch(3)

    methods = [told["method"] for told in device.corrections]
    assert methods == ["synced", "synced", "bounded", "bounded"]
    boots = [told["boot"] for told in device.corrections[2:]]
    assert boots == [f"00000000-0000-4000-8000-{n:012d}" for n in (2, 3)]
    assert all(told["uncertainty_ms"] < 2 * HOUR_MS for told in device.corrections)


def test_dated_boots_are_not_dated_again_by_the_next_run() -> None:
    device = in_1970()
    device.boot_again(off_ms=HOUR_MS, start="1970")
    device.synchronise()
    device.watch(3)
    told = len(device.corrections)
    device.boot_again(off_ms=HOUR_MS, start="1970")
    device.synchronise()
    device.watch(3)

    assert told == 2
    assert [c["method"] for c in device.corrections[told:]] == ["synced"]


def test_finding_and_losing_the_time_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    device = in_1970()
    device.watch(3)
    device.synchronise()
    device.watch(3)
    device.set_by_hand(1000)
    device.watch(3)

    assert [record.getMessage() for record in caplog.records] == [
        "the clock is synchronised",
        "the clock is no longer synchronised: times are told with an interval",
    ]


async def test_it_watches_until_cancelled_and_reads_the_store_in_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeper_module, "SEEKING_S", 0.001)
    clock, threads = FakeClock(trust="unknown", wall_ms=None), []
    told: asyncio.Queue[EventData] = asyncio.Queue()
    looked, loop = asyncio.Event(), asyncio.get_running_loop()

    def boots() -> list[BootSpan]:
        threads.append(threading.current_thread())
        loop.call_soon_threadsafe(looked.set)
        return []

    task = asyncio.create_task(ClockKeeper(clock, keep=told.put_nowait, boots=boots).run())
    await asyncio.wait_for(looked.wait(), 10)
    clock.jump(1_795_000_000_000, trust="synced")
    event = await asyncio.wait_for(told.get(), 10)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert isinstance(event, ClockCorrected)
    assert event.offset_ms == 1_795_000_000_000 - 1_000_000
    assert threads != [threading.main_thread()]
    assert task.cancelled()
