"""One count by hand beside what a source tells: what is compared, and what lies at the edges."""

from __future__ import annotations

import pytest

from agent.served.handcount import HandCount, Watched
from agent.served.matching import Outcome

LATE_MS = 2_500
MINUTE = 60_000


@pytest.fixture
def camera() -> Watched:
    """A camera that works since the beginning of the count."""
    watched = Watched(LATE_MS)
    watched.works(on=True, at_ms=0)
    return watched


def stays(watched: Watched, contact: str, arrived_ms: int, left_ms: int) -> None:
    watched.arrive(contact, arrived_ms=arrived_ms)
    watched.leave(contact, left_ms=left_ms)


def test_who_came_and_went_is_compared(camera: Watched) -> None:
    stays(camera, "a", 10_000, 20_000)

    assert camera.outcome([15_000, 40_000], at_ms=MINUTE) == Outcome(1, 1, 0, 0)


def test_who_was_there_before_the_count_began_is_left_out_with_the_tap(camera: Watched) -> None:
    stays(camera, "early", -4_000, 20_000)

    assert camera.outcome([15_000], at_ms=MINUTE) == Outcome(0, 0, 0, 2)


def test_who_is_still_there_at_the_end_is_left_out_with_the_tap(camera: Watched) -> None:
    camera.arrive("open", arrived_ms=50_000)

    assert camera.outcome([55_000], at_ms=MINUTE) == Outcome(0, 0, 0, 2)


def test_a_tap_just_before_the_end_may_be_of_a_contact_not_told_of_yet(camera: Watched) -> None:
    assert camera.outcome([MINUTE - LATE_MS], at_ms=MINUTE) == Outcome(0, 1, 0, 0)
    assert camera.outcome([MINUTE - LATE_MS + 1], at_ms=MINUTE) == Outcome(0, 0, 0, 1)


def test_customers_of_the_time_in_which_a_source_fails_are_not_held_against_it(
    camera: Watched,
) -> None:
    camera.arrive("a", arrived_ms=10_000)
    camera.lose("a", at_ms=12_000)
    camera.works(on=False, at_ms=12_000)
    camera.works(on=True, at_ms=30_000)
    stays(camera, "b", 31_000, 40_000)

    assert camera.outcome([11_000, 20_000, 35_000], at_ms=MINUTE) == Outcome(1, 0, 0, 3)


def test_who_stays_while_a_source_fails_and_comes_back_is_at_an_edge(camera: Watched) -> None:
    camera.arrive("a", arrived_ms=10_000)
    camera.works(on=False, at_ms=12_000)
    camera.works(on=True, at_ms=14_000)
    camera.leave("a", left_ms=20_000)

    assert camera.outcome([18_000], at_ms=MINUTE) == Outcome(0, 0, 0, 2)


def test_who_goes_while_a_source_fails_is_at_an_edge(camera: Watched) -> None:
    camera.arrive("a", arrived_ms=10_000)
    camera.works(on=False, at_ms=12_000)
    camera.leave("a", left_ms=13_000)

    assert camera.outcome([], at_ms=MINUTE) == Outcome(0, 0, 0, 1)


def test_the_end_of_a_contact_that_never_came_is_nothing(camera: Watched) -> None:
    camera.leave("nobody", left_ms=5_000)
    camera.lose("nobody", at_ms=5_000)

    assert camera.outcome([], at_ms=MINUTE) == Outcome(0, 0, 0, 0)


def test_a_source_that_never_worked_is_compared_with_nothing() -> None:
    assert Watched(LATE_MS).outcome([1, 2, 3], at_ms=MINUTE) == Outcome(0, 0, 0, 3)


def test_the_time_both_counted_is_that_in_which_the_source_worked(camera: Watched) -> None:
    camera.works(on=True, at_ms=5_000)
    camera.works(on=False, at_ms=10_000)
    camera.works(on=True, at_ms=40_000)

    assert camera.watched_ms(MINUTE) == 30_000


def test_an_outcome_in_between_changes_nothing(camera: Watched) -> None:
    camera.arrive("a", arrived_ms=10_000)
    camera.outcome([11_000], at_ms=12_000)
    camera.leave("a", left_ms=20_000)

    assert camera.outcome([11_000], at_ms=MINUTE) == Outcome(1, 0, 0, 0)


def test_the_last_tap_can_be_taken_back_and_no_more_than_there_are() -> None:
    count = HandCount(0, {"camera": LATE_MS})
    count.tap(1)
    count.tap(2)
    count.undo()
    assert count.taps == [1]
    count.undo()
    count.undo()
    assert count.taps == []


def test_every_source_is_listened_to_by_itself() -> None:
    count = HandCount(0, {"camera": LATE_MS, "sensor": LATE_MS})
    count.sources["camera"].works(on=True, at_ms=0)
    stays(count.sources["camera"], "a", 10_000, 20_000)
    count.tap(15_000)

    found = {name: w.outcome(count.taps, at_ms=MINUTE) for name, w in count.sources.items()}
    assert found == {"camera": Outcome(1, 0, 0, 0), "sensor": Outcome(0, 0, 0, 1)}
