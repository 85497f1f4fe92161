"""A wall clock that does what it likes: order, keys and delivery are the same."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.clock import SystemClock, Trust
from agent.clock.anchor import Reading
from agent.outbox import Outbox, Row, to_message
from agent.testing import FakeClock, FaultyBroker
from tests.faults.bench import events_in, rounds
from tests.outbox.stores import acknowledge, finish, marked, open_outbox, take_all
from tests.uplink.scene import append, running, wait_until
from tests.uplink.scene import settings as uplink_settings

EPOCH_MS = 0
NOW_MS = 1_795_000_000_000
FAR_MS = 4_102_444_800_000  # the year 2100
WALLS = st.none() | st.sampled_from([EPOCH_MS, NOW_MS, NOW_MS - 10**9, FAR_MS])
TRUSTS: st.SearchStrategy[Trust] = st.sampled_from(["synced", "estimated"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 4)),
        st.tuples(st.just("advance"), st.floats(0, 10**6)),
        st.tuples(st.just("jump"), st.tuples(WALLS, TRUSTS)),
        st.tuples(st.just("restart"), st.none()),
        st.tuples(st.just("reboot"), WALLS),
        st.tuples(st.just("settle"), st.integers(1, 5)),
        st.tuples(st.just("purge"), st.integers(0, 30)),
    ),
    max_size=25,
)


class Life:
    """A store under a clock that is moved about; `told` is what it said it kept, in order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = FakeClock()
        self.boots = 0
        self.told: list[tuple[str, int]] = []
        self.settled: set[str] = set()
        self.outbox = self._open()

    def _open(self) -> Outbox:
        return open_outbox(self.path, clock=self.clock)

    def do(self, what: str, how: Any) -> None:
        getattr(self, what)(how)

    def append(self, count: int) -> None:
        for _ in range(count):
            number = len(self.told)
            receipt = self.outbox.append(marked(number)).result(20)
            assert receipt.durable
            self.told.append((receipt.event_id, number))

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def jump(self, how: tuple[int | None, Trust]) -> None:
        wall_ms, trust = how
        self.clock.jump(wall_ms, trust="unknown" if wall_ms is None else trust)

    def restart(self, _how: None) -> None:
        self.outbox.close()
        self.outbox = self._open()

    def reboot(self, wall_ms: int | None) -> None:
        self.outbox.close()
        self.boots += 1
        self.clock.reboot(f"00000000-0000-4000-8000-{self.boots:012}", wall_ms=wall_ms)
        self.outbox = self._open()

    def settle(self, count: int) -> None:
        rows = take_all(self.outbox)[:count]
        acknowledge(self.outbox, rows)
        self.settled |= {row.event_id for row in rows}

    def purge(self, days: int) -> None:
        self.outbox.purge(keep_days=days)
        finish(self.outbox)


@contextlib.contextmanager
def life() -> Iterator[Life]:
    with tempfile.TemporaryDirectory() as folder:
        made = Life(Path(folder) / "outbox.db")
        try:
            yield made
        finally:
            made.outbox.close()


def numbered(taken: list[Row]) -> list[tuple[str, int]]:
    found = [(row.event_id, json.loads(row.data)) for row in taken if row.kind == "device.health"]
    return [(key, int(data["uptime_s"])) for key, data in found]


@settings(
    max_examples=rounds(30, long=2000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_whatever_the_clock_does_order_and_keys_stand(steps: list[tuple[str, Any]]) -> None:
    with life() as store:
        for what, how in steps:
            store.do(what, how)
        taken = take_all(store.outbox)
        waiting = [told for told in store.told if told[0] not in store.settled]
        assert numbered(taken) == waiting, "in the order it was told, nothing missing"
        assert len({key for key, _ in store.told}) == len(store.told)
        for row in taken:
            assert_dated(json.loads(to_message(row, replayed=True)))


def assert_dated(message: dict[str, Any]) -> None:
    """A label is there or not, but it never contradicts itself."""
    if message["clock"] == "unknown":
        assert "time" not in message
    if "time" in message:
        earliest = message.get("timeearliest", message["time"])
        latest = message.get("timelatest", message["time"])
        assert earliest <= message["time"] <= latest
    assert int(message["monotonic"]) >= 0


@settings(max_examples=rounds(6, long=300), deadline=None)
@given(
    walls=st.lists(st.sampled_from([EPOCH_MS, NOW_MS, NOW_MS + 86_400_000, FAR_MS]), min_size=1),
    synced=st.lists(st.booleans(), min_size=1),
)
def test_the_machines_clock_may_jump_while_it_delivers(
    walls: list[int], synced: list[bool]
) -> None:
    """The real clock with any readings, the real uplink: all arrives, in order, once by key."""
    readings = iter(range(1_000_000))

    def read() -> Reading:
        step = next(readings)
        error_ms = 5 if synced[step % len(synced)] else None
        return Reading(monotonic_ms=step * 10, wall_ms=walls[step % len(walls)], error_ms=error_ms)

    with tempfile.TemporaryDirectory() as folder, FaultyBroker() as broker:
        path = Path(folder) / "outbox.db"
        outbox = open_outbox(path, clock=SystemClock(read=read))
        with running(outbox, uplink_settings(broker.port)):
            append(outbox, *range(30))
            wait_until(lambda: outbox.pending == 0)
        outbox.close()
        came = [e["data"]["uptime_s"] for e in events_in(broker.messages) if "health" in e["type"]]
        assert came == list(range(30))
