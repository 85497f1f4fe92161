"""Boots that never knew the time, between boots that did."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.clock.anchor import SLEW_MS, drift_ms
from agent.clock.corrections import BootSpan, bound_boots
from agent.events.catalogue import ClockCorrected

MONDAY_MS = 1_795_000_000_000
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


def dark(boot: str, *, last_ms: int = HOUR_MS, floor_ms: int | None = None) -> BootSpan:
    """A boot that never knew the time."""
    return BootSpan(boot, 5000, last_ms, False, floor_ms, None, None, None)  # noqa: FBT003


def kept(boot: str, *, ended_ms: int, last_ms: int = HOUR_MS) -> BootSpan:
    """A boot that was synchronised throughout."""
    return BootSpan(boot, 5000, last_ms, True, None, ended_ms, None, None)  # noqa: FBT003


def told(boot: str, *, began_ms: int, last_ms: int = HOUR_MS, off_ms: int = 600) -> BootSpan:
    """A boot that was corrected."""
    return replace(dark(boot, last_ms=last_ms), offset_ms=began_ms, uncertainty_ms=off_ms)


def interval(found: ClockCorrected) -> tuple[int, int]:
    return found.offset_ms - found.uncertainty_ms, found.offset_ms + found.uncertainty_ms


def test_a_boot_between_two_dated_ones_is_enclosed() -> None:
    spans = [
        kept("a", ended_ms=MONDAY_MS),
        dark("b"),
        told("c", began_ms=MONDAY_MS + 2 * HOUR_MS),
    ]

    (found,) = bound_boots(spans)

    assert (found.boot, found.method, found.step_ms) == ("b", "bounded", None)
    low_ms, high_ms = interval(found)
    # It began after Monday, and an hour before the next one at the latest.
    assert MONDAY_MS - 5000 < low_ms <= MONDAY_MS
    assert MONDAY_MS + HOUR_MS <= high_ms < MONDAY_MS + HOUR_MS + 5000


def test_several_dark_boots_in_a_row_push_each_other_apart() -> None:
    spans = [
        kept("a", ended_ms=MONDAY_MS),
        dark("b"),
        dark("c"),
        told("d", began_ms=MONDAY_MS + 2 * HOUR_MS + MINUTE_MS),
    ]

    first, second = bound_boots(spans)

    # Two hours of presses fit into two hours and a minute in one way only, but for that minute.
    assert first.uncertainty_ms < MINUTE_MS
    assert second.offset_ms - first.offset_ms > HOUR_MS - MINUTE_MS


def test_a_floor_on_the_left_is_enough() -> None:
    spans = [dark("a", floor_ms=MONDAY_MS), told("b", began_ms=MONDAY_MS + 2 * HOUR_MS)]

    (found,) = bound_boots(spans)

    low_ms, high_ms = interval(found)
    assert low_ms <= MONDAY_MS - HOUR_MS
    assert high_ms >= MONDAY_MS + HOUR_MS


def test_nothing_is_told_while_one_side_is_open() -> None:
    assert bound_boots([kept("a", ended_ms=MONDAY_MS), dark("b")]) == []
    assert bound_boots([dark("a"), told("b", began_ms=MONDAY_MS)]) == []
    assert bound_boots([]) == []


def test_nothing_is_told_when_the_limits_contradict_each_other() -> None:
    spans = [
        kept("a", ended_ms=MONDAY_MS),
        dark("b", last_ms=2 * HOUR_MS),
        told("c", began_ms=MONDAY_MS + HOUR_MS),
    ]

    assert bound_boots(spans) == []


def test_a_boot_that_was_synchronised_throughout_is_left_alone() -> None:
    spans = [kept("a", ended_ms=MONDAY_MS), told("b", began_ms=MONDAY_MS + HOUR_MS)]

    assert bound_boots(spans) == []


def test_what_was_told_is_not_told_again() -> None:
    spans = [
        kept("a", ended_ms=MONDAY_MS),
        dark("b"),
        told("c", began_ms=MONDAY_MS + 2 * HOUR_MS),
    ]
    (found,) = bound_boots(spans)
    known = replace(spans[1], offset_ms=found.offset_ms, uncertainty_ms=found.uncertainty_ms)

    assert bound_boots([spans[0], known, spans[2]]) == []


def test_a_much_better_date_is_told_again() -> None:
    vague = told("b", began_ms=MONDAY_MS + HOUR_MS // 2, off_ms=30 * DAY_MS)
    spans = [kept("a", ended_ms=MONDAY_MS), vague, told("c", began_ms=MONDAY_MS + 2 * HOUR_MS)]

    (found,) = bound_boots(spans)

    assert found.uncertainty_ms < HOUR_MS


def test_a_boot_that_lost_the_time_again_ends_where_its_last_synced_row_was() -> None:
    blurred_first = replace(kept("a", ended_ms=MONDAY_MS), synced=False, blurred_ms=9000)
    spans = [blurred_first, dark("b"), told("c", began_ms=MONDAY_MS + 2 * HOUR_MS)]

    own, found = bound_boots(spans)

    assert own.boot == "a"
    assert own.uncertainty_ms < 5000
    assert interval(found)[0] >= MONDAY_MS - 5000


_boots = st.lists(
    st.tuples(
        st.integers(1, 30 * DAY_MS),  # off before it
        st.integers(0, MINUTE_MS),  # first row
        st.integers(1, 40 * DAY_MS),  # last row after the first
        st.sampled_from(["dark", "floor", "kept", "told"]),
        st.integers(-99, 99),  # ppm
    ),
    min_size=1,
    max_size=8,
)


@given(_boots, st.integers(-500, 500))
def test_the_truth_lies_in_whatever_is_told(
    boots: list[tuple[int, int, int, str, int]], off_ms: int
) -> None:
    now_ms: float = MONDAY_MS
    spans, starts = [], {}
    for number, (pause_ms, first_ms, more_ms, kind, ppm) in enumerate(boots):
        began_ms, last_ms, boot = now_ms + pause_ms, first_ms + more_ms, str(number)
        now_ms = began_ms + last_ms * (1 - ppm / 1e6)
        starts[boot] = (began_ms, ppm, first_ms, last_ms)
        spans.append(
            {
                "dark": replace(dark(boot, last_ms=last_ms), first_ms=first_ms),
                "floor": dark(boot, last_ms=last_ms, floor_ms=int(now_ms) - 77),
                "kept": kept(boot, ended_ms=int(now_ms) + off_ms, last_ms=last_ms),
                "told": told(
                    boot,
                    began_ms=int(began_ms) + off_ms,
                    last_ms=last_ms,
                    off_ms=SLEW_MS + 1 + drift_ms(last_ms),
                ),
            }[kind]
        )

    for found in bound_boots(spans):
        began_ms, ppm, first_ms, last_ms = starts[found.boot]
        low_ms, high_ms = interval(found)
        for row_ms in (first_ms, last_ms):
            true_offset_ms = began_ms - row_ms * ppm / 1e6
            assert low_ms <= true_offset_ms <= high_ms


@given(_boots)
def test_every_dark_boot_between_two_dated_ones_is_told(
    boots: list[tuple[int, int, int, str, int]],
) -> None:
    now_ms = MONDAY_MS
    spans = [kept("before", ended_ms=MONDAY_MS)]
    for number, (pause_ms, _, last_ms, _, _) in enumerate(boots):
        spans.append(dark(str(number), last_ms=last_ms))
        now_ms += pause_ms + last_ms
    spans.append(told("after", began_ms=now_ms))

    assert [found.boot for found in bound_boots(spans)] == [s.boot for s in spans[1:-1]]
