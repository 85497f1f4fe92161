"""When it was listening: openings of the store, gaps between them, faults meanwhile."""

from __future__ import annotations

from datetime import UTC

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.report import fold
from agent.report.day import Listening
from tests.report.shop import DAY, Shop, at, next_day


def listening(shop: Shop) -> Listening:
    return fold(shop.messages, day=DAY, zone=UTC).listening


def told(shop: Shop) -> list[tuple[int, int]]:
    return [(span.start_ms, span.end_ms) for span in listening(shop).spans]


def test_it_listened_from_the_first_to_the_last_event_of_an_opening() -> None:
    shop = Shop()
    for when in ("08:00", "08:05", "20:00"):
        shop.beat(at(when))

    assert told(shop) == [(at("08:00"), at("20:00"))]
    assert listening(shop).listened_s == 12 * 3600


def test_what_runs_over_midnight_is_cut_to_the_day() -> None:
    shop = Shop()
    shop.beat(at("00:00") - 3_600_000)
    shop.beat(at("03:00", day=next_day()))

    assert told(shop) == [(at("00:00"), at("00:00", day=next_day()))]


def test_between_two_openings_nobody_listened() -> None:
    shop = Shop()
    shop.beat(at("08:00"))
    shop.beat(at("10:00"))
    shop.open().start(at("11:00"))
    shop.gap(at("11:00"), 3600.0, reason="crash")
    shop.beat(at("12:00"))

    assert told(shop) == [(at("08:00"), at("10:00")), (at("11:00"), at("12:00"))]
    (gap,) = listening(shop).gaps
    assert tuple(gap) == (at("10:00"), at("11:00"), "crash")


def test_a_fact_told_late_does_not_fill_a_gap() -> None:
    shop = Shop()
    shop.beat(at("08:00"))
    shop.open().gap(at("11:00"), 3600.0)
    shop.leave(at("09:30"))  # told in the second opening, of the time of the first
    shop.beat(at("12:00"))

    assert told(shop) == [(at("09:30"), at("10:00")), (at("11:00"), at("12:00"))]


def test_a_gap_of_unknown_length_is_told_at_its_end() -> None:
    shop = Shop()
    shop.beat(at("08:00"))
    shop.gap(at("11:00"), None)

    assert listening(shop).gaps[0].start_ms is None


def test_gaps_of_other_days_are_left_out() -> None:
    shop = Shop()
    shop.gap(at("11:00", day=next_day()), 60.0)
    shop.gap(at("12:00", day=next_day()), None)

    assert listening(shop).gaps == ()


def test_a_fault_lasts_until_it_is_cleared() -> None:
    shop = Shop()
    shop.fault("camera", at("09:00"))
    shop.fault("camera", at("09:30"), over=True)
    shop.fault("broker", at("10:00"), remedy="look at the cable")
    camera, broker = listening(shop).faults

    assert (camera.part, camera.start_ms, camera.end_ms) == ("camera", at("09:00"), at("09:30"))
    assert (broker.end_ms, broker.remedy) == (None, "look at the cable")


def test_a_fault_of_the_day_before_that_lasts_is_one_of_this_day() -> None:
    shop = Shop()
    shop.fault("camera", at("09:00") - 86_400_000)

    assert len(listening(shop).faults) == 1


def test_a_fault_that_was_over_before_or_began_behind_is_none_of_this_day() -> None:
    shop = Shop()
    shop.fault("camera", at("09:00") - 2 * 86_400_000)
    shop.fault("camera", at("09:00") - 86_400_000, over=True)
    shop.fault("camera", at("09:00", day=next_day()))

    assert listening(shop).faults == ()


def test_with_the_agent_its_faults_end() -> None:
    shop = Shop()
    shop.fault("camera", at("09:00"))
    shop.open().gap(at("10:00"), 600.0)
    shop.fault("camera", at("12:00"), over=True)

    (fault,) = listening(shop).faults
    assert fault.end_ms == at("09:50")


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-600, 2000), st.integers(0, 600), st.booleans()), max_size=12)
)
def test_stretches_are_in_order_apart_and_of_the_day(
    openings: list[tuple[int, int, bool]],
) -> None:
    shop = Shop()
    for minute, length, with_gap in openings:
        shop.open().start(at("00:00") + minute * 60_000)
        if with_gap:
            shop.gap(at("00:00") + minute * 60_000, length * 60.0)
        shop.beat(at("00:00") + (minute + length) * 60_000)
    ends = [end for span in told(shop) for end in span]

    assert ends == sorted(set(ends))
    assert all(at("00:00") <= end <= at("00:00", day=next_day()) for end in ends)
