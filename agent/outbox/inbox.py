"""What any thread may hand to the writer, and the writer alone takes out."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import NamedTuple

from agent.outbox.chores import GLANCE_ROWS, Confirm, Step
from agent.outbox.rows import Draft
from agent.outbox.store import Settlement, Store
from agent.outbox.work import ACK_BATCH, Errand, Promise, Work


class Suspicion(NamedTuple):
    """Somebody found a file damaged."""

    fact: str
    files: int
    """How many files had been set aside before it."""


_CLOSE = object()
_SAID = object()
Item = tuple[Draft, Promise] | Errand | Suspicion | object


class Inbox:
    """A queue, and what was taken out of it by kind: for `put` and `close` from any thread."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Item] = SimpleQueue()
        self._gate = threading.Lock()
        self._ended = False
        self._suspicion: Suspicion | None = None
        self._said: list[Settlement] = []
        self.work = Work()
        """What waits for the next commit."""
        self.errands: deque[Errand] = deque()
        self.closing = False

    def put(self, item: Item) -> bool:
        """Hand something over; False when nothing is taken any more."""
        with self._gate:
            if self._ended:
                return False
            self._queue.put(item)
        return True

    def put_settlements(self, settlements: Sequence[Settlement]) -> None:
        """Hand over what the broker said.

        They linger until there is more to write, so only the first of a batch and the one that
        makes it full wake the writer: each wake costs the uplink its turn at the interpreter.
        """
        with self._gate:
            if self._ended:
                return
            waiting = len(self._said) + len(self.work.settlements)
            self._said += settlements
            if waiting == 0 or waiting + len(settlements) >= ACK_BATCH:
                self._queue.put(_SAID)

    def close(self) -> None:
        """Tell that it is to end."""
        self.put(_CLOSE)

    def collect(self, patience_s: float | None) -> None:
        """Sleep until there is something, or for so long; then take all there is."""
        with contextlib.suppress(Empty):
            if patience_s is None or patience_s > 0:
                self._sort(self._queue.get(timeout=patience_s))
            while True:
                self._sort(self._queue.get_nowait())
        with self._gate:
            said, self._said = self._said, []
        self.work.add_settlements(said)

    def end(self) -> None:
        """Refuse what comes from now on, and take what had come before."""
        with self._gate:
            self._ended = True
        self.collect(0.0)

    def take_work(self) -> Work:
        """Return what waits for a commit; it no longer does."""
        work, self.work = self.work, Work()
        return work

    def take_suspicion(self) -> Suspicion | None:
        """Return what was found of a file since, told once."""
        suspicion, self._suspicion = self._suspicion, None
        return suspicion

    def _sort(self, item: Item) -> None:
        if isinstance(item, Suspicion):
            self._suspicion = item
        elif isinstance(item, tuple):
            self.work.drafts.append(item)
        elif isinstance(item, Errand):
            self.errands.append(item)
        elif item is _CLOSE:
            self.closing = True


def next_steps(errands: Sequence[Errand], store: Store) -> list[Step]:
    """Take the next step; receipts that wait one behind the other share a commit."""
    steps: list[Step] = []
    for errand in errands:
        if errand.rest is None or (steps and not isinstance(errand.rest, Confirm)):
            break
        steps.append(errand.rest.step(store))
        shares = isinstance(errand.rest, Confirm) and steps[-1].rest is None
        if not shares or sum(step.looked for step in steps) >= GLANCE_ROWS:
            break
    return steps


def go_on(errands: deque[Errand], steps: list[Step]) -> None:
    """Remember what remains of the first chores, behind the commit of their steps."""
    for step in steps:
        errand = errands[0]
        errand.rest, errand.changed = step.rest, errand.changed + step.changed
        if errand.done:
            errands.popleft().over.set()
