"""What looking costs is told every ten seconds."""

from __future__ import annotations

import pytest

from agent.memory import resident_mb
from agent.vision.load import LoadMeter


def test_nothing_is_told_before_ten_seconds_are_over() -> None:
    meter = LoadMeter(at_s=100)
    assert meter.due(at_s=109.9) is None


def test_frames_and_skips_of_the_ten_seconds_are_told() -> None:
    meter = LoadMeter(at_s=100)
    for _ in range(3):
        with meter.frame():
            sum(range(1000))
    meter.skip(2)
    load = meter.due(at_s=110)
    assert load is not None
    assert (load.frames, load.skipped, load.at_ms) == (3, 2, 110_000)
    assert load.cpu_ms_per_frame > 0


def test_the_next_ten_seconds_begin_at_nothing() -> None:
    meter = LoadMeter(at_s=0)
    meter.skip(5)
    meter.due(at_s=10)
    load = meter.due(at_s=20)
    assert load is not None
    assert (load.frames, load.skipped, load.cpu_ms_per_frame) == (0, 0, 0)


def test_resident_memory_is_this_processes() -> None:
    assert 10 < resident_mb() < 4000


def test_a_frame_that_fails_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), LoadMeter(at_s=0).frame():
        _ = 1 / 0
