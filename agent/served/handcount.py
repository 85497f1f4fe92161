"""One count by hand beside the sources: taps, and what the sources tell meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.served.calibration import Calibrated
from agent.served.matching import Outcome, Stay, Tap, compare


@dataclass(slots=True)
class Watched:
    """What one source told. Times in ms that never go back.

    It is told of a contact `late_ms` after it came at most: whoever is tapped so shortly before
    the end, or before the source stopped, may just not have been told of.
    """

    late_ms: int
    since_ms: int | None = None
    """Since when it works; None while it does not."""
    _spans: list[tuple[int, int]] = field(default_factory=list)
    _open: dict[str, int] = field(default_factory=dict)
    _stays: list[Stay] = field(default_factory=list)

    def works(self, *, on: bool, at_ms: int) -> None:
        """Note that it works, or no longer does."""
        if on == (self.since_ms is not None):
            return
        if self.since_ms is not None:
            self._spans.append((self.since_ms, at_ms))
        self.since_ms = at_ms if on else None

    def arrive(self, contact: str, *, arrived_ms: int) -> None:
        """Note a contact."""
        self._open[contact] = arrived_ms

    def leave(self, contact: str, *, left_ms: int) -> None:
        """Note that a contact is gone; one that was there before this began is at an edge."""
        whole = self.since_ms is not None and self._open.get(contact, -1) >= self.since_ms
        self._close(contact, left_ms, whole=whole)

    def lose(self, contact: str, *, at_ms: int) -> None:
        """Note that a contact is seen no more, whether it is gone or not."""
        self._close(contact, at_ms, whole=False)

    def _close(self, contact: str, left_ms: int, *, whole: bool) -> None:
        arrived_ms = self._open.pop(contact, None)
        if arrived_ms is not None:
            self._stays.append(Stay(arrived_ms, left_ms, whole=whole))

    def outcome(self, taps: Sequence[int], *, at_ms: int) -> Outcome:
        """Return how it compares with the taps if the count ends now."""
        spans = self._until(at_ms)
        ends = [(start, end - self.late_ms) for start, end in spans]
        told = [Tap(tap, whole=any(a <= tap <= b for a, b in ends)) for tap in taps]
        edge = [Stay(arrived, at_ms, whole=False) for arrived in self._open.values()]
        return compare(told, [*self._stays, *edge])

    def watched_ms(self, at_ms: int) -> int:
        """Return for how long it has worked."""
        return sum(end - start for start, end in self._until(at_ms))

    def _until(self, at_ms: int) -> list[tuple[int, int]]:
        last = [] if self.since_ms is None else [(self.since_ms, at_ms)]
        return [*self._spans, *last]


@dataclass(slots=True)
class HandCount:
    """Begins with what is known then. `late_ms` names the sources that are compared."""

    began_ms: int
    late_ms: Mapping[Calibrated, int]
    taps: list[int] = field(default_factory=list)
    sources: dict[Calibrated, Watched] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nobody works until it is told."""
        self.sources = {source: Watched(late_ms) for source, late_ms in self.late_ms.items()}

    def tap(self, at_ms: int) -> None:
        """Note a customer."""
        self.taps.append(at_ms)

    def undo(self) -> None:
        """Forget the last tap, if there is one."""
        if self.taps:
            self.taps.pop()
