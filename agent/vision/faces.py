"""A face in a picture: a box and where its eyes are. Nothing that could tell whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

Point = tuple[float, float]
"""x, y in pixels of the picture."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; right and bottom lie outside."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Area in square pixels; 0 for a rectangle turned inside out."""
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def centre(self) -> Point:
        """Its middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        shared = max(0.0, width) * max(0.0, height)
        union = self.area + other.area - shared
        return shared / union if union > 0 else 0.0

    def distance(self, other: Box) -> float:
        """Pixels between the two middles."""
        (x, y), (other_x, other_y) = self.centre, other.centre
        return hypot(x - other_x, y - other_y)


@dataclass(frozen=True, slots=True)
class Face:
    """One detection."""

    box: Box
    score: float
    """0 to 1."""
    eyes: tuple[Point, Point]
    """The eye on the picture's left, the eye on its right."""
    nose: Point | None = None
    """The tip of the nose; it tells how far a head is turned."""

    def moved(self, right: float, down: float) -> Face:
        """Return the face in the picture its own was cut out of, at `right`, `down`."""
        box, (eye, other), nose = self.box, self.eyes, self.nose
        return Face(
            box=Box(box.left + right, box.top + down, box.right + right, box.bottom + down),
            score=self.score,
            eyes=((eye[0] + right, eye[1] + down), (other[0] + right, other[1] + down)),
            nose=None if nose is None else (nose[0] + right, nose[1] + down),
        )
