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

    def until(self, monotonic_ms: int) -> Track:
        """Go on without any anchor."""
        passed_ms = monotonic_ms - self.monotonic_ms
        return Track(monotonic_ms, self.offset_ms, self.reach_ms + drift_ms(passed_ms))


def begin_track(anchor: Anchor, *, since_ms: int) -> Track:
    """Cover everything since `since_ms` with one anchor."""
    reach_ms = SLEW_MS + anchor.uncertainty_at(since_ms)
    until_ms = max(anchor.monotonic_ms, since_ms)
    return Track(until_ms, anchor.offset_ms, reach_ms)


@dataclass(frozen=True, slots=True)
class Told:
    """What the last `clock.corrected` about this boot said."""

    monotonic_ms: int
    """When it said so, or a later instant."""
    offset_ms: int
    uncertainty_ms: int

    def uncertainty_at(self, monotonic_ms: int) -> int:
        """Return the uncertainty a consumer gives to a later event."""
        return self.uncertainty_ms + drift_ms(max(0, monotonic_ms - self.monotonic_ms))


@dataclass(frozen=True, slots=True)
class Look:
    """What a glance at the clock shows."""

    monotonic_ms: int
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
    """Whether there may be events of it that were not synced."""
    lost: bool = True
    """Whether the clock was not synchronised at the last look."""
    track: Track | None = None
    told: Told | None = None
    reference_ms: int | None = None
    """The offset that steps are measured against: the last told, or the first known."""
    label_offset_ms: int | None = None
    """Of the last look."""

    def learn(self, look: Look) -> tuple[Knowledge, ClockCorrected | None]:
        """Take a look into account; returns also what is to be told, if anything is."""
        if look.anchor is None:
            known, news = self._lose(look.monotonic_ms)
        else:
            known, news = self._follow(look.anchor)
        known = replace(known, label_offset_ms=look.label_offset_ms)
        if not news or known.track is None:
            return known, None
        told = Told(look.monotonic_ms, known.track.offset_ms, known.track.reach_ms)
        return replace(known, told=told, reference_ms=told.offset_ms), self._correction(told)

    def _lose(self, monotonic_ms: int) -> tuple[Knowledge, bool]:
        """Go on unsynchronised.

        What was known is news if it dates what comes from now on much better than what was told.
        """
        known = replace(self, blurred=True, lost=True)
        if self.track is None or self.lost:
            return known, False
        track = self.track.until(monotonic_ms)
        news = self.told is None or 2 * track.reach_ms < self.told.uncertainty_at(monotonic_ms)
        return replace(known, track=track), news

    def _follow(self, anchor: Anchor) -> tuple[Knowledge, bool]:
        """Go on synchronised.

        It is news when nothing was told yet and is needed, or when the clock was set. A consumer
        widens what was told by itself for what came later, so that still holds after a gap.
        """
        if self.track is None:
            track = begin_track(anchor, since_ms=self.since_ms)
        else:
            track = self.track.follow(anchor, since_ms=self.since_ms)
        reference_ms = track.offset_ms if self.reference_ms is None else self.reference_ms
        known = replace(self, lost=False, track=track, reference_ms=reference_ms)
        return known, (self.blurred and self.told is None) or self._steps(anchor)

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
    known = Knowledge(
        boot,
        since_ms=span.first_ms,
        blurred=not span.synced,
        label_offset_ms=span.last_label_offset_ms,
    )
    anchor, track = _last_anchor(span), _covered(span)
    if anchor is None or track is None:
        return known, anchor
    told = None
    if span.offset_ms is not None and span.uncertainty_ms is not None:
        told = Told(span.last_ms, span.offset_ms, span.uncertainty_ms)
    return replace(known, track=track, told=told, reference_ms=track.offset_ms), anchor


def _last_anchor(span: BootSpan) -> Anchor | None:
    """Return true time at a boot's last row, where the store knows it."""
    if span.ends_synced and span.last_label_offset_ms is not None:
        return Anchor(span.last_ms, span.last_label_offset_ms, SYNCED_WITHIN_MS)
    if span.offset_ms is None or span.uncertainty_ms is None:
        return None
    # When that was told is not known: its rows from after may have drifted all the way.
    uncertainty_ms = span.uncertainty_ms + drift_ms(span.last_ms - span.first_ms)
    return Anchor(span.last_ms, span.offset_ms, uncertainty_ms)


def _covered(span: BootSpan) -> Track | None:
    """Return one offset for all rows of a boot that were not synced."""
    if span.offset_ms is not None and span.uncertainty_ms is not None:
        until_ms = span.last_ms if span.blurred_ms is None else span.blurred_ms
        reach_ms = span.uncertainty_ms + drift_ms(until_ms - span.first_ms)
        return Track(span.last_ms, span.offset_ms, reach_ms)
    if span.synced and span.last_label_offset_ms is not None:
        return Track(span.last_ms, span.last_label_offset_ms, SYNCED_WITHIN_MS)
    return None
