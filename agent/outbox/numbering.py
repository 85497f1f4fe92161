"""The numbers of events: gapless within an epoch, which is new at every opening of the store."""

from __future__ import annotations

from collections.abc import Iterable

from agent.clock import Clock
from agent.events.catalogue import EventData, PreviousEpoch
from agent.outbox.opening import Opening
from agent.outbox.rows import Draft, Epoch, Row, number_draft


class Numbering:
    """The epoch in force, and how far its numbers are given. For the writer's thread alone.

    A number is given for good only with `advance`, behind the commit: until then the next rows
    are numbered from the same place again.
    """

    def __init__(self, opening: Opening, *, clock: Clock) -> None:
        self._opening = opening
        self._clock = clock
        self.epoch: Epoch
        self.sequence = 0
        """Number of the last event of the epoch."""
        self.high = 0
        """Position of the newest event that is kept; any thread may read it."""

    @property
    def last(self) -> PreviousEpoch:
        """The epoch in force, as its successor names it."""
        return PreviousEpoch(epoch=self.epoch.id, last_sequence=self.sequence)

    def begin(self, number: int) -> None:
        """Begin a new epoch."""
        self.epoch, self.sequence = self._opening.epoch(number), 0

    def drafts(self, drafts: Iterable[Draft]) -> list[Row]:
        """Give drafts the numbers behind the last."""
        numbered = enumerate(drafts, start=self.sequence + 1)
        return [number_draft(draft, epoch=self.epoch, sequence=n) for n, draft in numbered]

    def own(self, *events: EventData) -> list[Row]:
        """Give facts of the store's own the numbers behind the last."""
        now = self._clock.moment()
        return self.drafts(Draft(event, now) for event in events)

    def first(self, previous: PreviousEpoch | None, *events: EventData) -> list[Row]:
        """Return what a new epoch begins with: the link to the one before, then `events`."""
        return self.own(self._opening.started(previous), *events)

    def advance(self, rows: int) -> None:
        """Hold on to the numbers of so many new rows: they are kept."""
        self.sequence += rows
        self.high = self.epoch.position(self.sequence)
