"""What a boot knows of its clock, and which of it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock.anchor import DRIFT_PPM, SLEW_MS, Anchor, drift_ms
from agent.clock.corrections import BootSpan
from agent.clock.knowledge import Knowledge, Look, Told, Track, begin_track, recall_boot
from agent.events.catalogue import ClockCorrected

BOOT = "00000000-0000-4000-8000-000000000007"
OFFSET_MS = 1_795_000_000_000
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


def synced(at_ms: int, *, offset_ms: int = OFFSET_MS, off_ms: int = 250) -> Look:
    return Look(at_ms, Anchor(at_ms, offset_ms, off_ms), offset_ms)


def lost(at_ms: int, *, label_offset_ms: int | None = None) -> Look:
    return Look(at_ms, None, label_offset_ms)


def after(*looks: Look, known: Knowledge | None = None) -> tuple[Knowledge, ClockCorrected | None]:
    """Look one after the other; returns what the last one led to."""
    known, told = known or Knowledge(BOOT), None
    for look in looks:
        known, told = known.learn(look)
    return known, told


def test_nothing_is_told_before_the_clock_is_synchronised() -> None:
    assert after(lost(1000), lost(2000, label_offset_ms=OFFSET_MS), lost(3000))[1] is None


def test_the_first_synchronisation_is_told_for_all_of_the_boot() -> None:
    _, told = after(lost(1000), synced(MINUTE_MS))

    assert told == ClockCorrected(
        boot=BOOT,
        offset_ms=OFFSET_MS,
        uncertainty_ms=SLEW_MS + 250 + 6,  # a minute of a crystal
        method="synced",
    )


def test_the_step_says_what_to_add_to_the_label_of_before() -> None:
    _, told = after(lost(1000, label_offset_ms=OFFSET_MS - 90_000), synced(2000))

    assert told is not None
    assert told.step_ms == 90_000


def test_a_boot_that_was_synchronised_from_its_first_event_needs_no_correction() -> None:
    known = Knowledge(BOOT, blurred=False)

    assert after(synced(1000), synced(31_000), known=known)[1] is None


def test_what_was_told_is_not_repeated() -> None:
    assert after(lost(0), synced(1000), synced(31_000), synced(61_000))[1] is None


def test_a_move_within_a_second_is_not_told() -> None:
    assert after(lost(0), synced(1000), synced(31_000, offset_ms=OFFSET_MS + 999))[1] is None


@pytest.mark.parametrize("step_ms", [-7000, 7000])
def test_a_step_of_a_kept_clock_is_told_with_its_size(step_ms: int) -> None:
    _, told = after(lost(0), synced(1000), synced(31_000, offset_ms=OFFSET_MS + step_ms))

    assert told is not None
    assert (told.offset_ms, told.step_ms) == (OFFSET_MS + step_ms, step_ms)


def test_a_step_is_told_even_where_every_event_was_synced() -> None:
    known = Knowledge(BOOT, blurred=False)

    assert after(synced(0), synced(9000, offset_ms=OFFSET_MS + 7000), known=known)[1] is not None


def test_small_moves_add_up_to_one_that_is_told() -> None:
    looks = [synced(n * 30_000, offset_ms=OFFSET_MS + 400 * n) for n in range(1, 5)]

    known, told = after(lost(0), *looks[:3])
    assert told is None
    _, told = after(looks[3], known=known)

    assert told is not None
    assert told.step_ms == 400


def test_a_vague_clock_must_move_further_to_be_told() -> None:
    moved = synced(31_000, offset_ms=OFFSET_MS + 2000, off_ms=700)

    assert after(lost(0), synced(1000, off_ms=700), moved)[1] is None


def test_a_clock_that_is_lost_tells_once_what_it_knew() -> None:
    known, told = after(synced(0), synced(DAY_MS), known=Knowledge(BOOT, blurred=False))
    assert told is None
    known, told = after(lost(DAY_MS + 1000, label_offset_ms=OFFSET_MS), known=known)

    assert told is not None
    assert (told.offset_ms, told.step_ms) == (OFFSET_MS, 0)
    assert after(lost(DAY_MS + 2000), known=known)[1] is None


def test_a_clock_lost_soon_after_it_was_told_tells_nothing_new() -> None:
    assert after(lost(0), synced(1000), lost(HOUR_MS))[1] is None


def test_a_clock_lost_after_long_service_dates_what_follows_anew() -> None:
    looks = [synced(hour * HOUR_MS) for hour in range(1, 100)]

    _, told = after(lost(0), *looks, lost(100 * HOUR_MS))

    assert told is not None
    assert told.uncertainty_ms == SLEW_MS + 250 + drift_ms(HOUR_MS) + drift_ms(HOUR_MS)


def test_a_clock_that_comes_back_as_it_was_tells_nothing() -> None:
    assert after(lost(0), synced(1000), lost(HOUR_MS), synced(2 * HOUR_MS))[1] is None


def test_one_offset_for_the_boot_reaches_over_a_gap() -> None:
    track = begin_track(Anchor(HOUR_MS, OFFSET_MS, 250), since_ms=HOUR_MS)
    track = track.follow(Anchor(DAY_MS, OFFSET_MS, 250), since_ms=HOUR_MS)

    assert track == Track(DAY_MS, OFFSET_MS, SLEW_MS + 250 + drift_ms(23 * HOUR_MS))


def test_an_anchor_that_contradicts_the_past_leaves_only_the_crystal() -> None:
    track = begin_track(Anchor(DAY_MS, OFFSET_MS, 250), since_ms=0)
    new = Anchor(2 * DAY_MS, OFFSET_MS + HOUR_MS, 250)

    assert track.follow(new, since_ms=0) == begin_track(new, since_ms=0)


@given(
    ppm=st.lists(st.integers(-DRIFT_PPM, DRIFT_PPM), min_size=1, max_size=8),
    hours=st.lists(st.integers(1, 500), min_size=8, max_size=8),
    noise_ms=st.lists(st.integers(-250, 250), min_size=8, max_size=8),
)
def test_a_track_holds_for_every_instant_it_covers(
    ppm: list[int], hours: list[int], noise_ms: list[int]
) -> None:
    at_ms, offset_ms, true = 0, float(OFFSET_MS), [(0, float(OFFSET_MS))]
    track: Track | None = None
    for rate, length, off_ms in zip(ppm, hours, noise_ms, strict=False):
        at_ms += length * HOUR_MS
        offset_ms += length * HOUR_MS * rate / 1e6
        true.append((at_ms, offset_ms))
        anchor = Anchor(at_ms, round(offset_ms + off_ms), 251)
        track = track.follow(anchor, since_ms=0) if track else begin_track(anchor, since_ms=0)

        assert track.monotonic_ms == at_ms
        assert all(abs(track.offset_ms - then_ms) <= track.reach_ms for _, then_ms in true)


SPAN = BootSpan(
    BOOT,
    first_ms=5000,
    last_ms=5000 + DAY_MS,
    synced=False,
    floor_ms=None,
    last_wall_ms=None,
    offset_ms=None,
    uncertainty_ms=None,
)


def test_a_boot_the_store_does_not_know_is_taken_from_its_start() -> None:
    assert recall_boot(BOOT, None) == (Knowledge(BOOT), None)


def test_a_boot_that_never_knew_the_time_is_still_blurred() -> None:
    known, anchor = recall_boot(BOOT, replace(SPAN, last_wall_ms=OFFSET_MS + SPAN.last_ms - 7000))

    assert anchor is None
    _, told = after(synced(2 * DAY_MS), known=known)
    assert told is not None
    assert told.step_ms == 7000
    assert told.uncertainty_ms == SLEW_MS + 250 + drift_ms(2 * DAY_MS - 5000)


def test_a_new_run_of_a_synchronised_boot_tells_nothing() -> None:
    kept = replace(SPAN, synced=True, last_wall_ms=OFFSET_MS + SPAN.last_ms)
    known, anchor = recall_boot(BOOT, kept)

    assert anchor == Anchor(SPAN.last_ms, OFFSET_MS, 2000)
    assert after(synced(2 * DAY_MS), known=known)[1] is None


def test_a_new_run_does_not_repeat_what_was_told() -> None:
    known, anchor = recall_boot(BOOT, replace(SPAN, offset_ms=OFFSET_MS, uncertainty_ms=800))

    assert anchor == Anchor(SPAN.last_ms, OFFSET_MS, 800 + 8640)
    assert known.told == Told(SPAN.last_ms, OFFSET_MS, 800)
    assert after(synced(2 * DAY_MS), known=known)[1] is None


def test_a_new_run_that_finds_another_time_tells_it() -> None:
    known, _ = recall_boot(BOOT, replace(SPAN, offset_ms=OFFSET_MS, uncertainty_ms=800))
    _, told = after(synced(2 * DAY_MS, offset_ms=OFFSET_MS + HOUR_MS), known=known)

    assert told is not None
    assert told.offset_ms == OFFSET_MS + HOUR_MS
    assert told.step_ms is None


def test_only_events_that_were_not_synced_widen_what_a_new_run_tells() -> None:
    told = replace(SPAN, offset_ms=OFFSET_MS, uncertainty_ms=800, blurred_ms=65_000)
    known, _ = recall_boot(BOOT, told)

    assert known.track == Track(SPAN.last_ms, OFFSET_MS, 806)


def test_a_boot_that_ended_synced_is_anchored_at_its_last_row() -> None:
    ended = replace(SPAN, blurred_ms=9000, last_wall_ms=OFFSET_MS + SPAN.last_ms)

    assert recall_boot(BOOT, ended)[1] == Anchor(SPAN.last_ms, OFFSET_MS, 2000)
