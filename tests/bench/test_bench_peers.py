"""The peers are driven as their documentation says, shown with stand-ins of the same interface."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.bench.peers import appending, sending, stores
from agent.bench.peers.sending import new_message
from agent.bench.peers.stores import PAYLOAD, QUEUES, Huey, LiteQueue, PersistQueue

EVERY = sorted(QUEUES)


class EmptyError(Exception):
    pass


class FakeAckQueue:
    """persist-queue's interface, in memory; notes what is done to it."""

    def __init__(self, path: str, *, multithreading: bool) -> None:
        assert multithreading
        self.path, self.items, self.deeds = path, list[str](), list[str]()

    def put(self, item: str) -> None:
        self.items.append(item)

    def get(self, *, block: bool, raw: bool) -> dict[str, Any]:
        assert not block
        assert raw
        if not self.items:
            raise EmptyError
        return {"pqid": 7, "data": self.items.pop(0)}

    def ack(self, *, id: int) -> None:  # noqa: A002 - the package's own word
        self.deeds.append(f"ack {id}")


class FakeLiteQueue:
    """litequeue's interface over one shared list: messages by id, and which are locked."""

    def __init__(self, path: str, *, timeout: int) -> None:
        shelf = SHELVES.setdefault(path, SimpleNamespace(ready=[], locked=[], deeds=[]))
        self.timeout, self.shelf = timeout, shelf

    def put(self, data: str) -> None:
        self.shelf.ready.append(SimpleNamespace(message_id=f"id-{data}", data=data))

    def pop(self) -> Any:
        if not self.shelf.ready:
            return None
        self.shelf.locked.append(self.shelf.ready.pop(0))
        return self.shelf.locked[-1]

    def done(self, message_id: str) -> None:
        self.shelf.deeds.append(f"done {message_id}")
        self.shelf.locked = [m for m in self.shelf.locked if m.message_id != message_id]

    def list_locked(self, threshold_seconds: int) -> Any:
        assert threshold_seconds == 0
        return iter(self.shelf.locked)

    def retry(self, message_id: str) -> None:
        again = [m for m in self.shelf.locked if m.message_id == message_id]
        self.shelf.ready = again + self.shelf.ready
        self.shelf.locked = [m for m in self.shelf.locked if m not in again]


SHELVES: dict[str, Any] = {}


class FakeHuey:
    """huey's interface: a task is what was called, until somebody executes it."""

    def __init__(self, *, filename: str, results: bool) -> None:
        assert not results
        self.filename, self.tasks = filename, list[Callable[[], None]]()

    def task(self) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
        def decorate(function: Callable[[str], None]) -> Callable[[str], None]:
            return lambda payload: self.tasks.append(lambda: function(payload))

        return decorate

    def dequeue(self) -> Callable[[], None] | None:
        return self.tasks.pop(0) if self.tasks else None

    def execute(self, task: Callable[[], None]) -> None:
        task()


@pytest.fixture(autouse=True)
def _stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    SHELVES.clear()
    packages = {
        "persistqueue": SimpleNamespace(SQLiteAckQueue=FakeAckQueue, Empty=EmptyError),
        "litequeue": SimpleNamespace(LiteQueue=FakeLiteQueue),
        "huey": SimpleNamespace(SqliteHuey=FakeHuey),
    }
    monkeypatch.setattr(stores, "import_module", packages.__getitem__)


@pytest.mark.parametrize("name", EVERY)
def test_what_is_put_is_forwarded_once_and_in_order(name: str, tmp_path: Path) -> None:
    queue, sent = QUEUES[name](tmp_path), list[str]()
    queue.put("first")
    queue.put("second")
    assert [queue.forward(sent.append) for _ in range(3)] == [True, True, False]
    assert sent == ["first", "second"]


def test_persist_queue_acknowledges_only_behind_the_broker(tmp_path: Path) -> None:
    queue = PersistQueue(tmp_path)
    inner: FakeAckQueue = queue._queue
    queue.put("press")
    queue.forward(lambda payload: inner.deeds.append(f"sent {payload}"))
    assert inner.deeds == ["sent press", "ack 7"]


def test_litequeue_is_done_only_behind_the_broker(tmp_path: Path) -> None:
    queue = LiteQueue(tmp_path)
    [shelf] = SHELVES.values()
    queue.put("press")
    queue.forward(lambda payload: shelf.deeds.append(f"sent {payload}"))
    assert shelf.deeds == ["sent press", "done id-press"]


def test_what_litequeue_had_locked_when_it_died_is_tried_again(tmp_path: Path) -> None:
    dead = LiteQueue(tmp_path)
    dead.put("press")
    with pytest.raises(ConnectionError):
        dead.forward(_no_broker)
    sent: list[str] = []
    assert LiteQueue(tmp_path).forward(sent.append)
    assert sent == ["press"]


def _no_broker(_payload: str) -> None:
    raise ConnectionError


def test_huey_tells_who_forgot_to_forward(tmp_path: Path) -> None:
    queue = Huey(tmp_path)
    queue.put("press")
    with pytest.raises(RuntimeError, match="nobody forwards"):
        queue._huey.execute(queue._huey.dequeue())


@pytest.mark.parametrize("name", EVERY)
def test_every_store_is_given_the_same_weight(name: str, tmp_path: Path) -> None:
    put: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(QUEUES[name](tmp_path)), "put", lambda _self, item: put.append(item))
        with stores.appending(name, tmp_path) as append:
            append()
            append()
    assert put == [f"{0:016x}{PAYLOAD}", f"{1:016x}{PAYLOAD}"]
    assert {len(item) for item in put} == {177}


def test_a_message_of_a_peer_weighs_the_same_and_has_a_key_of_its_own() -> None:
    messages = dict(new_message(number) for number in (5, 123_456_789))
    assert len(messages) == 2
    assert {len(payload) for payload in messages.values()} == {177}
    for key, payload in messages.items():
        assert json.loads(payload)["id"] == key
    assert {json.loads(payload)["mark"] for payload in messages.values()} == {5, 123_456_789}


@pytest.mark.parametrize(("rc", "accepted"), [(0, 1), (4, 1), (15, 0)])
def test_bare_paho_has_accepted_what_it_sends_or_queues(
    rc: int, accepted: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = SimpleNamespace(
        publish=lambda *_, **__: SimpleNamespace(rc=rc), loop_stop=lambda: None
    )
    monkeypatch.setattr(sending, "started_client", lambda *_, **__: client)
    with sending.bare(tmp_path, 1) as accept:
        keys = [accept(1)]
    assert len([key for key in keys if key is not None]) == accepted


def test_a_step_of_ours_or_of_sqlite_is_found_by_name(tmp_path: Path) -> None:
    with appending.open_store("raw", tmp_path) as step:
        step()
    database = sqlite3.connect(tmp_path / "raw.db")
    assert database.execute("SELECT count(*) FROM event").fetchone() == (1,)
    database.close()


def test_appending_alone_tells_the_time_of_each() -> None:
    steps: list[int] = []
    times_ms = appending.alone(lambda: steps.append(1), 5)
    assert len(times_ms) == len(steps) == 5
    assert all(time_ms >= 0 for time_ms in times_ms)


def test_appending_together_does_every_step_of_every_thread() -> None:
    steps: list[int] = []
    assert appending.together(lambda: steps.append(1), 4, 3) > 0
    assert len(steps) == 12


def test_sparse_appends_have_gaps() -> None:
    steps: list[int] = []
    assert appending.spaced(lambda: steps.append(1), 4, 100) >= 0.03
    assert len(steps) == 4
