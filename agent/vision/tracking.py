"""Which face of this frame is which face of the frames before: by place and size alone.

Pure: no clock, no pictures. Two thresholds, as in edge detection: only a sure face starts a
track, a less sure one near it may continue it (a turned head, a hand before the mouth).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from agent.vision.faces import Box, Face

FORGET_S = 2.5
"""Longer than a glance aside or a hand over the face, shorter than the next customer's approach."""
CONTINUE_SHARE = 2 / 3
"""Of the threshold: what a turned or half covered face still scores."""
REACH = 0.6
"""How far a face may be from where it was, in face heights: a step aside between two frames."""
REACH_PER_S = 0.8
"""How much farther after each unseen second: a slow step."""
STEADY_OVERLAP = 0.75
"""Of its boxes in two sightings: a face that hardly moves will be there in a moment, too."""
SIZE_RATIO = 1.8
"""A face does not nearly double in size from one sighting to the next."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face in this frame, and the track it belongs to."""

    track: int
    face: Face
    sure: bool
    """Whether the face alone would have started a track."""


@dataclass(frozen=True, slots=True)
class _Track:
    number: int
    box: Box
    seen_s: float
    steady: bool = False
    """Surely seen twice in a row, in nearly the same place."""


class Tracker:
    """Gives faces numbers that last as long as they stay in view."""

    def __init__(self, *, threshold: float) -> None:
        self._threshold = threshold
        self._tracks: dict[int, _Track] = {}
        self._numbers = count(1)

    @property
    def boxes(self) -> list[Box]:
        """Where the faces in view are, and where those seen a moment ago were."""
        return [track.box for track in self._tracks.values()]

    @property
    def steady(self) -> bool:
        """Whether there is somebody, and everybody stands still."""
        return bool(self._tracks) and all(track.steady for track in self._tracks.values())

    def update(self, faces: Sequence[Face], *, at_s: float) -> list[Sighting]:
        """Match the faces of one frame to the tracks; `at_s` never goes back."""
        likely = [face for face in faces if face.score >= CONTINUE_SHARE * self._threshold]
        self._tracks = {
            number: track
            for number, track in self._tracks.items()
            if at_s - track.seen_s <= FORGET_S
        }
        matched = self._matched(likely, at_s)
        sightings = [
            Sighting(number, face, sure)
            for index, face in enumerate(likely)
            for sure in (face.score >= self._threshold,)
            if (number := matched.get(index) or (next(self._numbers) if sure else None))
        ]
        before, self._tracks = (
            self._tracks,
            {number: replace(track, steady=False) for number, track in self._tracks.items()},
        )
        for sighting in sightings:
            self._tracks[sighting.track] = _seen(sighting, before.get(sighting.track), at_s)
        return sightings

    def reset(self) -> None:
        """Forget everybody: the camera was closed."""
        self._tracks.clear()

    def _matched(self, faces: Sequence[Face], at_s: float) -> dict[int, int]:
        """Face index to track number, the nearest pairs first."""
        pairs = sorted(
            (face.box.distance(track.box) / max(face.box.height, track.box.height), index, number)
            for index, face in enumerate(faces)
            for number, track in self._tracks.items()
            if plausible(track.box, face.box, gap_s=at_s - track.seen_s)
        )
        matched: dict[int, int] = {}
        for _, index, number in pairs:
            if index not in matched and number not in matched.values():
                matched[index] = number
        return matched


def _seen(sighting: Sighting, before: _Track | None, at_s: float) -> _Track:
    box = sighting.face.box
    still = before is not None and before.box.overlap(box) >= STEADY_OVERLAP
    return _Track(sighting.track, box, at_s, steady=sighting.sure and still)


def plausible(before: Box, now: Box, *, gap_s: float) -> bool:
    """Whether a face at `before` can be at `now` after `gap_s`."""
    small, large = sorted((before.height, now.height))
    if small <= 0 or large / small > SIZE_RATIO:
        return False
    return before.distance(now) <= (REACH + REACH_PER_S * gap_s) * large
