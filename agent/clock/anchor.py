"""Where true time is fastened to the monotonic clock. Pure.

All knowledge of a boot is of one shape: at monotonic time M it was `offset` later in UTC, give or
take. Away from M only the crystal's error is added, whatever happens to the wall clock meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

# A crystal keeps within 50 parts per million over a shop's temperatures, and a free-running one
# may have been given a wrong frequency by a time service. The kernel counts with 500 (MAXFREQ),
# NTP itself with 15 (RFC 5905, PHI).
DRIFT_PPM = 100

# A time service tells the kernel too little: systemd-timesyncd an error of nought, although it has
# asked one server once over whatever network there is. Rounding is in here as well.
SERVICE_MARGIN_MS = 250

# `synced` promises this much. It is four hours without a server, many times a service's interval.
SYNCED_WITHIN_MS = 2000

# A time service that finds the clock off by less than half a second has the kernel slew it, and
# the monotonic clock with it: what happened before seems that much earlier (MAXPHASE of
# <linux/timex.h>).
SLEW_MS = 500


def drift_ms(elapsed_ms: int) -> int:
    """Return how far a monotonic distance may be off, in milliseconds, rounded up."""
    return -(-abs(elapsed_ms) * DRIFT_PPM // 1_000_000)


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks of the machine at one instant."""

    monotonic_ms: int
    """CLOCK_MONOTONIC."""
    wall_ms: int
    """CLOCK_REALTIME, whatever it says."""
    error_ms: int | None
    """How far the wall clock may be off; None while it is not synchronised."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """True time at one instant of a boot, which dates all others."""

    monotonic_ms: int
    """When it was known."""
    offset_ms: int
    """True UTC milliseconds minus monotonic milliseconds."""
    uncertainty_ms: int
    """How far the offset may be off, at that instant."""

    def uncertainty_at(self, monotonic_ms: int) -> int:
        """Return how far the offset may be off at another instant."""
        return self.uncertainty_ms + drift_ms(monotonic_ms - self.monotonic_ms)

    def best(self, monotonic_ms: int) -> int:
        """Return the likeliest UTC milliseconds of an instant."""
        return monotonic_ms + self.offset_ms

    def earliest(self, monotonic_ms: int) -> int:
        """Return the UTC milliseconds an instant cannot have been before."""
        return self.best(monotonic_ms) - self.uncertainty_at(monotonic_ms)

    def latest(self, monotonic_ms: int) -> int:
        """Return the UTC milliseconds an instant cannot have been after."""
        return self.best(monotonic_ms) + self.uncertainty_at(monotonic_ms)


@dataclass(frozen=True, slots=True)
class Floor:
    """A time that had certainly come at one instant of this boot. It rises as time goes by."""

    monotonic_ms: int
    wall_ms: int

    def at(self, monotonic_ms: int) -> int:
        """Return the UTC milliseconds another instant cannot have been before."""
        passed_ms = monotonic_ms - self.monotonic_ms
        return self.wall_ms + passed_ms - drift_ms(passed_ms)


def anchor_of(reading: Reading) -> Anchor | None:
    """Return what a reading tells of true time: nothing while the clock is not synchronised."""
    if reading.error_ms is None:
        return None
    offset_ms = reading.wall_ms - reading.monotonic_ms
    return Anchor(reading.monotonic_ms, offset_ms, reading.error_ms + SERVICE_MARGIN_MS)


def tighter(known: Anchor | None, new: Anchor) -> Anchor:
    """Return the better of two anchors: what was known, while it is tighter and agrees."""
    if known is None:
        return new
    grown_ms = known.uncertainty_at(new.monotonic_ms)
    agree = abs(known.offset_ms - new.offset_ms) <= grown_ms + new.uncertainty_ms
    return known if agree and grown_ms < new.uncertainty_ms else new
