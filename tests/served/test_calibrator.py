"""Checks of the counter: who counts, what it came to, and what travels with the counts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from agent.events.catalogue import EventData, ModelRef, ServedCalibrated
from agent.served.book import Book
from agent.served.calibration import LEAST_TAPS, MOST_TAPS, Calibrated
from agent.served.calibrator import (
    LONGEST_MS,
    Calibrator,
    RefusedTallyError,
    Setup,
    Verdict,
)
from agent.whole import write_whole

DETECTOR = ModelRef(id="face_short_range-2", sha256="3b" * 32)
OTHER = ModelRef(id="face_short_range-3", sha256="4c" * 32)
MINUTE = 60_000
PHONE, TABLET = "phone", "tablet"


@dataclass
class Shop:
    """A kiosk's sources, a clock, and what was kept of them."""

    folder: Path
    now_ms: int = 1_000_000
    today: date | None = field(default_factory=lambda: date(2026, 11, 20))
    setup: str = "5f" * 32
    kept: list[EventData] = field(default_factory=list)
    sources: tuple[Calibrated, ...] = ("camera",)

    def open(self, *, working: bool = True) -> Calibrator:
        """A calibrator as after a start."""
        setups = {source: Setup(lambda: self.setup, 2_500) for source in self.sources}
        made = Calibrator(
            setups,
            book=Book(self.folder),
            keep=self.kept.append,
            now_ms=lambda: self.now_ms,
            today=lambda: self.today,
        )
        for source in self.sources if working else ():
            made.works(source, on=True)
        return made

    def serve(
        self,
        made: Calibrator,
        customers: int,
        *,
        unseen: Iterable[int] = (),
        by: Iterable[Calibrated] | None = None,
    ) -> None:
        """Serve one a minute, each for half a minute, tapped at once; `unseen` are not counted."""
        for number in range(customers):
            self.now_ms += MINUTE // 2
            came_ms = self.now_ms
            made.tap(holder=PHONE)
            self.now_ms += MINUTE // 2
            for source in () if number in unseen else by or self.sources:
                contact = f"{source}{came_ms}"
                made.arrives(source, contact, arrived_ms=came_ms)
                made.leaves(source, contact, left_ms=self.now_ms)
        self.now_ms += MINUTE

    def finish(self, made: Calibrator) -> tuple[Verdict, ...]:
        return asyncio.run(made.finish(holder=PHONE))

    def calibrated(self) -> list[ServedCalibrated]:
        return [event for event in self.kept if isinstance(event, ServedCalibrated)]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def refused(error: pytest.ExceptionInfo[RefusedTallyError]) -> str:
    return error.value.reason


# -- what it comes to ----------------------------------------------------------------------------


def test_customers_tapped_and_counted_make_a_calibration(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, 30, unseen={7})
    (verdict,) = shop.finish(made)

    assert verdict.outcome == (29, 1, 0, 0)
    how = made.how("camera")
    assert how is not None
    assert (how.taps, how.recall.value, how.on) == (30, 0.9667, "2026-11-20")
    assert made.taps is None


def test_it_is_an_event(shop: Shop) -> None:
    made = shop.open()
    made.looks_with({"detector": DETECTOR, "expression": OTHER})
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS)
    shop.finish(made)

    (event,) = shop.calibrated()
    assert event.calibration == made.how("camera")
    assert event.span_s == (LEAST_TAPS + 1) * 60
    assert event.models == {"detector": DETECTOR}


def test_it_is_known_after_a_restart(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS)
    shop.finish(made)

    assert shop.open().how("camera") == made.how("camera")


def test_a_day_that_is_not_known_is_left_out(shop: Shop) -> None:
    shop.today = None
    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS)
    shop.finish(made)

    how = made.how("camera")
    assert how is not None
    assert how.on is None


def test_with_too_few_nothing_is_kept_and_the_count_goes_on(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS - 1)
    (verdict,) = shop.finish(made)

    assert (verdict.kept, made.how("camera"), shop.kept) == (None, None, [])
    assert made.taps == LEAST_TAPS - 1
    shop.serve(made, 1)
    assert shop.finish(made)[0].kept is not None


def test_taps_at_the_edges_do_not_make_up_the_number(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS - 1)
    made.tap(holder=PHONE)
    (verdict,) = shop.finish(made)

    assert (verdict.outcome.customers, verdict.outcome.left_out) == (LEAST_TAPS - 1, 1)
    assert verdict.kept is None


def test_a_source_that_counted_nobody_is_not_calibrated_and_the_count_is_over(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS, unseen=range(LEAST_TAPS))
    (verdict,) = shop.finish(made)

    assert (verdict.outcome.missed, verdict.kept) == (LEAST_TAPS, None)
    assert (made.taps, shop.kept) == (None, [])


def test_who_is_there_when_it_begins_is_held_against_nobody(shop: Shop) -> None:
    made = shop.open()
    made.arrives("camera", "early", arrived_ms=shop.now_ms - 5_000)
    made.begin(holder=PHONE)
    made.tap(holder=PHONE)
    made.leaves("camera", "early", left_ms=shop.now_ms)
    shop.serve(made, LEAST_TAPS)
    (verdict,) = shop.finish(made)

    assert verdict.outcome == (LEAST_TAPS, 0, 0, 2)


def test_who_left_before_it_began_is_nobody_to_it(shop: Shop) -> None:
    made = shop.open()
    made.arrives("camera", "early", arrived_ms=shop.now_ms - 5_000)
    made.leaves("camera", "early", left_ms=shop.now_ms)
    made.arrives("camera", "lost", arrived_ms=shop.now_ms - 5_000)
    made.loses("camera", ["lost"])
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS)

    assert shop.finish(made)[0].outcome.left_out == 0


def test_one_count_by_hand_checks_every_source_by_itself(shop: Shop) -> None:
    shop.sources = ("camera", "sensor")
    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS, by=["camera"])
    shop.serve(made, LEAST_TAPS)
    camera, sensor = shop.finish(made)

    assert camera.outcome == (2 * LEAST_TAPS, 0, 0, 0)
    assert sensor.outcome == (LEAST_TAPS, LEAST_TAPS, 0, 0)
    assert [event.calibration.source for event in shop.calibrated()] == ["camera", "sensor"]


def test_a_source_that_came_late_may_have_too_little_alone(shop: Shop) -> None:
    shop.sources = ("camera", "sensor")
    made = shop.open()
    made.works("sensor", on=False)
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS, by=["camera"])
    made.works("sensor", on=True)
    shop.serve(made, 5)
    camera, sensor = shop.finish(made)

    assert camera.kept is not None
    assert (sensor.kept, sensor.outcome.customers) == (None, 5)


def test_a_disk_that_fails_keeps_the_count(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS)
    with monkeypatch.context() as broken:
        broken.setattr("agent.served.book.write_whole", fail)
        with pytest.raises(OSError, match="No space"):
            shop.finish(made)
    assert (made.taps, shop.kept) == (LEAST_TAPS, [])
    assert shop.finish(made)[0].kept is not None


def test_a_disk_that_fails_at_the_second_source_tells_of_neither_yet(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sources = ("camera", "sensor")
    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS)
    answers = iter([None, OSError(28, "No space left on device")])

    def fail_once(path: Path, content: bytes) -> None:
        if (error := next(answers, None)) is not None:
            raise error
        write_whole(path, content)

    monkeypatch.setattr("agent.served.book.write_whole", fail_once)
    with pytest.raises(OSError, match="No space"):
        shop.finish(made)
    assert shop.kept == []
    shop.finish(made)
    assert len(shop.calibrated()) == 2


async def test_a_count_begun_while_the_disk_fails_is_not_thrown_away(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS)
    monkeypatch.setattr("agent.served.book.write_whole", fail)
    finishing = asyncio.create_task(made.finish(holder=PHONE))
    await asyncio.sleep(0)
    made.begin(holder=TABLET)
    with pytest.raises(OSError, match="No space"):
        await finishing
    assert (made.held_by(TABLET), made.taps) == (True, 0)


async def test_a_second_press_on_finish_finds_nothing_to_finish(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS)
    ends = [made.finish(holder=PHONE), made.finish(holder=PHONE)]
    first, second = await asyncio.gather(*ends, return_exceptions=True)

    assert isinstance(first, tuple)
    assert isinstance(second, RefusedTallyError)
    assert len(shop.calibrated()) == 1


# -- what still holds ----------------------------------------------------------------------------


@pytest.fixture
def checked(shop: Shop) -> Calibrator:
    """A camera that was checked with `DETECTOR`, after a restart."""
    made = shop.open()
    made.looks_with({"detector": DETECTOR})
    made.begin(holder=PHONE)
    shop.serve(made, LEAST_TAPS)
    shop.finish(made)
    return shop.open()


def test_another_setup_makes_it_stale_and_it_travels_no_more(
    shop: Shop, checked: Calibrator
) -> None:
    shop.setup = "60" * 32

    assert checked.how("camera") is None
    (standing,) = checked.standings
    assert standing.stale
    assert standing.newest is not None


def test_the_setup_of_before_makes_it_hold_again(shop: Shop, checked: Calibrator) -> None:
    shop.setup = "60" * 32
    assert checked.how("camera") is None
    shop.setup = "5f" * 32
    assert checked.how("camera") is not None


def test_another_detector_makes_it_stale(checked: Calibrator) -> None:
    checked.looks_with({"detector": DETECTOR})
    assert checked.how("camera") is not None
    checked.looks_with({"detector": OTHER})
    assert checked.how("camera") is None


def test_the_model_of_expressions_has_nothing_to_do_with_it(checked: Calibrator) -> None:
    checked.looks_with({"detector": DETECTOR, "expression": OTHER})

    assert checked.how("camera") is not None


def test_a_key_of_the_staffs_and_a_source_that_is_not_there_are_never_calibrated(
    checked: Calibrator,
) -> None:
    assert checked.how("manual") is None
    assert checked.how("sensor") is None


# -- who counts ----------------------------------------------------------------------------------


def test_nobody_can_count_beside_sources_that_do_not_work(shop: Shop) -> None:
    made = shop.open(working=False)
    with pytest.raises(RefusedTallyError) as error:
        made.begin(holder=PHONE)

    assert refused(error) == "no_source"


def test_one_device_counts_and_another_can_take_it_over(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    made.tap(holder=PHONE)
    with pytest.raises(RefusedTallyError) as error:
        made.tap(holder=TABLET)
    assert refused(error) == "elsewhere"
    made.take_over(holder=TABLET)
    made.tap(holder=TABLET)

    assert (made.taps, made.held_by(TABLET), made.held_by(PHONE)) == (2, True, False)


def test_a_second_count_does_not_begin(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    with pytest.raises(RefusedTallyError) as error:
        made.begin(holder=TABLET)

    assert refused(error) == "counting"


def test_the_last_tap_can_be_undone_and_the_count_discarded(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    made.tap(holder=PHONE)
    made.tap(holder=PHONE)
    made.undo(holder=PHONE)
    assert made.taps == 1
    made.discard(holder=PHONE)

    assert made.taps is None
    assert not made.held_by(PHONE)
    assert not shop.kept


def test_more_than_fifty_are_not_taken(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    for _ in range(MOST_TAPS):
        made.tap(holder=PHONE)
    with pytest.raises(RefusedTallyError) as error:
        made.tap(holder=PHONE)

    assert (refused(error), made.taps) == ("full", MOST_TAPS)


def test_a_count_that_was_left_alone_ends_by_itself(shop: Shop) -> None:
    made = shop.open()
    made.begin(holder=PHONE)
    shop.now_ms += LONGEST_MS + 1
    made.arrives("camera", "late", arrived_ms=shop.now_ms)

    assert made.taps is None
    with pytest.raises(RefusedTallyError) as error:
        made.tap(holder=PHONE)
    assert refused(error) == "not_counting"
