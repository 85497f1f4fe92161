"""Whether one detector finds what another finds, where it finds it. Nothing here builds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agent.vision.faces import Face
from model_build.pictures import Pixels

Detect = Callable[[Pixels], list[Face]]

COMPARED = 0.6
"""Agreement is measured on every detection from this score on, doubtful ones included."""
SAME = 0.95
"""Overlap from which two boxes are the same detection."""
ROUGHLY = 0.75
"""Overlap from which two boxes are of the same face, though not in the same place."""
GATE = 0.99


@dataclass(frozen=True, slots=True)
class Agreement:
    """One detector against the float one."""

    pictures: int
    float_faces: int
    matched: int
    """Of the float detector's faces, those found again with an overlap of `SAME`."""
    recall: float
    """The same as a share."""
    roughly: float
    """Share found again with an overlap of `ROUGHLY`."""
    mean_overlap: float
    """Of those found roughly."""
    extra: int
    """Faces the float detector does not have."""

    @property
    def passes(self) -> bool:
        """Whether a build may go on."""
        return self.float_faces > 0 and self.recall >= GATE


def compare(exact: Detect, ours: Detect, pictures: Iterable[Pixels]) -> Agreement:
    """Match the faces of two detectors, picture by picture."""
    count, extra, best = 0, 0, []
    for picture in pictures:
        wanted, found = _sure(exact(picture)), ours(picture)
        overlaps = [max((face.box.overlap(f.box) for f in found), default=0.0) for face in wanted]
        extra += max(0, len(_sure(found)) - sum(overlap >= ROUGHLY for overlap in overlaps))
        count, best = count + 1, best + overlaps
    return _summed(best, pictures=count, extra=extra)


def _summed(overlaps: list[float], *, pictures: int, extra: int) -> Agreement:
    total = max(1, len(overlaps))
    matched = sum(overlap >= SAME for overlap in overlaps)
    rough = [overlap for overlap in overlaps if overlap >= ROUGHLY]
    return Agreement(
        pictures=pictures,
        float_faces=len(overlaps),
        matched=matched,
        recall=round(matched / total, 4),
        roughly=round(len(rough) / total, 4),
        mean_overlap=round(sum(rough) / max(1, len(rough)), 4),
        extra=extra,
    )


def _sure(faces: list[Face]) -> list[Face]:
    return [face for face in faces if face.score >= COMPARED]
