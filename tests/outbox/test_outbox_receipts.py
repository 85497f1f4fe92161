"""What the centre confirms, and what is sent once more because it did not."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.outbox import Limits, Outbox, Settlement, State, chores, writer
from agent.outbox.chores import Confirm, Evict, Purge, Reopen
from agent.outbox.rows import DAMAGED, SEQUENCE_MASK
from agent.outbox.store import Store
from agent.outbox.views import FIRST_NUMBER
from agent.outbox.work import Errand
from tests.outbox.samples import EPOCH, filled, row, states, work_off
from tests.outbox.stores import acknowledge, finish, keep, look, marked, open_outbox, take_all

FAR = EPOCH.position(SEQUENCE_MASK)


def state_of(path: Path) -> dict[int, int]:
    return dict(look(path, "SELECT position & 1099511627775, state FROM event"))


def reject(outbox: Outbox, reason: int, *sequences: int) -> None:
    chosen = [row for row in take_all(outbox) if row.sequence in sequences]
    outbox.settle([Settlement(row.position, State.REJECTED, reason) for row in chosen])


# -- confirmed ----------------------------------------------------------------------------------


def test_ranges_confirm_pending_acknowledged_and_rejected_rows(outbox: Outbox, path: Path) -> None:
    keep(outbox, *range(6))
    acknowledge(outbox, take_all(outbox)[:2])
    reject(outbox, 0x87, 3)
    outbox.confirm(outbox.epoch, [(1, 4), (6, 6)])
    finish(outbox)
    assert state_of(path) == {1: 3, 2: 3, 3: 3, 4: 3, 5: 0, 6: 3, 7: 0}
    assert look(path, "SELECT count(*) FROM event WHERE reason IS NOT NULL") == [(0,)]


def test_confirmed_rows_are_not_offered_and_not_pending(outbox: Outbox) -> None:
    keep(outbox, *range(5))
    outbox.confirm(outbox.epoch, [(1, 4)])
    finish(outbox)
    assert [row.sequence for row in take_all(outbox)] == [5, 6]
    assert outbox.pending == 2
    assert outbox.watermark == take_all(outbox)[0].position - 1


def test_an_unknown_epoch_confirms_nothing(outbox: Outbox, path: Path) -> None:
    keep(outbox, 1)
    outbox.confirm("0123456789abcdef", [(1, 100)])
    finish(outbox)
    assert state_of(path) == {1: 0, 2: 0}


@pytest.mark.parametrize(
    "stretch", [(1, SEQUENCE_MASK), (1, 1 << 70), (-5, 2), (0, 1 << 62)], ids=str
)
def test_a_stretch_of_any_size_touches_its_own_epoch_alone(
    path: Path, stretch: tuple[int, int]
) -> None:
    open_outbox(path).close()
    second = open_outbox(path)
    keep(second, 1)
    second.confirm(second.epoch, [stretch])
    finish(second)
    found = look(path, "SELECT position >> 40, state FROM event WHERE state = 3")
    assert found
    assert {number for number, _ in found} == {FIRST_NUMBER + 1}
    second.close()
    third = open_outbox(path)
    query = "SELECT state FROM event WHERE position >> 40 = (SELECT max(number) FROM epoch)"
    assert look(path, query) == [(0,), (0,)]
    third.close()


def test_a_stretch_that_ends_before_it_begins_confirms_nothing(outbox: Outbox, path: Path) -> None:
    outbox.confirm(outbox.epoch, [(5, 1)])
    finish(outbox)
    assert state_of(path) == {1: 0}


@settings(max_examples=40, deadline=None)
@given(
    given_states=st.lists(st.sampled_from(list(State)), min_size=1, max_size=40),
    ranges=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 60)), max_size=8),
    glance_rows=st.integers(1, 9),
)
def test_exactly_the_rows_within_the_ranges_are_confirmed(
    given_states: list[State], ranges: list[tuple[int, int]], glance_rows: int
) -> None:
    rows = [row(n, state=state) for n, state in enumerate(given_states, start=1)]
    before = {r.sequence: r.state for r in rows}
    meant = {n for n in before if any(first <= n <= last for first, last in ranges)}
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chores, "GLANCE_ROWS", glance_rows)
        store = filled(Path(folder) / "outbox.db", rows)
        steps = work_off(store, Confirm(EPOCH.id, ranges))
        after = states(store)
        store.close()
    assert after == {n: State.CONFIRMED if n in meant else state for n, state in before.items()}
    assert -sum(step.pending for step in steps) == sum(before[n] is State.PENDING for n in meant)
    assert sum(step.changed for step in steps) == sum(
        before[n] is not State.CONFIRMED for n in meant
    )
    assert all(step.looked <= glance_rows for step in steps)


def test_many_receipts_that_wait_are_one_commit(
    outbox: Outbox, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(outbox, *range(50))
    commits = _count_commits(monkeypatch)
    with outbox._writer._gate:  # nobody can put anything in between
        errands = [chores.Confirm(outbox.epoch, [(n, n)]) for n in range(1, 51)]
        for errand in errands:
            outbox._writer._inbox.put(Errand(errand))
    finish(outbox)
    assert list(state_of(path).values()).count(3) == 50
    assert len(commits) < 10


def _count_commits(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    commits: list[None] = []
    commit = Store.commit

    def counted(store: Store) -> None:
        commits.append(None)
        commit(store)

    monkeypatch.setattr(Store, "commit", counted)
    return commits


def test_a_receipt_whose_commit_failed_is_not_lost(
    outbox: Outbox, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.02)
    keep(outbox, *range(5))
    epoch = outbox.epoch
    fails = [True, True]
    commit = Store.commit

    def commit_if_it_can(store: Store) -> None:
        if fails:
            fails.pop()
            raise sqlite3.OperationalError("disk I/O error")
        commit(store)

    monkeypatch.setattr(Store, "commit", commit_if_it_can)
    outbox.confirm(epoch, [(1, 3), (5, 6)])
    finish(outbox)
    query = "SELECT position & 255 FROM event WHERE state = 3"
    assert look(path, query) == [(1,), (2,), (3,), (5,), (6,)]
    assert outbox.pending == len(take_all(outbox))


# -- with receipts ------------------------------------------------------------------------------


def test_what_is_not_confirmed_outlives_its_retention(path: Path) -> None:
    store = filled(path, [row(1, state=State.ACKNOWLEDGED), row(2, state=State.CONFIRMED)])
    work_off(store, Purge(before_wall_ms=1 << 60, limits=Limits(receipts=True)))
    assert set(states(store)) == {1}
    store.close()


def test_what_is_not_confirmed_does_not_outlive_the_quota(path: Path) -> None:
    store = filled(path, [row(1, state=State.ACKNOWLEDGED)])
    limits = Limits(receipts=True)
    work_off(store, Evict(surplus_bytes=1 << 40, reason="quota", limits=limits))
    assert states(store) == {}
    store.close()


# -- sent once more -----------------------------------------------------------------------------


def test_unconfirmed_rows_are_offered_again_up_to_a_position(outbox: Outbox) -> None:
    keep(outbox, *range(5))
    rows = take_all(outbox)
    acknowledge(outbox, rows)
    keep(outbox, 5)
    finish(outbox)
    assert outbox.watermark == rows[-1].position
    rewinds = outbox.rewinds
    outbox.reopen(State.ACKNOWLEDGED, up_to=rows[2].position)
    finish(outbox)
    assert outbox.rewinds > rewinds
    assert outbox.watermark < rows[0].position
    assert [row.sequence for row in take_all(outbox, after=outbox.watermark)] == [1, 2, 3, 7]
    assert outbox.pending == 4


def test_reopening_nothing_is_no_rewind(outbox: Outbox) -> None:
    keep(outbox, 1)
    outbox.reopen(State.ACKNOWLEDGED, up_to=outbox.high)
    outbox.reopen(State.REJECTED, up_to=outbox.high, reasons=frozenset({0x97}))
    finish(outbox)
    assert outbox.rewinds == 0


def test_dead_letters_are_chosen_by_reason(outbox: Outbox, path: Path) -> None:
    keep(outbox, *range(4))
    reject(outbox, 0x87, 1)
    reject(outbox, 0x97, 2)
    reject(outbox, 0x99, 3)
    finish(outbox)
    outbox.reopen(State.REJECTED, up_to=outbox.high, reasons=frozenset({0x87, 0x97}))
    finish(outbox)
    assert state_of(path) == {1: 0, 2: 0, 3: 4, 4: 0, 5: 0}
    assert look(path, "SELECT reason FROM event WHERE reason IS NOT NULL") == [(0x99,)]


def test_without_reasons_all_dead_letters_are_reopened_but_damaged_ones(
    outbox: Outbox, path: Path
) -> None:
    keep(outbox, *range(3))
    reject(outbox, 0x87, 1)
    reject(outbox, DAMAGED, 2)
    outbox.reopen(State.REJECTED, up_to=outbox.high)
    finish(outbox)
    assert state_of(path) == {1: 0, 2: 4, 3: 0, 4: 0}


def test_a_damaged_row_is_not_reopened_even_when_its_reason_is_named(path: Path) -> None:
    store = filled(path, [row(1, state=State.REJECTED, reason=DAMAGED)])
    work_off(store, Reopen(State.REJECTED, up_to=FAR, reasons=frozenset({DAMAGED})))
    assert states(store) == {1: State.REJECTED}
    store.close()


def test_reopened_rows_can_be_settled_again(outbox: Outbox, path: Path) -> None:
    keep(outbox, 1)
    acknowledge(outbox, take_all(outbox))
    outbox.reopen(State.ACKNOWLEDGED, up_to=outbox.high)
    finish(outbox)
    acknowledge(outbox, take_all(outbox))
    outbox.append(marked(2)).result(10)
    assert state_of(path) == {1: 2, 2: 2, 3: 0}
    assert outbox.pending == 1


@settings(max_examples=40, deadline=None)
@given(
    given_states=st.lists(st.sampled_from(list(State)), min_size=1, max_size=40),
    state=st.sampled_from([State.ACKNOWLEDGED, State.CONFIRMED, State.REJECTED]),
    up_to=st.integers(0, 45),
    ranges=st.none() | st.lists(st.tuples(st.integers(1, 45), st.integers(1, 45)), max_size=4),
    step_rows=st.integers(1, 6),
)
def test_exactly_the_rows_asked_for_are_reopened(
    given_states: list[State],
    state: State,
    up_to: int,
    ranges: list[tuple[int, int]] | None,
    step_rows: int,
) -> None:
    rows = [row(n, state=found) for n, found in enumerate(given_states, start=1)]
    before = {r.sequence: r.state for r in rows}
    named = ranges if ranges is not None else [(1, 99)]
    meant = {
        n
        for n, found in before.items()
        if found is state and n <= up_to and any(first <= n <= last for first, last in named)
    }
    chosen = None if ranges is None else {EPOCH.id: ranges}
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chores, "STEP_ROWS", step_rows)
        patch.setattr(chores, "GLANCE_ROWS", step_rows + 1)
        store = filled(Path(folder) / "outbox.db", rows)
        store.advance_watermark()
        steps = work_off(store, Reopen(state, up_to=EPOCH.position(up_to), ranges=chosen))
        after, watermark = states(store), store.watermark()
        store.close()
    assert after == {n: State.PENDING if n in meant else found for n, found in before.items()}
    assert sum(step.pending for step in steps) == len(meant)
    assert all(EPOCH.position(n) > watermark for n in meant)
