"""What the fault bench shares: how long it may take, and the checks every fault must pass.

An ordinary run takes a minute and a half. `SMILEPOST_FAULTS=long` makes every count ten to a
hundred times as large:

    SMILEPOST_FAULTS=long scripts/test tests/faults
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.events.envelope import event_id
from agent.outbox import State
from agent.testing import FaultyBroker
from agent.testing.behaviour import Received
from agent.uplink.connection import Connection

LONG = os.environ.get("SMILEPOST_FAULTS") == "long"


def rounds(ordinary: int, *, long: int) -> int:
    """How often something is tried in this run."""
    return long if LONG else ordinary


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """An uplink that waits fractions of a second where it would wait half a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agent.uplink.window.ANSWER_S", 0.5)
        patch.setattr("agent.uplink.uplink.TURN_S", 0.05)
        patch.setattr("agent.uplink.uplink.GOODBYE_S", 0.2)
        patch.setattr("agent.uplink.connection.CONNECT_TIMEOUT_S", 0.5)
        patch.setitem(Connection.open.__kwdefaults__ or {}, "wait_s", 0.5)
        yield


def events_in(messages: Iterable[Received]) -> list[dict[str, Any]]:
    """The events among what a broker received."""
    return [json.loads(m.payload) for m in messages if "/event/" in m.topic]


def ids_in(messages: Iterable[Received]) -> set[str]:
    return {event["id"] for event in events_in(messages)}


def states_in(path: Path) -> dict[str, State]:
    """The state of every row in a closed store, by key."""
    query = """SELECT epoch.source, epoch.id, event.position & ((1 << 40) - 1), event.state
               FROM event JOIN epoch ON epoch.number = event.position >> 40"""
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        found = database.execute(query).fetchall()
    return {event_id(source, epoch, n): State(state) for source, epoch, n, state in found}


def assert_honest(path: Path, broker: FaultyBroker, *, window: int) -> None:
    """Nothing is settled in the closed store that the broker did not answer so."""
    states = states_in(path)
    acknowledged, refused = ids_in(broker.acknowledged), ids_in(broker.refused)
    settled = {key for key, state in states.items() if state is State.ACKNOWLEDGED}
    rejected = {key for key, state in states.items() if state is State.REJECTED}
    assert settled <= acknowledged, "settled without an acknowledgement"
    assert rejected <= refused, "rejected without a refusal"
    assert broker.widest <= window
    assert broker.violations == []
    assert_same_under_its_key(broker)


def assert_same_under_its_key(broker: FaultyBroker) -> None:
    """However often a key was sent, it said the same; what was sent again is flagged."""
    said: dict[str, dict[str, Any]] = {}
    for event in events_in(broker.messages):
        first = said.setdefault(event["id"], event)
        assert {**event, "replayed": None} == {**first, "replayed": None}
        assert event is first or event["replayed"]


def assert_complete(path: Path, broker: FaultyBroker, keys: set[str]) -> None:
    """Every accepted key is settled in the closed store, and the broker has answered for it."""
    states = states_in(path)
    assert keys <= states.keys()
    unsettled = {key for key, state in states.items() if state is State.PENDING}
    assert not unsettled
    assert keys <= ids_in(broker.acknowledged) | ids_in(broker.refused)
