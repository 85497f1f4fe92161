"""What waits for the next commit, and what is told when it is done."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass, field

from agent.outbox.rows import Draft
from agent.outbox.store import Settlement

ACK_BATCH = 100
ACK_LINGER_S = 5.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """Told to whoever appended, when the event is kept."""

    event_id: str
    position: int
    durable: bool
    """False: the store cannot be written, the event is kept in memory for now."""
    committed_s: float
    """Monotonic time at which the commit returned."""


@dataclass(slots=True)
class Work:
    """What the writer takes at once: one commit."""

    drafts: list[tuple[Draft, Future[Receipt]]] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    settled_since_s: float | None = None
    """Monotonic time of the oldest settlement."""
    watermark: int = 0
    purge_before_ms: int | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing at all to write."""
        return not (self.drafts or self.settlements) and self.purge_before_ms is None

    def add_settlements(self, settlements: list[Settlement], *, watermark: int) -> None:
        """Take what the broker said; it may linger until there is more to write."""
        if settlements and self.settled_since_s is None:
            self.settled_since_s = time.monotonic()
        self.settlements += settlements
        self.watermark = max(self.watermark, watermark)

    def due_in_s(self) -> float | None:
        """Return the seconds until there is reason enough to commit; None without any work."""
        if self.drafts or self.purge_before_ms is not None or len(self.settlements) >= ACK_BATCH:
            return 0.0
        if self.settled_since_s is None:
            return None
        return max(0.0, self.settled_since_s + ACK_LINGER_S - time.monotonic())
