"""Each interval says which source counted; sources that disagree say so."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.served.tally import (
    REOPENING_MS,
    Comparison,
    Interval,
    Source,
    Tally,
    differ,
)

HOUR, MINUTE = 3_600_000, 60_000


def tally(*order: Source) -> Tally:
    return Tally(order, began_ms=0)


def test_the_most_trusted_source_that_worked_counts() -> None:
    both = tally("camera", "sensor")
    for source in ("camera", "sensor"):
        both.works(source, on=True, at_ms=0)
    both.count("camera")
    interval = both.close(HOUR)
    assert interval.counted_by == "camera"
    assert interval.counts == {"camera": 1, "sensor": 0}


def test_a_camera_covered_for_a_while_has_not_counted_the_interval() -> None:
    both = tally("camera", "sensor")
    both.works("sensor", on=True, at_ms=0)
    both.works("camera", on=True, at_ms=0)
    both.works("camera", on=False, at_ms=HOUR // 2)
    interval = both.close(HOUR)
    assert interval.counted_by == "sensor"
    assert interval.worked["camera"] == 0.5


def test_an_interval_nobody_worked_through_is_counted_by_nobody() -> None:
    alone = tally("camera")
    alone.works("camera", on=True, at_ms=HOUR // 2)
    assert alone.close(HOUR).counted_by is None


def test_a_source_goes_on_working_in_the_next_interval() -> None:
    alone = tally("camera")
    alone.works("camera", on=True, at_ms=0)
    alone.count("camera")
    alone.close(HOUR)
    following = alone.close(2 * HOUR)
    assert following == Interval(HOUR, "camera", {"camera": 0}, {"camera": 1.0})


def test_who_counts_now_is_the_most_trusted_that_works_now() -> None:
    both = tally("camera", "sensor")
    assert both.counting is None
    both.works("sensor", on=True, at_ms=10)
    assert both.counting == "sensor"
    both.works("camera", on=True, at_ms=20)
    assert both.counting == "camera"


def hour(camera: int, sensor: int, *, camera_worked: float = 1.0) -> Interval:
    counts: dict[Source, int] = {"camera": camera, "sensor": sensor}
    worked: dict[Source, float] = {"camera": camera_worked, "sensor": 1.0}
    return Interval(HOUR, "camera", counts, worked)


def test_a_small_difference_is_no_dispute() -> None:
    comparison = Comparison()
    assert [comparison.add(hour(20, 24)) for _ in range(3)] == [None] * 3


def test_small_differences_that_add_up_are_one() -> None:
    comparison = Comparison()
    disputes = [comparison.add(hour(10, 20)) for _ in range(6)]
    found = [dispute for dispute in disputes if dispute is not None]
    assert found[0].counts["sensor"] == 2 * found[0].counts["camera"]
    assert found[0].span_ms % HOUR == 0


def test_a_source_that_did_not_work_disputes_nothing() -> None:
    assert Comparison().add(hour(0, 60, camera_worked=0.2)) is None


@given(st.integers(0, 500), st.integers(0, 500))
def test_whether_counts_differ_does_not_depend_on_their_order(one: int, other: int) -> None:
    assert differ(one, other) == differ(other, one)
    assert not differ(one, one)


def blanked(*, minutes: int, order: tuple[Source, ...] = ("camera",)) -> Tally:
    """Return a tally whose camera works, and was closed for somebody from the first minute on."""
    one = tally(*order)
    one.works("camera", on=True, at_ms=0)
    one.blank("camera", on=True, at_ms=MINUTE)
    one.blank("camera", on=False, at_ms=(1 + minutes) * MINUTE)
    one.works("camera", on=True, at_ms=(1 + minutes) * MINUTE + 2000)
    return one


def test_a_minute_for_a_customer_who_wants_no_camera_is_left_out_of_the_interval() -> None:
    interval = blanked(minutes=1).close(15 * MINUTE)
    assert interval.counted_by == "camera"
    assert interval.blanked_ms == {"camera": MINUTE + 2000}
    assert interval.worked == {"camera": 1.0}


def test_the_next_interval_begins_without_the_minute_of_the_last() -> None:
    one = blanked(minutes=1)
    one.close(15 * MINUTE)
    assert one.close(30 * MINUTE).blanked_ms == {}


def test_a_camera_that_does_not_come_back_is_excused_for_seconds_and_not_for_ever() -> None:
    one = tally("camera")
    one.works("camera", on=True, at_ms=0)
    one.blank("camera", on=True, at_ms=MINUTE)
    one.works("camera", on=False, at_ms=MINUTE + 100)
    one.blank("camera", on=False, at_ms=2 * MINUTE)
    interval = one.close(15 * MINUTE)
    assert interval.blanked_ms == {"camera": MINUTE + REOPENING_MS}
    assert interval.counted_by is None


def test_an_interval_without_any_open_time_was_counted_by_nobody() -> None:
    one = tally("camera")
    one.blank("camera", on=True, at_ms=0)
    interval = one.close(15 * MINUTE)
    assert (interval.counted_by, interval.blanked_ms) == (None, {"camera": 15 * MINUTE})


def test_a_source_that_may_open_again_without_having_been_closed_is_as_it_was() -> None:
    one = tally("camera")
    one.works("camera", on=True, at_ms=0)
    one.blank("camera", on=False, at_ms=MINUTE)
    assert one.close(HOUR) == Interval(HOUR, "camera", {"camera": 0}, {"camera": 1.0})


def test_intervals_with_a_minute_without_camera_are_compared_with_nothing() -> None:
    comparison = Comparison()
    closed = replace(hour(0, 90), blanked_ms={"camera": MINUTE})
    assert comparison.add(closed) is None
    assert comparison.add(hour(20, 24)) is None, "the 90 of the sensor are not held against it"


@given(
    st.lists(
        st.tuples(st.sampled_from(["on", "off", "blank", "open"]), st.integers(0, 600_000)),
        max_size=20,
    )
)
def test_worked_and_closed_time_never_exceed_the_interval(
    steps: list[tuple[str, int]],
) -> None:
    one, at_ms = tally("camera"), 0
    for what, wait_ms in steps:
        at_ms += wait_ms
        if what in {"on", "off"}:
            one.works("camera", on=what == "on", at_ms=at_ms)
        else:
            one.blank("camera", on=what == "blank", at_ms=at_ms)
    interval = one.close(at_ms + 1)
    assert 0 <= interval.worked["camera"] <= 1
    assert 0 <= interval.blanked_ms.get("camera", 0) <= interval.span_ms
