"""The fold: what a consumer makes of labels and corrections."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock import anchor, iso_utc, redating
from agent.clock.redating import Dated, last_corrections, redate

BOOT = "00000000-0000-4000-8000-000000000007"
LATER_BOOT = "00000000-0000-4000-8000-000000000008"
NOON_MS = 1_795_000_000_000
OFFSET_MS = NOON_MS - 1_000_000


def event(monotonic_ms: int = 1_000_000, *, clock: str = "unknown", **times: int) -> dict[str, Any]:
    stamps = {name: iso_utc(ms) for name, ms in times.items()}
    kind = "smilepost.rating.given.v1"
    head = {"type": kind, "boot": BOOT, "monotonic": str(monotonic_ms), "clock": clock}
    return head | stamps | {"data": {}}


def correction(
    *, off_ms: int = 500, at_ms: int = 2_000_000, told_by: str = BOOT, offset_ms: int = OFFSET_MS
) -> dict[str, Any]:
    data = {"boot": BOOT, "offset_ms": offset_ms, "uncertainty_ms": off_ms}
    kind = "smilepost.clock.corrected.v1"
    return {"type": kind, "boot": told_by, "monotonic": str(at_ms), "data": data}


def test_a_synced_event_keeps_its_time_whatever_is_told_later() -> None:
    kept = event(clock="synced", time=NOON_MS + 7)

    assert redate(kept, {BOOT: correction()}) == redate(kept, {})
    assert redate(kept, {}) == Dated(NOON_MS + 7, NOON_MS - 1993, NOON_MS + 2007)


def test_without_a_correction_there_is_what_the_event_says() -> None:
    assert redate(event(), {}) == Dated(None, None, None)
    bounded = event(clock="estimated", time=NOON_MS, timeearliest=NOON_MS - 9)
    assert redate(bounded, {}) == Dated(NOON_MS, NOON_MS - 9, None)


def test_a_correction_dates_an_event_without_a_label() -> None:
    assert redate(event(), {BOOT: correction()}) == Dated(NOON_MS, NOON_MS - 500, NOON_MS + 500)


def test_a_correction_of_another_boot_dates_nothing() -> None:
    assert redate(event(), {LATER_BOOT: correction()}) == Dated(None, None, None)


def test_an_event_after_its_correction_is_less_certain() -> None:
    late = event(2_000_000 + 50_000_000)

    assert redate(late, {BOOT: correction()}) == Dated(
        OFFSET_MS + 52_000_000, OFFSET_MS + 52_000_000 - 5500, OFFSET_MS + 52_000_000 + 5500
    )


def test_what_a_later_boot_told_covers_all_of_an_earlier_one() -> None:
    late = event(52_000_000)
    told = correction(told_by=LATER_BOOT, at_ms=9)

    assert redate(late, {BOOT: told}).latest_ms == OFFSET_MS + 52_000_500


def test_the_event_s_own_limits_narrow_a_correction() -> None:
    known = event(clock="estimated", timeearliest=NOON_MS - 100, timelatest=NOON_MS + 60)

    assert redate(known, {BOOT: correction()}) == Dated(NOON_MS, NOON_MS - 100, NOON_MS + 60)


def test_the_best_time_lies_within_the_limits() -> None:
    known = event(clock="estimated", timeearliest=NOON_MS + 100)

    assert redate(known, {BOOT: correction()}).best_ms == NOON_MS + 100


@pytest.mark.parametrize(
    "false", [{"timeearliest": NOON_MS + 10_000}, {"timelatest": NOON_MS - 10_000}]
)
def test_a_limit_that_contradicts_the_correction_gives_way(false: dict[str, int]) -> None:
    dated = redate(event(clock="estimated", **false), {BOOT: correction()})

    assert dated == Dated(NOON_MS, NOON_MS - 500, NOON_MS + 500)


def test_the_last_correction_of_a_boot_holds() -> None:
    first, last = correction(), correction(offset_ms=OFFSET_MS + 1)

    assert last_corrections([first, event(), last]) == {BOOT: last}


@given(
    monotonic_ms=st.integers(0, 10**11),
    off_ms=st.integers(0, 10**9),
    own=st.fixed_dictionaries(
        {},
        optional={
            "timeearliest": st.integers(10**9, 4 * 10**12),
            "timelatest": st.integers(10**9, 4 * 10**12),
        },
    ),
)
def test_a_dated_event_has_ordered_limits_no_wider_than_the_correction(
    monotonic_ms: int, off_ms: int, own: dict[str, int]
) -> None:
    known = {BOOT: correction(off_ms=off_ms, told_by=LATER_BOOT)}
    dated = redate(event(monotonic_ms, clock="estimated", **own), known)

    assert dated.earliest_ms is not None
    assert dated.latest_ms is not None
    assert dated.best_ms is not None
    assert dated.earliest_ms <= dated.best_ms <= dated.latest_ms
    assert dated.latest_ms - dated.earliest_ms <= 2 * off_ms


def test_the_fold_reckons_with_the_agents_own_figures() -> None:
    assert redating.DRIFT_PPM == anchor.DRIFT_PPM
    assert redating.SYNCED_WITHIN_MS == anchor.SYNCED_WITHIN_MS


def test_the_fold_can_be_copied_to_a_machine_without_the_agent() -> None:
    source = Path(redating.__file__).read_text(encoding="utf-8")

    assert "import agent" not in source
    assert "from agent" not in source


def test_the_example_in_the_contract_runs(repository: Path) -> None:
    text = (repository / "docs" / "contract.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(from agent\.clock.*?)```", text, re.DOTALL)
    events = [json.loads(found) for found in re.findall(r'```json\n(\{"spec.*?)\n```', text)]
    fault = next(e for e in events if e["clock"] == "unknown")
    names: dict[str, Any] = {"event": fault, "events": events}

    exec(example, names)  # noqa: S102 - our own documentation

    told = last_corrections(events)[fault["boot"]]["data"]
    assert names["dated"].best_ms == int(fault["monotonic"]) + told["offset_ms"]
