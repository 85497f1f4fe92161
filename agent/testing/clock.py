"""A clock that stands until it is told to go."""

from __future__ import annotations

from agent.clock import Moment, Trust
from agent.clock.anchor import Anchor

BOOT = "00000000-0000-4000-8000-000000000001"


class FakeClock:
    """Both clocks of a device, moved by hand."""

    def __init__(
        self,
        *,
        monotonic_s: float = 1000.0,
        wall_ms: int | None = 1_795_000_000_000,
        trust: Trust = "synced",
        boot: str = BOOT,
        uncertainty_ms: int = 10,
    ) -> None:
        self._monotonic_s = monotonic_s
        self._wall_ms = wall_ms
        self.trust: Trust = trust
        self.boot = boot
        self.uncertainty_ms = uncertainty_ms
        self.floor_ms = 0
        self.resumed: Anchor | None = None

    @property
    def anchor(self) -> Anchor | None:
        """What is known of true time in this boot: while synced, what the wall clock says."""
        if self._wall_ms is None or self.trust != "synced":
            return None
        now_ms = round(self._monotonic_s * 1000)
        return Anchor(now_ms, self._wall_ms - now_ms, self.uncertainty_ms)

    def resume(self, anchor: Anchor) -> None:
        """Take note of what an earlier run knew."""
        self.resumed = anchor

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self._monotonic_s += seconds
        if self._wall_ms is not None:
            self._wall_ms += round(seconds * 1000)

    def jump(self, wall_ms: int | None, *, trust: Trust | None = None) -> None:
        """Set the wall clock alone, as a time service or a hand does; None forgets it."""
        self._wall_ms = wall_ms
        self.trust = trust or ("unknown" if wall_ms is None else self.trust)

    def reboot(self, boot: str, *, wall_ms: int | None = None) -> None:
        """Begin another boot: its own id, the monotonic clock from 0, no trust in the wall."""
        self.boot, self._monotonic_s = boot, 0.0
        self.jump(wall_ms, trust="unknown" if wall_ms is None else "estimated")

    def raise_floor(self, wall_ms: int) -> None:
        """Learn that it cannot be earlier than this now."""
        self.floor_ms = max(self.floor_ms, wall_ms)

    def monotonic(self) -> float:
        """Return seconds of the monotonic clock."""
        return self._monotonic_s

    def moment(self, monotonic_s: float | None = None) -> Moment:
        """Return the instant `monotonic_s`, or now."""
        then_s = self._monotonic_s if monotonic_s is None else monotonic_s
        ago_ms = round((self._monotonic_s - then_s) * 1000)
        wall_ms = None if self._wall_ms is None else self._wall_ms - ago_ms
        return Moment(self.boot, round(then_s * 1000), wall_ms, self.trust)
