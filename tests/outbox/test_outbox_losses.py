"""Only what the store lacks too is told as lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events.catalogue import DataDropped
from agent.outbox import losses
from agent.outbox.losses import TellLosses, holes_of
from agent.outbox.store import Store
from tests.outbox.command_line import agent_at, damaged_copy, run
from tests.outbox.samples import EPOCH, filled, row, work_off
from tests.outbox.stores import finish, look, take_all

UNKNOWN = "00000000000000ff"


@pytest.fixture(scope="module")
def sevenths(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One epoch that has the rows 1 to 60 but for every seventh."""
    path = tmp_path_factory.mktemp("losses") / "outbox.db"
    return filled(path, [row(n) for n in range(1, 61) if n % 7])


def told(store: Store, holes: dict[str, tuple[tuple[int, int], ...]]) -> list[DataDropped]:
    steps = work_off(store, TellLosses(holes_of(holes)))
    return [event for step in steps for event in step.events if isinstance(event, DataDropped)]


def lost(events: Sequence[DataDropped], epoch: str) -> list[int]:
    return [n for e in events for a, b in e.ranges.get(epoch, ()) for n in range(a, b + 1)]


def test_what_the_store_has_is_not_told(sevenths: Store) -> None:
    assert told(sevenths, {EPOCH.id: ((1, 6), (15, 15))}) == []


def test_an_epoch_that_the_store_does_not_know_is_lost_whole(sevenths: Store) -> None:
    assert lost(told(sevenths, {UNKNOWN: ((3, 5),)}), UNKNOWN) == [3, 4, 5]


@given(
    bounds=st.lists(st.integers(1, 80), max_size=12, unique=True),
    glance=st.integers(1, 20),
    ranges=st.integers(1, 4),
)
def test_exactly_what_is_in_neither_is_told_in_events_of_bounded_length(
    bounds: list[int], glance: int, ranges: int, sevenths: Store
) -> None:
    ends = sorted(bounds)
    holes = tuple(zip(ends[::2], ends[1::2], strict=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(losses, "GLANCE_ROWS", glance)
        patch.setattr(losses, "RANGES_AN_EVENT", ranges)
        events = told(sevenths, {EPOCH.id: holes})
    wanted = [n for first, last in holes for n in range(first, last + 1)]
    assert lost(events, EPOCH.id) == [n for n in wanted if n > 60 or n % 7 == 0]
    assert all(len(event.ranges[EPOCH.id]) <= ranges for event in events)
    assert sum(event.count for event in events) == len(lost(events, EPOCH.id))


def test_a_damaged_copy_brought_into_its_own_sound_store_loses_nothing(store: Path) -> None:
    aside = damaged_copy(store)
    with agent_at(store) as outbox:
        run("salvage", aside, "--into", store)
        finish(outbox)
        kinds = {row.kind for row in take_all(outbox)}
    assert "device.fault" in kinds, "it was told that the salvage is over"
    assert "data.dropped" not in kinds
    assert look(store, "SELECT count(*) FROM event WHERE kind = 'data.dropped'") == [(0,)]
