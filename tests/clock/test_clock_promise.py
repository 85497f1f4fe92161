"""The promise: whatever happens to the clocks, the true time lies in the interval that was told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clock.world import DAY_MS, Device, Machine

SECOND_MS, HOUR_MS = 1000, 3_600_000
Step = Callable[[Device], object]

_SPELLS_MS = st.one_of(
    st.integers(1, 5 * SECOND_MS),
    st.integers(1, HOUR_MS),
    st.integers(1, 24 * HOUR_MS),
    st.integers(1, 40 * DAY_MS),
)
_DRIFTS_PPM = st.floats(-99, 99)
_JUMPS_MS = st.one_of(
    st.integers(-500, 500),
    st.integers(-HOUR_MS, HOUR_MS),
    st.integers(-DAY_MS * 999, DAY_MS * 999),
)


def _steps_of(method: Callable[..., object], **values: st.SearchStrategy[Any]) -> Any:
    """Draw calls of one method; partial functions show what they are when a test fails."""
    return st.fixed_dictionaries(values).map(lambda drawn: partial(method, **drawn))


_STARTS = st.sampled_from(["shutdown", "1970", "wrong", "battery"])
_STEPS: st.SearchStrategy[Step] = st.one_of(
    _steps_of(Device.live, passed_ms=_SPELLS_MS),
    _steps_of(Device.live, passed_ms=st.integers(5 * HOUR_MS, 10 * HOUR_MS)),
    _steps_of(Device.look),
    _steps_of(Device.find_time),
    _steps_of(Device.watch, seconds=st.integers(1, 5)),
    _steps_of(Device.synchronise, server_off_ms=st.floats(-100, 100)),
    _steps_of(Device.set_by_hand, ahead_ms=_JUMPS_MS),
    _steps_of(Device.start),
    _steps_of(Device.boot_again, off_ms=_SPELLS_MS, start=_STARTS, drift_ppm=_DRIFTS_PPM),
)


@settings(max_examples=3 * settings().max_examples)
@given(
    drift_ppm=_DRIFTS_PPM,
    wall_ms=st.sampled_from([0.0, 1e12, 1.9e12]),
    stores_latest=st.booleans(),
    looks_far=st.booleans(),
    steps=st.lists(_STEPS, min_size=3, max_size=40),
)
def test_the_true_time_always_lies_in_the_interval_that_was_told(
    drift_ppm: float, wall_ms: float, *, stores_latest: bool, looks_far: bool, steps: list[Step]
) -> None:
    machine = Machine(drift_ppm=drift_ppm, wall_ms=wall_ms)
    device = Device(machine, stores_latest=stores_latest, looks_far=looks_far)
    for step in steps:
        step(device)
        device.press()

    seen = [n for n, m in enumerate(device.messages) if "corrected" in m["type"]]
    for known in (0, *(n + 1 for n in seen), len(device.messages)):
        for number, truth_ms in enumerate(device.truths):
            dated = device.dated(number, seen=known)
            assert dated.earliest_ms is None or dated.earliest_ms <= truth_ms + 1
            assert dated.latest_ms is None or truth_ms <= dated.latest_ms + 1
