"""A store that does everything a store can do, and dies at a moment named from outside.

`python -m tests.faults.workload STORE POINT HIT FIRST [damage]`: kills itself with SIGKILL the
HIT-th time the crash point POINT is passed, with `damage` while a damaged file is salvaged. Before
an event is appended its number is told (`try 7`), once it is durable its key and its number
(`kept KEY 7`). Ends with 0 when the point never came so often.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from agent.outbox import Limits, Outbox, Settlement, State, writer
from agent.outbox.store import PAGE_BYTES, Store
from agent.testing import FakeClock
from tests.outbox.stores import acknowledge, finish, marked, open_outbox, take_all

DAY_S = 86_400.0
WALL_MS = 1_795_000_000_000
ROOM = Limits(quota_bytes=60_000, free_disk_bytes=0)
DEAD = sqlite3.OperationalError("disk I/O error")


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def settle_down() -> None:
    """Wait until no file is being looked through, and what a damaged one held is carried over."""
    for name in ("outbox-check", "outbox-rescue"):
        for thread in threading.enumerate():
            if thread.name == name:
                thread.join()


def trap(point: str, hit: int) -> Callable[[str], None]:
    """Return what dies at the `hit`-th passing of `point`."""
    passed = itertools.count(1)

    def crash(name: str) -> None:
        if name == point and next(passed) == hit:
            os.kill(os.getpid(), signal.SIGKILL)

    return crash


class Workload:
    """One life of a store: open, and one thing after the other until it is killed or done."""

    def __init__(self, path: Path, *, crash_point: Callable[[str], None], first: int = 0) -> None:
        self._path = path
        self._crash_point = crash_point
        self._numbers = itertools.count(first)
        # Every life is a little later than the one before, so that something is old enough.
        self._clock = FakeClock(wall_ms=WALL_MS + first * 1000)
        self._outbox = self._open()

    def _open(self) -> Outbox:
        return open_outbox(
            self._path, clock=self._clock, limits=ROOM, crash_point=self._crash_point
        )

    def run(self) -> None:
        """Everything once, but damage."""
        for action in (
            self.append,
            self.settle,
            self.reject_and_reopen,
            self.confirm,
            self.purge,
            self.lose_the_disk,
            self.outgrow_the_quota,
        ):
            action()
        self._outbox.close()

    def salvage(self, crash_point: Callable[[str], None]) -> None:
        """Tear a few pages out of the closed file and open it again; only then it may crash."""
        self.append(30)
        self.append(30)
        self._outbox.close()
        tear(self._path)
        self._crash_point = crash_point
        self._outbox = self._open()
        self._outbox.check().join()
        self.append(5)
        settle_down()
        finish(self._outbox)
        self._outbox.close()

    def append(self, count: int = 20) -> None:
        futures = []
        for number in itertools.islice(self._numbers, count):
            tell(f"try {number}")
            futures.append((number, self._outbox.append(marked(number))))
        for number, future in futures:
            receipt = future.result(20)
            if receipt.durable:
                tell(f"kept {receipt.event_id} {number}")

    def settle(self) -> None:
        acknowledge(self._outbox, take_all(self._outbox)[:12])
        self.append(3)

    def reject_and_reopen(self) -> None:
        rows = take_all(self._outbox)[:4]
        self._outbox.settle([Settlement(r.position, State.REJECTED, 0x87) for r in rows])
        self.append(3)
        self._outbox.reopen(State.REJECTED, up_to=self._outbox.high)
        finish(self._outbox)

    def confirm(self) -> None:
        self._outbox.confirm(self._outbox.epoch, [(1, 3), (5, 9)])
        finish(self._outbox)

    def purge(self) -> None:
        self._clock.advance(2 * DAY_S)
        self._outbox.purge(keep_days=1)
        finish(self._outbox)
        self.append(3)

    def lose_the_disk(self) -> None:
        with dead_disk():
            self.append(5)
        while self._outbox.degraded:
            time.sleep(0.005)
        self.append(3)

    def outgrow_the_quota(self) -> None:
        for _ in range(12):
            self.append(40)
            finish(self._outbox)


def tear(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    rng = random.Random(len(raw))
    for _ in range(3):
        page = rng.randrange(2, len(raw) // PAGE_BYTES)
        raw[page * PAGE_BYTES : page * PAGE_BYTES + 600] = rng.randbytes(600)
    path.write_bytes(raw)


class dead_disk:  # noqa: N801 - reads as the statement it is
    """Every commit fails inside."""

    def __enter__(self) -> None:
        self._patch = mock.patch.object(Store, "commit", side_effect=DEAD)
        self._patch.start()

    def __exit__(self, *_: object) -> None:
        self._patch.stop()


def main(path: Path, point: str, hit: int, first: int, *, damage: bool) -> None:
    writer.RETRY_S = 0.05
    crash_point = trap(point, hit)
    if damage:
        Workload(path, crash_point=lambda _point: None, first=first).salvage(crash_point)
    else:
        Workload(path, crash_point=crash_point, first=first).run()


if __name__ == "__main__":
    words = sys.argv[1:]
    main(Path(words[0]), words[1], int(words[2]), int(words[3]), damage="damage" in words)
