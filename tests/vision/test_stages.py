"""What each stage of looking costs: added up, told as shares, and nothing where nobody asks."""

from __future__ import annotations

import pytest

from agent.vision.stages import STAGES, Spent, Stopwatch, shares, unmeasured


def spun(stopwatch: Stopwatch) -> None:
    with stopwatch("search"):
        sum(range(100_000))


def test_a_stage_adds_up_its_calls_and_its_cpu_time() -> None:
    stopwatch = Stopwatch()
    spun(stopwatch)
    once_s = stopwatch.spent["search"].cpu_s
    spun(stopwatch)

    assert stopwatch.spent["search"].calls == 2
    assert stopwatch.spent["search"].cpu_s > once_s > 0
    assert stopwatch.spent["track"] == Spent()


def test_a_stage_that_fails_took_its_time_all_the_same() -> None:
    stopwatch = Stopwatch()
    with pytest.raises(ValueError, match="damaged"), stopwatch("decode"):
        raise ValueError("damaged")

    assert stopwatch.spent["decode"].calls == 1


def test_shares_add_up_with_what_belongs_to_no_stage() -> None:
    spent = {stage: Spent() for stage in STAGES}
    spent |= {"decode": Spent(10, 0.1), "search": Spent(5, 0.2), "expression": Spent(10, 0.05)}
    told = {share.stage: share for share in shares(Stopwatch(spent), frames=10, looking_s=0.3)}

    assert told["search"] == ("search", 5, 40.0, 20.0, 0.5)
    assert told["other"].ms_per_frame == pytest.approx(5)
    assert sum(share.share for share in told.values()) == pytest.approx(1)


def test_nothing_looked_at_has_no_shares() -> None:
    assert {share.share for share in shares(Stopwatch(), frames=0, looking_s=0.0)} == {0.0}


def test_where_nobody_asks_nothing_is_measured() -> None:
    with unmeasured("search"), unmeasured("track"):
        pass
    assert unmeasured("search") is unmeasured("track")
