"""What this boot knows of its own clock, and what of it must be told. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.clock.anchor import SLEW_MS, SYNCED_WITHIN_MS, Anchor, drift_ms
from agent.clock.corrections import BootSpan
from agent.events.catalogue import ClockCorrected

# A clock that moved by more than this against the monotonic clock was set, not slewed.
STEP_MS = 1000


@dataclass(frozen=True, slots=True)
class Track:
    """One offset for all of a boot so far, and how far it may be off for any instant of it."""

    monotonic_ms: int
    """The instant it goes up to."""
    offset_ms: int
    """True UTC milliseconds minus monotonic milliseconds."""
    reach_ms: int
    """How far that may be off anywhere up to there."""

    def follow(self, anchor: Anchor, *, since_ms: int) -> Track:
        """Go on to a newer anchor; `since_ms` is when the boot's first event happened.

        While both agree, what was covered stays covered and the way from there is added. If they do
        not, the older one was wrong, and only the crystal vouches for what lies before.
        """
        whole = begin_track(anchor, since_ms=since_ms)
        moved_ms = abs(anchor.offset_ms - self.offset_ms)
        way_ms = SLEW_MS + anchor.uncertainty_at(self.monotonic_ms)
        if moved_ms > self.reach_ms + way_ms:
            return whole
        reach_ms = max(moved_ms + self.reach_ms, way_ms)
        return replace(whole, reach_ms=min(reach_ms, whole.reach_ms))


def begin_track(anchor: Anchor, *, since_ms: int) -> Track:
    """Cover everything since `since_ms` with one anchor."""
    reach_ms = SLEW_MS + anchor.uncertainty_at(since_ms)
    until_ms = max(anchor.monotonic_ms, since_ms)
    return Track(until_ms, anchor.offset_ms, reach_ms)


@dataclass(frozen=True, slots=True)
class Told:
    """What the last `clock.corrected` about this boot said."""

    offset_ms: int
    uncertainty_ms: int

    def covers(self, track: Track) -> bool:
        """Tell whether it still holds for every instant of the boot."""
        return abs(track.offset_ms - self.offset_ms) + track.reach_ms <= self.uncertainty_ms


@dataclass(frozen=True, slots=True)
class Look:
    """What a glance at the clock shows."""

    anchor: Anchor | None
    """True time, while an event would be `synced`."""
    label_offset_ms: int | None
    """By how much an event's label would be ahead of its monotonic time; None without a label."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of this boot's clock, and what of it was told."""

    boot: str
    since_ms: int = 0
    """Monotonic time of the boot's first event."""
    blurred: bool = True
    """Whether there may be events that were not synced and are not covered by what was told."""
    track: Track | None = None
    told: Told | None = None
    reference_ms: int | None = None
    """The offset that steps are measured against: the last told, or the first known."""
    label_offset_ms: int | None = None
    """Of the last look."""

    def learn(self, look: Look) -> tuple[Knowledge, ClockCorrected | None]:
        """Take a look into account; returns also what is to be told, if anything is."""
        if look.anchor is None:
            return replace(self, blurred=True, label_offset_ms=look.label_offset_ms), None
        known = self._follow(look.anchor)
        if known.track is None or not (self._uncovers(known.track) or self._steps(look.anchor)):
            return replace(known, label_offset_ms=look.label_offset_ms), None
        told = Told(known.track.offset_ms, known.track.reach_ms)
        known = replace(
            known, told=told, reference_ms=told.offset_ms, label_offset_ms=look.label_offset_ms
        )
        return known, self._correction(told)

    def as_span(self) -> BootSpan:
        """Return this boot as far as it matters to those before it."""
        track = self.track
        return BootSpan(
            self.boot,
            first_ms=self.since_ms,
            last_ms=self.since_ms if track is None else track.monotonic_ms,
            synced=False,
            floor_ms=None,
            last_wall_ms=None,
            offset_ms=None if track is None else track.offset_ms,
            uncertainty_ms=None if track is None else track.reach_ms,
        )

    def _follow(self, anchor: Anchor) -> Knowledge:
        if self.track is None:
            track = begin_track(anchor, since_ms=self.since_ms)
        else:
            track = self.track.follow(anchor, since_ms=self.since_ms)
        reference_ms = track.offset_ms if self.reference_ms is None else self.reference_ms
        return replace(self, blurred=False, track=track, reference_ms=reference_ms)

    def _uncovers(self, track: Track) -> bool:
        return self.blurred and (self.told is None or not self.told.covers(track))

    def _steps(self, anchor: Anchor) -> bool:
        if self.reference_ms is None:
            return False
        threshold_ms = max(STEP_MS, 3 * anchor.uncertainty_ms)
        return abs(anchor.offset_ms - self.reference_ms) > threshold_ms

    def _correction(self, told: Told) -> ClockCorrected:
        labelled_ms = self.label_offset_ms
        return ClockCorrected(
            boot=self.boot,
            offset_ms=told.offset_ms,
            uncertainty_ms=told.uncertainty_ms,
            method="synced",
            step_ms=None if labelled_ms is None else told.offset_ms - labelled_ms,
        )


def recall_boot(boot: str, span: BootSpan | None) -> tuple[Knowledge, Anchor | None]:
    """Take up what earlier runs of this boot knew: what was told of it, and its true time."""
    if span is None:
        return Knowledge(boot), None
    label_ms = None if span.last_wall_ms is None else span.last_wall_ms - span.last_ms
    anchor = _last_anchor(span)
    known = Knowledge(boot, span.first_ms, blurred=not span.synced, label_offset_ms=label_ms)
    if anchor is None:
        return known, None
    told = None
    if span.offset_ms is not None and span.uncertainty_ms is not None:
        told = Told(span.offset_ms, span.uncertainty_ms)
    track = Track(anchor.monotonic_ms, anchor.offset_ms, anchor.uncertainty_ms)
    known = replace(known, track=track, told=told, reference_ms=anchor.offset_ms)
    return known, anchor


def _last_anchor(span: BootSpan) -> Anchor | None:
    """Return true time at a boot's last row, where the store knows it."""
    if span.offset_ms is not None and span.uncertainty_ms is not None:
        # When that was told is not known; its rows from after may have drifted since.
        uncertainty_ms = span.uncertainty_ms + drift_ms(span.last_ms - span.first_ms)
        return Anchor(span.last_ms, span.offset_ms, uncertainty_ms)
    if span.synced and span.last_wall_ms is not None:
        return Anchor(span.last_ms, span.last_wall_ms - span.last_ms, SYNCED_WITHIN_MS)
    return None
