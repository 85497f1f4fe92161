"""The stores people use today, driven as their documentation says.

Each has `put` (returned means accepted) and `forward`: take the oldest item, hand it to `publish`,
which returns when the broker has it, and settle it. `forward` may run in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Protocol

Publish = Callable[[str], None]

PAYLOAD = "x" * 161
"""What an event of ours weighs; 16 hex digits of an id stand before it."""


class Queue(Protocol):
    """A store that is also a queue."""

    def put(self, payload: str) -> None:
        """Accept an item."""
        ...

    def forward(self, publish: Publish) -> bool:
        """Publish and settle the oldest item; False when there is none."""
        ...


class PersistQueue:
    """persist-queue's SQLite queue with acknowledgement; it resumes what was not acknowledged."""

    def __init__(self, folder: Path) -> None:
        self._package = import_module("persistqueue")
        self._queue = self._package.SQLiteAckQueue(
            str(folder / "persist-queue"), multithreading=True
        )

    def put(self, payload: str) -> None:
        """Accept an item."""
        self._queue.put(payload)

    def forward(self, publish: Publish) -> bool:
        """Publish and settle the oldest item; False when there is none."""
        try:
            item = self._queue.get(block=False, raw=True)
        except self._package.Empty:
            return False
        publish(item["data"])
        self._queue.ack(id=item["pqid"])
        return True


class LiteQueue:
    """litequeue: pop locks, `done` settles. What a dead process had locked is retried at start."""

    def __init__(self, folder: Path) -> None:
        path = str(folder / "litequeue.db")
        package = import_module("litequeue")
        # One each for the thread that puts and the one that takes.
        self._putting, self._taking = (package.LiteQueue(path, timeout=10) for _ in range(2))
        for message in list(self._taking.list_locked(0)):
            self._taking.retry(message.message_id)

    def put(self, payload: str) -> None:
        """Accept an item."""
        self._putting.put(payload)

    def forward(self, publish: Publish) -> bool:
        """Publish and settle the oldest item; False when there is none."""
        message = self._taking.pop()
        if message is None:
            return False
        publish(message.data)
        self._taking.done(message.message_id)
        return True


class Huey:
    """huey: every item is a task of its SQLite storage, run by the one that forwards."""

    def __init__(self, folder: Path) -> None:
        path = str(folder / "huey.db")
        self._huey = import_module("huey").SqliteHuey(filename=path, results=False)
        self._send = self._huey.task()(self._publish_one)
        self._publish: Publish = _nowhere

    def _publish_one(self, payload: str) -> None:
        self._publish(payload)

    def put(self, payload: str) -> None:
        """Accept an item."""
        self._send(payload)

    def forward(self, publish: Publish) -> bool:
        """Publish and settle the oldest item; False when there is none."""
        self._publish = publish
        task = self._huey.dequeue()
        if task is None:
            return False
        self._huey.execute(task)
        return True


def _nowhere(_payload: str) -> None:
    raise RuntimeError("nobody forwards yet")


QUEUES: dict[str, Callable[[Path], Queue]] = {
    "persist-queue": PersistQueue,
    "litequeue": LiteQueue,
    "huey": Huey,
}


@contextmanager
def appending(name: str, folder: Path) -> Iterator[Callable[[], None]]:
    """Yield a step that puts one item into a queue."""
    queue, numbers = QUEUES[name](folder), count()

    def append() -> None:
        queue.put(f"{next(numbers):016x}{PAYLOAD}")

    yield append
