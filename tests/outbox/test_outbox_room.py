"""Quota and free disk: what goes, in which order, and that every drop is told."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events.catalogue import CATALOGUE, DataDropped, DataPurged, EventData
from agent.outbox import Limits, Outbox, State, chores, room
from agent.outbox.chores import Evict, Purge
from agent.outbox.eviction import CLASSES, LEAST_BYTES, RELIEF, SLACK_BYTES, Class, Room, class_of
from agent.outbox.rows import Row
from tests.outbox.samples import EPOCH, OF_CLASS, filled, rating, row, states, work_off
from tests.outbox.stores import acknowledge, finish, keep, look, marked, open_outbox, take_all

MIB = 1 << 20
NAMES: tuple[Class, ...] = tuple(CLASSES)
EVERYTHING = 1 << 40


@pytest.fixture
def small(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbox]:
    """An outbox that may take 100 KiB and looks at every commit."""
    monkeypatch.setattr(room, "ROOM_CHECK_ROWS", 1)
    outbox = open_outbox(path, limits=Limits(quota_bytes=100 << 10, free_disk_bytes=0))
    yield outbox
    outbox.close()


def told(events: list[EventData]) -> dict[str, set[int]]:
    """Sequences of the first epoch that were told as gone, by class or `purged`."""
    found: dict[str, set[int]] = {}
    for event in events:
        assert isinstance(event, DataDropped | DataPurged)
        name = event.retained_class if isinstance(event, DataDropped) else "purged"
        for first, last in event.ranges.get(EPOCH.id, ()):
            found.setdefault(name, set()).update(range(first, last + 1))
    return found


def gone_from(path: Path) -> set[tuple[str, int]]:
    """Keys that the file itself tells as gone."""
    query = "SELECT data FROM event WHERE kind IN ('data.dropped', 'data.purged')"
    found = set()
    for (data,) in look(path, query):
        for epoch, ranges in json.loads(data)["ranges"].items():
            found |= {(epoch, n) for first, last in ranges for n in range(first, last + 1)}
    return found


def keys_in(path: Path) -> set[tuple[str, int]]:
    query = "SELECT id, position & 1099511627775 FROM event JOIN epoch ON number = position >> 40"
    return set(look(path, query))


# -- how much -----------------------------------------------------------------------------------


def test_below_the_quota_nothing_is_to_go() -> None:
    found = Room(used=10 * MIB, file=20 * MIB, free=1000 * MIB)
    assert found.surplus(Limits(quota_bytes=10 * MIB)) is None


def test_above_the_quota_a_little_more_goes_than_must() -> None:
    found = Room(used=11 * MIB, file=20 * MIB, free=1000 * MIB)
    assert found.surplus(Limits(quota_bytes=10 * MIB)) == (MIB + 10 * MIB // RELIEF, "quota")


def test_on_a_full_disk_the_file_stops_growing() -> None:
    found = Room(used=20 * MIB, file=20 * MIB, free=100 * MIB)
    surplus = found.surplus(Limits(free_disk_bytes=200 * MIB))
    assert surplus is not None
    assert surplus[1] == "disk"
    assert surplus[0] >= SLACK_BYTES


def test_free_pages_within_the_file_are_used_before_anything_goes_for_the_disk() -> None:
    found = Room(used=19 * MIB, file=20 * MIB, free=100 * MIB)
    assert found.surplus(Limits(free_disk_bytes=200 * MIB)) is None


def test_however_full_the_disk_is_the_store_keeps_a_little() -> None:
    found = Room(used=LEAST_BYTES, file=LEAST_BYTES, free=0)
    assert found.surplus(Limits()) is None


@given(used=st.integers(0, 1 << 40), slack=st.integers(0, 1 << 30), free=st.integers(0, 1 << 40))
def test_what_is_left_after_making_room_is_allowed(used: int, slack: int, free: int) -> None:
    found = Room(used=used, file=used + slack, free=free)
    surplus = found.surplus(Limits())
    if surplus is not None:
        left = Room(used=max(0, used - surplus[0]), file=used + slack, free=free)
        assert left.surplus(Limits()) is None


def test_every_kind_has_a_class_and_only_one() -> None:
    kinds = [kind for known in CLASSES.values() for kind in known]
    assert len(kinds) == len(set(kinds))
    assert {data.kind for data in CATALOGUE} == set(kinds)


def test_a_kind_that_is_not_known_goes_with_the_answers() -> None:
    assert class_of("feedback.left") == "answers"


# -- what, in which order -----------------------------------------------------------------------


def one_of_each(state: State = State.PENDING) -> list[Row]:
    return [row(number, name, state=state) for number, name in enumerate(NAMES[::-1], start=1)]


def test_classes_go_in_the_promised_order_and_the_record_never(path: Path) -> None:
    store = filled(path, one_of_each())
    steps = work_off(store, Evict(surplus_bytes=EVERYTHING, reason="quota", limits=Limits()))
    events = [event for step in steps for event in step.events]
    assert [next(iter(told([event]))) for event in events] == [
        name for name in NAMES if name != "record"
    ]
    assert list(states(store)) == [1]
    store.close()


def test_delivered_rows_go_first_whatever_their_class(path: Path) -> None:
    store = filled(path, [row(1, "expression"), row(2, "answers", state=State.ACKNOWLEDGED)])
    first = work_off(store, Evict(surplus_bytes=EVERYTHING, reason="quota", limits=Limits()))[0]
    assert told(first.events) == {"purged": {2}}
    store.close()


def test_with_receipts_only_confirmed_rows_count_as_delivered(path: Path) -> None:
    rows = [row(1, state=State.ACKNOWLEDGED), row(2, "answers", state=State.CONFIRMED)]
    store = filled(path, rows)
    evict = Evict(surplus_bytes=EVERYTHING, reason="quota", limits=Limits(receipts=True))
    steps = work_off(store, evict)
    assert [told(step.events) for step in steps if step.events] == [
        {"purged": {2}},
        {"health": {1}},
    ]
    store.close()


def test_dead_letters_go_with_their_class(path: Path) -> None:
    store = filled(path, [row(1, state=State.REJECTED, reason=0x87)])
    evict = Evict(surplus_bytes=EVERYTHING, reason="disk", limits=Limits())
    [event] = [event for step in work_off(store, evict) for event in step.events]
    assert isinstance(event, DataDropped)
    assert (event.reason, event.retained_class, event.count) == ("disk", "health", 1)
    store.close()


def test_within_a_class_the_oldest_goes_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "STEP_ROWS", 3)
    store = filled(path, [row(n) for n in range(1, 400)])
    work_off(store, Evict(surplus_bytes=20 << 10, reason="quota", limits=Limits()))
    left = sorted(states(store))
    assert left == list(range(left[0], 400))
    assert 1 < left[0] < 399
    store.close()


def test_it_ends_once_there_is_room(path: Path) -> None:
    store = filled(path, [row(n) for n in range(1, 400)])
    assert [step.events for step in work_off(store, _evict(0))] == [[]]
    store.close()


def _evict(surplus_bytes: int) -> Evict:
    return Evict(surplus_bytes=surplus_bytes, reason="quota", limits=Limits())


rows_of_any_kind = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(list(State))), min_size=1, max_size=60
)


some_limits = st.builds(Limits, receipts=st.booleans())


@settings(max_examples=40, deadline=None)
@given(kinds=rows_of_any_kind, step_rows=st.integers(1, 7), limits=some_limits)
def test_what_is_told_is_exactly_what_went(
    kinds: list[tuple[Class, State]], step_rows: int, limits: Limits
) -> None:
    rows = [row(n, name, state=state) for n, (name, state) in enumerate(kinds, start=1)]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chores, "STEP_ROWS", step_rows)
        patch.setattr(chores, "GLANCE_ROWS", step_rows + 2)
        store = filled(Path(folder) / "outbox.db", rows)
        steps = work_off(store, Evict(surplus_bytes=EVERYTHING, reason="quota", limits=limits))
        left = set(states(store))
        store.close()
    gone = told([event for step in steps for event in step.events])
    assert sum(map(len, gone.values())) == len(rows) - len(left), "nothing is told twice"
    assert set().union(*gone.values(), left) == set(range(1, len(rows) + 1))
    assert {n for n, (name, _) in enumerate(kinds, start=1) if name == "record"} == left
    pending = sum(state is State.PENDING and name != "record" for name, state in kinds)
    assert -sum(step.pending for step in steps) == pending
    delivered = {
        n
        for n, (name, state) in enumerate(kinds, start=1)
        if name != "record" and limits.delivered(state)
    }
    assert gone.get("purged", set()) == delivered


@settings(max_examples=25, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["good", "bad", None]), min_size=1, max_size=40),
    step_rows=st.integers(1, 5),
)
def test_presses_are_counted_before_they_go(kinds: list[str | None], step_rows: int) -> None:
    rows = []
    for number, key in enumerate(kinds, start=1):
        plain = row(number, "answers", state=State.ACKNOWLEDGED)
        if key is not None:
            rows.append(plain._replace(data=rating(key).model_dump_json(exclude_none=True)))
        else:
            rows.append(row(number))
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chores, "STEP_ROWS", step_rows)
        patch.setattr(chores, "GLANCE_ROWS", step_rows + 1)
        store = filled(Path(folder) / "outbox.db", rows)
        work_off(store, _evict(EVERYTHING))
        counts, since = store.presses()
        store.close()
    assert counts == {key: kinds.count(key) for key in ("good", "bad") if key in kinds}
    assert since == EPOCH.id


def test_a_step_looks_at_a_bounded_number_of_rows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "STEP_ROWS", 10)
    monkeypatch.setattr(chores, "GLANCE_ROWS", 50)
    store = filled(path, [row(n, "answers") for n in range(1, 201)])
    deleted = [
        sum(map(len, told(step.events).values())) for step in work_off(store, _evict(1 << 30))
    ]
    assert sum(deleted) == 200
    assert max(deleted) == 10
    # Counting 200 presses took steps of its own, and so did every look at 50 rows.
    assert deleted.count(0) >= 4 + 4
    store.close()


# -- retention ----------------------------------------------------------------------------------


def test_retention_takes_old_delivered_rows_of_any_class_and_tells_them(path: Path) -> None:
    rows = [
        row(1, state=State.ACKNOWLEDGED),
        row(2),
        row(3, state=State.REJECTED, reason=0x87),
        row(4, "record", state=State.CONFIRMED),
    ]
    store = filled(path, rows)
    steps = work_off(store, Purge(before_wall_ms=1 << 60, limits=Limits()))
    assert told([event for step in steps for event in step.events]) == {"purged": {1, 4}}
    assert set(states(store)) == {2, 3}
    store.close()


def test_retention_leaves_what_is_young_or_of_unknown_age(path: Path) -> None:
    young = row(1, state=State.ACKNOWLEDGED)
    dateless = row(2, state=State.ACKNOWLEDGED)._replace(wall_ms=None, trust="unknown")
    store = filled(path, [young, dateless])
    assert young.wall_ms is not None
    work_off(store, Purge(before_wall_ms=young.wall_ms, limits=Limits()))
    assert set(states(store)) == {1, 2}
    store.close()


def test_the_age_of_a_row_is_the_corrected_one(path: Path) -> None:
    # Its label says 1970; what became known of its boot says it is young.
    wrong = row(1, state=State.ACKNOWLEDGED)._replace(wall_ms=5, trust="estimated")
    store = filled(path, [wrong])
    store._db.execute("UPDATE epoch SET offset_ms = ?", (1_795_000_000_000,))
    work_off(store, Purge(before_wall_ms=1_795_000_000_000, limits=Limits()))
    assert set(states(store)) == {1}
    store.close()


# -- in a running store -------------------------------------------------------------------------


def test_a_store_stays_within_its_quota_and_tells_every_key_that_is_gone(
    small: Outbox, path: Path
) -> None:
    keep(small, *range(2000))
    finish(small)
    keep(small, 0)  # what came while rows went may need room of its own
    finish(small)
    assert small._writer._store is not None
    assert small._writer._store.used_bytes() <= 110 << 10
    last = small.high & ((1 << 40) - 1)
    every = {(small.epoch, n) for n in range(1, last + 1)}
    assert keys_in(path) | gone_from(path) == every
    assert not keys_in(path) & gone_from(path)


def test_pending_is_right_behind_an_eviction(small: Outbox) -> None:
    keep(small, *range(1000))
    finish(small)
    assert small.pending == len(take_all(small)) < 1000


def test_answers_outlive_what_matters_less(small: Outbox, path: Path) -> None:
    answers = [small.append(rating()).result(10).position for _ in range(20)]
    keep(small, *range(1000))
    finish(small)
    left = {position for (position,) in look(path, "SELECT position FROM event")}
    assert set(answers) <= left


def test_delivered_answers_go_before_undelivered_health(small: Outbox, path: Path) -> None:
    for _ in range(250):
        small.append(rating())
    keep(small, 0)
    acknowledge(small, take_all(small))
    keep(small, *range(400))
    finish(small)
    waiting = [row.kind for row in take_all(small)]
    assert waiting.count("device.health") == 400
    kinds = dict(look(path, "SELECT kind, count(*) FROM event GROUP BY kind"))
    assert kinds.get("rating.given", 0) < 250
    assert kinds["device.started"] == 1, "the record stays, delivered or not"


def test_presses_for_life_survive_an_eviction_and_a_restart(small: Outbox, path: Path) -> None:
    first = small.epoch
    for _ in range(30):
        small.append(rating())
    keep(small, 0)
    acknowledge(small, take_all(small))
    keep(small, *range(1500))
    finish(small)
    assert look(path, "SELECT count(*) FROM event WHERE kind = 'rating.given'") == [(0,)]
    small.close()
    again = open_outbox(path)
    assert again.presses_before == ({"good": 30}, first)
    again.close()


def test_an_append_waits_for_one_step_of_an_eviction_at_most(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "STEP_ROWS", 5)
    outbox = open_outbox(path)
    keep(outbox, *range(300))
    order: list[str] = []
    step = Evict.step

    def slow_step(self: Evict, store: object) -> chores.Step:
        order.append("step")
        time.sleep(0.01)  # the append below comes while this runs
        return step(self, store)  # type: ignore[arg-type]

    monkeypatch.setattr(Evict, "step", slow_step)
    errand = outbox._writer.ask(_evict(EVERYTHING))
    for number in range(10):
        waited = len(order)
        outbox.append(marked(number)).result(10)
        assert len(order) <= waited + 2, "the step that ran, and one that began meanwhile"
    assert errand.wait()
    assert len(order) > 20
    outbox.close()


def test_with_nothing_left_to_drop_the_store_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ROOM_CHECK_ROWS", 1)
    outbox = open_outbox(path, limits=Limits(quota_bytes=1, free_disk_bytes=0))
    receipts = [outbox.append(OF_CLASS["record"]).result(10) for _ in range(20)]
    finish(outbox)
    assert all(receipt.durable for receipt in receipts)
    assert {r.position for r in receipts} <= {row.position for row in take_all(outbox)}
    outbox.close()
