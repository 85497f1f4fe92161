"""What waits for the next commit, and what is told when it is done."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple

from agent.outbox.chores import Chore
from agent.outbox.rows import Draft
from agent.outbox.store import Settlement

ACK_BATCH = 50
ACK_LINGER_S = 5.0


class Receipt(NamedTuple):
    """Told to whoever appended, when the event is kept."""

    event_id: str
    position: int
    durable: bool
    """False: the store cannot be written, the event is kept in memory for now."""
    committed_s: float
    """Monotonic time at which the commit returned."""


class Promise(Future[Receipt]):
    """A future whose waiting thread sleeps on one bare lock, which wakes sooner than a condition.

    It cannot be cancelled: whoever waits may give up, the event is kept all the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self._gate = threading.Lock()
        self._gate.acquire()

    def cancel(self) -> bool:
        """Refuse: what was pressed stays pressed."""
        return False

    def result(self, timeout: float | None = None) -> Receipt:
        """Wait until the event is kept. Raises TimeoutError, or StoreError when it cannot be."""
        # A callback asks while the gate is still closed, and in the thread that would open it.
        if not self.done() and self._gate.acquire(timeout=-1 if timeout is None else timeout):
            self._gate.release()  # for the next one who asks
        return super().result(0)

    def set_result(self, result: Receipt) -> None:
        """Tell that the event is kept."""
        super().set_result(result)
        self._gate.release()

    def set_exception(self, exception: BaseException | None) -> None:
        """Tell that it cannot be kept."""
        super().set_exception(exception)
        self._gate.release()


class Errand:
    """A chore on its way to the writer, and its end."""

    def __init__(self, chore: Chore) -> None:
        self.name = chore.name
        self.rest: Chore | None = chore
        """What remains of it."""
        self.changed = 0
        """Rows it has changed so far."""
        self.over = threading.Event()

    @property
    def done(self) -> bool:
        """Whether nothing of it remains."""
        return self.rest is None

    def wait(self) -> bool:
        """Wait until it is over; False when the store was closed before it was done."""
        self.over.wait()
        return self.done


@dataclass(slots=True)
class Work:
    """What the writer takes at once: one commit."""

    drafts: list[tuple[Draft, Promise]] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    settled_since_s: float | None = None
    """Monotonic time of the oldest settlement."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing at all to write."""
        return not (self.drafts or self.settlements)

    def add_settlements(self, settlements: list[Settlement]) -> None:
        """Take what the broker said; it may linger until there is more to write."""
        if settlements and self.settled_since_s is None:
            self.settled_since_s = time.monotonic()
        self.settlements += settlements

    def due_in_s(self) -> float | None:
        """Return the seconds until there is reason enough to commit; None without any work."""
        if self.drafts or len(self.settlements) >= ACK_BATCH:
            return 0.0
        if self.settled_since_s is None:
            return None
        return max(0.0, self.settled_since_s + ACK_LINGER_S - time.monotonic())
