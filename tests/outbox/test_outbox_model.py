"""The outbox against a simple model: a list of numbered events, each with a state."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.outbox import Receipt, Settlement, State, writer
from agent.outbox.store import Store
from tests.outbox.stores import look, marked, open_outbox, sequences, take_all

_COMMIT = Store.commit


class OutboxModel(RuleBasedStateMachine):
    """`kept` maps every position to its mark (None for the store's own events)."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="outbox-model-"))
        self.path = self.folder / "outbox.db"
        self.dead = False
        self.number = 0
        self.kept: dict[int, float | None] = {}
        self.ids: dict[int, str] = {}
        self.settled: dict[int, State] = {}
        self.patches = contextlib.ExitStack()
        self.patches.enter_context(mock.patch.object(Store, "commit", self._commit_of()))
        self.patches.enter_context(mock.patch.object(writer, "RETRY_S", 0.01))
        self.outbox = open_outbox(self.path)
        self._learn()

    def _commit_of(self) -> object:
        model = self

        def commit(store: Store) -> None:
            if model.dead:
                raise sqlite3.OperationalError("disk I/O error")
            _COMMIT(store)

        return commit

    def _learn(self) -> None:
        """Add the store's own new events to the model; they are never marked."""
        for row in take_all(self.outbox):
            if row.position not in self.kept:
                assert row.kind in {"device.started", "device.fault"}
                self.kept[row.position] = None
                self.ids[row.position] = row.event_id

    def _promise(self, receipt: Receipt, mark: int) -> None:
        assert receipt.position not in self.kept, "a number was used twice"
        self.kept[receipt.position] = float(mark)
        self.ids[receipt.position] = receipt.event_id

    @property
    def waiting(self) -> list[int]:
        return sorted(self.kept.keys() - self.settled.keys())

    @rule(count=st.integers(1, 6))
    def append(self, count: int) -> None:
        marks = range(self.number, self.number + count)
        self.number += count
        futures = [self.outbox.append(marked(mark)) for mark in marks]
        for mark, future in zip(marks, futures, strict=True):
            receipt = future.result(10)
            assert not (receipt.durable and self.dead)
            self._promise(receipt, mark)
        self._learn()

    @rule(
        picks=st.lists(st.integers(0, 30), unique=True, max_size=8),
        state=st.sampled_from([State.ACKNOWLEDGED, State.REJECTED]),
    )
    def settle(self, picks: list[int], state: State) -> None:
        waiting = self.waiting
        positions = [waiting[pick] for pick in picks if pick < len(waiting)]
        reason = 0x87 if state is State.REJECTED else None
        self.settled |= dict.fromkeys(positions, state)
        self.outbox.settle(
            [Settlement(position, state, reason) for position in positions],
            watermark=self._watermark(),
        )

    def _watermark(self) -> int:
        return self.waiting[0] - 1 if self.waiting else max(self.kept)

    @rule(limit=st.integers(1, 9))
    def take(self, limit: int) -> None:
        rows = self.outbox.take(self.outbox.watermark, up_to=self.outbox.high, limit=limit)
        assert [row.position for row in rows] == self.waiting[:limit]

    @rule()
    def disk_dies(self) -> None:
        self.dead = True

    @precondition(lambda self: self.dead)
    @rule()
    def disk_comes_back(self) -> None:
        self.dead = False
        deadline_s = time.monotonic() + 10
        while self.outbox.degraded and time.monotonic() < deadline_s:
            time.sleep(0.002)
        assert not self.outbox.degraded
        self._learn()

    @precondition(lambda self: not self.dead)
    @rule()
    def reopen(self) -> None:
        self.outbox.close()
        self._compare_file()
        self.outbox = open_outbox(self.path)
        self._learn()

    @invariant()
    def it_counts_what_waits(self) -> None:
        assert self.outbox.pending == len(self.waiting)

    @invariant()
    def it_offers_exactly_what_waits_under_its_keys(self) -> None:
        rows = take_all(self.outbox)
        self._learn()
        assert [row.position for row in rows] == self.waiting
        assert all(row.event_id == self.ids[row.position] for row in rows)
        marks = [json.loads(row.data).get("uptime_s") for row in rows]
        assert marks == [self.kept[position] for position in self.waiting]

    @invariant()
    def the_watermark_never_passes_what_waits(self) -> None:
        assert all(position > self.outbox.watermark for position in self.waiting)

    def _compare_file(self) -> None:
        query = "SELECT position, state FROM event"
        states: dict[int, int] = dict(look(self.path, query))
        expected = {p: self.settled.get(p, State.PENDING) for p in self.kept}
        assert {p: states[p] for p in expected} == expected
        found = sequences(self.path)
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in found.values())
        self._compare_chain()

    def _compare_chain(self) -> None:
        ids = [row[0] for row in look(self.path, "SELECT id FROM epoch ORDER BY number")]
        query = """SELECT data ->> '$.previous.epoch' FROM event
                   WHERE kind = 'device.started' ORDER BY position"""
        assert [row[0] for row in look(self.path, query)] == [None, *ids[:-1]]

    def teardown(self) -> None:
        self.dead = False
        self.outbox.close()
        self._compare_file()
        self.patches.close()
        shutil.rmtree(self.folder)


TestOutboxModel = OutboxModel.TestCase
TestOutboxModel.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
