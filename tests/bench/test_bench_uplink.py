"""The uplink is measured beside paho alone: a short backlog, a few live events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.bench import drain
from agent.bench.drain import measure_drain, payload_file
from agent.bench.live import measure_live
from agent.bench.ours import fill
from agent.testing import LocalBroker
from tests.outbox.stores import look


def test_a_store_is_filled_with_as_many_as_asked(tmp_path: Path) -> None:
    fill(tmp_path / "store.db", 2500)
    query = "SELECT count(*) FROM event WHERE kind = 'rating.given'"
    assert look(tmp_path / "store.db", query) == [(2500,)]


def test_paho_publishes_the_bytes_that_ours_does(tmp_path: Path) -> None:
    fill(tmp_path / "store.db", 3)
    message = json.loads(payload_file(tmp_path, tmp_path / "store.db").read_bytes())
    assert message["source"] == "/bench/bench/bench"
    assert message["type"].startswith("smilepost.rating.given.")


def test_a_drain_is_told_beside_bare_paho(
    tmp_path: Path, broker: LocalBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "ROUNDS", 1)
    rows = measure_drain(tmp_path, port=broker.port, events=200)
    assert [(row.metric, row.unit, row.peer) for row in rows] == [
        ("drain of 200", "events/s", "bare paho"),
        ("CPU of a drained event", "us", "bare paho"),
        ("memory with a backlog of 2,000", "MiB", "ours with 200"),
    ]
    assert all(row.ours > 0 and row.theirs for row in rows)
    assert rows[2].ours > 20, "a whole Python process"


def test_live_events_are_told_beside_bare_paho(tmp_path: Path, broker: LocalBroker) -> None:
    rows = measure_live(tmp_path, port=broker.port, count=20)
    assert [(row.metric, row.peer) for row in rows] == [
        ("commit to PUBACK at 100/s, p50", "bare paho"),
        ("commit to PUBACK at 100/s, p99", "bare paho"),
    ]
    assert all(row.ours > 0 and row.theirs for row in rows)
