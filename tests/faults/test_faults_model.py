"""The outbox against a model that is killed, filled, confirmed, reopened and purged."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.events.envelope import event_id
from agent.outbox import Limits, Outbox, Settlement, State, writer
from agent.outbox.store import Store
from agent.testing import FakeClock
from tests.faults.bench import rounds
from tests.faults.workload import settle_down
from tests.outbox.stores import SOURCE, finish, look, marked, open_outbox, take_all

DAY_S = 86_400.0
FREE = Limits(quota_bytes=1 << 30, free_disk_bytes=0)
TIGHT = Limits(quota_bytes=50_000, free_disk_bytes=0)
REASONS = st.sampled_from([0x87, 0x97])
_COMMIT = Store.commit


@dataclass(frozen=True)
class Known:
    """A row as the model knows it; `mark` is None for the store's own facts."""

    key: str
    mark: int | None
    state: State = State.PENDING
    reason: int | None = None
    durable: bool = True


def stretch_keys(ranges: dict[str, list[list[int]]]) -> set[str]:
    return {
        event_id(SOURCE, epoch, number)
        for epoch, stretches in ranges.items()
        for first, last in stretches
        for number in range(first, last + 1)
    }


class StoreModel(RuleBasedStateMachine):
    """`rows` maps every position that must be in the store to what is known of it."""

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory(prefix="smilepost-model-")
        self.lives = 0
        self.path = Path(self.home.name) / "0" / "outbox.db"
        self.dead = False
        self.limits = FREE
        self.clock = FakeClock()
        self.number = 0
        self.rows: dict[int, Known] = {}
        self.gone: set[str] = set()
        self.patches = contextlib.ExitStack()
        self.patches.enter_context(mock.patch.object(Store, "commit", self._commit_of()))
        self.patches.enter_context(mock.patch.object(writer, "RETRY_S", 0.01))
        self.outbox = self._open()
        self._learn()

    def _commit_of(self) -> object:
        model = self

        def commit(store: Store) -> None:
            if model.dead:
                raise sqlite3.OperationalError("disk I/O error")
            _COMMIT(store)

        return commit

    def _open(self) -> Outbox:
        return open_outbox(self.path, clock=self.clock, limits=self.limits)

    def _learn(self) -> None:
        """Wait until the store is at rest; take in its own facts, and what they say is gone."""
        if not self.dead:
            finish(self.outbox)
        for row in take_all(self.outbox):
            if row.position in self.rows:
                continue
            assert row.kind != "device.health", "nobody wrote this"
            self.rows[row.position] = Known(row.event_id, None, durable=not self.outbox.degraded)
            if row.kind in {"data.purged", "data.dropped"}:
                self._forget(stretch_keys(json.loads(row.data)["ranges"]))

    def _forget(self, keys: set[str]) -> None:
        known = {known.key: position for position, known in self.rows.items()}
        assert keys <= known.keys(), "what never was is said to be gone"
        self.gone |= keys
        for key in keys:
            del self.rows[known[key]]

    def _positions(self, *states: State) -> list[int]:
        return sorted(p for p, known in self.rows.items() if known.state in states)

    @property
    def waiting(self) -> list[int]:
        return self._positions(State.PENDING)

    def _set(self, position: int, state: State, reason: int | None = None) -> None:
        self.rows[position] = replace(self.rows[position], state=state, reason=reason)

    # -- what is done to it ---------------------------------------------------------------------

    @rule(count=st.sampled_from([1, 2, 5, 70]))
    def append(self, count: int) -> None:
        marks = range(self.number, self.number + count)
        self.number += count
        futures = [self.outbox.append(marked(mark)) for mark in marks]
        for mark, future in zip(marks, futures, strict=True):
            receipt = future.result(20)
            assert not (receipt.durable and self.dead)
            assert receipt.position not in self.rows
            assert receipt.event_id not in self.gone, "a key was used twice"
            self.rows[receipt.position] = Known(receipt.event_id, mark, durable=receipt.durable)
        self._learn()

    @rule(picks=st.sets(st.integers(0, 90), max_size=40), refused=st.none() | REASONS)
    def settle(self, picks: set[int], refused: int | None) -> None:
        state = State.ACKNOWLEDGED if refused is None else State.REJECTED
        waiting = self.waiting
        chosen = [waiting[pick] for pick in sorted(picks) if pick < len(waiting)]
        self.outbox.settle([Settlement(position, state, refused) for position in chosen])
        for position in chosen:
            self._set(position, state, refused)

    @rule(limit=st.integers(1, 9))
    def take(self, limit: int) -> None:
        rows = self.outbox.take(self.outbox.watermark, up_to=self.outbox.high, limit=limit)
        assert [row.position for row in rows] == self.waiting[:limit]

    @precondition(lambda self: not self.dead)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        """The centre tells ranges of an epoch, over rows in any state."""
        epochs = sorted({known.key.rpartition("/")[0] for known in self.rows.values()})
        epoch = data.draw(st.sampled_from(epochs))
        first = data.draw(st.integers(1, 60))
        last = first + data.draw(st.integers(0, 60))
        self.outbox.confirm(epoch.rpartition("/")[2], [(first, last)])
        said = {f"{epoch}/{number:020}" for number in range(first, last + 1)}
        for position, known in list(self.rows.items()):
            if known.key in said:
                self._set(position, State.CONFIRMED)
        self._learn()

    @precondition(lambda self: not self.dead)
    @rule(state=st.sampled_from([State.REJECTED, State.ACKNOWLEDGED]), reason=st.none() | REASONS)
    def reopen(self, state: State, reason: int | None) -> None:
        reasons = None if reason is None or state is not State.REJECTED else frozenset({reason})
        self.outbox.reopen(state, up_to=self.outbox.high, reasons=reasons)
        for position in self._positions(state):
            if reasons is None or self.rows[position].reason in reasons:
                self._set(position, State.PENDING)
        self._learn()

    @precondition(lambda self: not self.dead)
    @rule(days=st.integers(0, 3))
    def purge(self, days: int) -> None:
        delivered = {self.rows[p].key for p in self._positions(State.ACKNOWLEDGED, State.CONFIRMED)}
        self.clock.advance(DAY_S)
        before = set(self.gone)
        self.outbox.purge(keep_days=days)
        self._learn()
        assert self.gone - before <= delivered, "only what is delivered is purged"

    # -- what happens to it ---------------------------------------------------------------------

    @rule()
    def disk_dies(self) -> None:
        self.dead = True

    @precondition(lambda self: self.dead)
    @rule()
    def disk_comes_back(self) -> None:
        self.dead = False
        deadline_s = time.monotonic() + 20
        while self.outbox.degraded:
            assert time.monotonic() < deadline_s, "it never recovered"
            time.sleep(0.002)
        self.rows = {p: replace(known, durable=True) for p, known in self.rows.items()}
        self._learn()

    @precondition(lambda self: not self.dead)
    @rule(tight=st.booleans())
    def restart(self, tight: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
        """Stop and start in order, perhaps with less room."""
        self.outbox.close()
        self._compare_file()
        self.limits = TIGHT if tight else FREE
        self.clock.advance(60.0)
        self.outbox = self._open()
        self._learn()

    @rule(reboot=st.booleans())
    def kill(self, reboot: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
        """Go on with the files as they are: what lingers or is in memory only is lost with it."""
        abandoned, old = self.outbox, self.path
        self.lives += 1
        self.path = Path(self.home.name) / str(self.lives) / "outbox.db"
        away = shutil.ignore_patterns("*-shm", "*.lock", "*-journal")
        shutil.copytree(old.parent, self.path.parent, ignore=away)
        self.dead = False
        abandoned.close()
        settle_down()
        shutil.rmtree(old.parent)
        if reboot:
            self.clock.reboot(f"00000000-0000-4000-8000-{self.lives:012}")
        self.rows = {p: known for p, known in self.rows.items() if known.durable}
        self.outbox = self._open()
        self._compare_after_kill()
        self._learn()

    def _compare_after_kill(self) -> None:
        """A settlement that was not written is forgotten; nothing else may differ."""
        for position, (state, _data) in self._file().items():
            if position in self.rows and state == State.PENDING:
                self._set(position, State.PENDING)

    # -- what must hold -------------------------------------------------------------------------

    @invariant()
    def it_offers_exactly_what_waits_under_its_keys(self) -> None:
        offered = take_all(self.outbox)
        self._learn()
        assert [row.position for row in offered] == self.waiting
        for row in offered:
            known = self.rows[row.position]
            assert row.event_id == known.key
            assert json.loads(row.data).get("uptime_s") == known.mark or known.mark is None

    @invariant()
    def it_counts_what_waits(self) -> None:
        assert self.outbox.pending == len(self.waiting)

    @invariant()
    def the_watermark_never_passes_what_waits(self) -> None:
        assert all(position > self.outbox.watermark for position in self.waiting)

    def _file(self) -> dict[int, tuple[int, str]]:
        found = look(self.path, "SELECT position, state, data FROM event")
        return {position: (state, data) for position, state, data in found}

    def _compare_file(self) -> None:
        found = self._file()
        assert found.keys() == self.rows.keys()
        states = {position: state for position, (state, _) in found.items()}
        assert states == {p: known.state for p, known in self.rows.items()}
        self._compare_numbers()

    def _compare_numbers(self) -> None:
        """Every number of an epoch is in the file, or said to be gone."""
        numbers: dict[str, set[int]] = {}
        for key in {known.key for known in self.rows.values()} | self.gone:
            epoch, _, number = key.rpartition("/")
            numbers.setdefault(epoch, set()).add(int(number))
        assert all(found == set(range(1, max(found) + 1)) for found in numbers.values())

    def teardown(self) -> None:
        self.dead = False
        self.outbox.close()
        self.patches.close()
        self.home.cleanup()


TestStoreModel: Any = StoreModel.TestCase
TestStoreModel.settings = settings(
    max_examples=rounds(20, long=400),
    stateful_step_count=rounds(25, long=60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
