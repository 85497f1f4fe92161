"""Where in a picture to look for faces, and a closer look at each before it is believed.

The detector sees 128x128 pixels. A wide picture squeezed into them loses faces at two metres and
gives the backs of heads the same middling score. So the picture is searched in turns, whole and
in overlapping squares, and whatever resembles a face is looked at again alone, twice as large as
its box: on the clips this was developed with, nine faces in ten then score above 0.78, and nine
backs of heads in ten below 0.75. Known faces need no search, only the closer look.

Where customers stand far away, a second detector that sees more pixels searches. The closer look is
never its own: of faces that fill 0.4 of its view one in ten stays below the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

from agent.vision.detector import Pixels
from agent.vision.faces import Box, Face
from agent.vision.motion import Surroundings
from agent.vision.stages import Stages, unmeasured

Detect = Callable[[Pixels], list[Face]]

CLOSER = 2.0
"""Side of the closer look, in face heights: a step of half a face between frames stays inside."""
STRIDE = 0.4
"""Neighbouring squares start this share of their side apart, so one holds any face whole."""
SEARCH_EVERY_S = 0.3
"""While faces are known and something moves beside them, newcomers are searched for this often."""
SEARCH_ANYWAY_S = 1.0
"""Where nothing does: somebody may have come behind or before those who are there."""
CANDIDATES = 4
"""At most this many new candidates are looked at in one frame."""
SAME = 0.3
"""Boxes that overlap this much are one face."""


class Attention:
    """Finds faces in the frames of one camera.

    `detect` takes the closer look, and searches too unless `search` does.
    """

    def __init__(
        self, detect: Detect, *, search: Detect | None = None, stages: Stages = unmeasured
    ) -> None:
        self._stages = stages
        self._detect = detect
        self._search_with = search or detect
        self._turn = 0
        self._searched_s = float("-inf")
        self._surroundings = Surroundings()

    def faces(self, picture: Pixels, *, known: Sequence[Box], at_s: float) -> list[Face]:
        """Return the faces of a BGR picture after a closer look, best first.

        `known` are the boxes of the frames before; without any, every call searches.
        """
        boxes = list(known)
        if not known or self._is_due(picture, known, at_s - self._searched_s):
            self._searched_s = at_s
            with self._stages("search"):
                found = [box for box in self._search(picture) if not _among(box, known)]
            boxes += found[:CANDIDATES]
        looks = [self._look_closer(picture, box) for box in boxes]
        return distinct([face for face in looks if face is not None])

    def _look_closer(self, picture: Pixels, box: Box) -> Face | None:
        with self._stages("closer look"):
            return self._closer(picture, box)

    def _is_due(self, picture: Pixels, known: Sequence[Box], since_s: float) -> bool:
        if since_s < SEARCH_EVERY_S:
            return False
        with self._stages("motion gate"):
            stirs = self._surroundings.stir(picture, known=known)
        return stirs or since_s >= SEARCH_ANYWAY_S

    def _search(self, picture: Pixels) -> list[Box]:
        """Return what resembles a face in the next view."""
        height, width = picture.shape[:2]
        choices = views(width=width, height=height)
        view = choices[self._turn % len(choices)]
        self._turn += 1
        return [face.box for face in distinct(_within(picture, view, self._search_with))]

    def _closer(self, picture: Pixels, box: Box) -> Face | None:
        """Return the face at `box` as seen alone, `None` when there is none after all."""
        height, width = picture.shape[:2]
        view = around(box, width=width, height=height)
        if view is None:
            return None
        faces = _within(picture, view, self._detect)
        near = [face for face in faces if face.box.overlap(box) >= SAME / 2]
        return max(near, key=lambda face: face.score, default=None)


def views(*, width: int, height: int) -> list[Box]:
    """Return what to search in turn: the whole picture before each of some overlapping squares.

    The squares lie along the longer side. A near face is found in the whole picture, at once.
    """
    side = min(width, height)
    spare = max(width, height) - side
    count = 1 + ceil(spare / (STRIDE * side)) if spare else 0
    starts = [round(spare * index / (count - 1)) for index in range(count)]
    squares = [
        Box(start, 0, start + side, side) if width > height else Box(0, start, side, start + side)
        for start in starts
    ]
    whole = Box(0, 0, width, height)
    return [view for square in squares for view in (whole, square)] or [whole]


def around(box: Box, *, width: int, height: int) -> Box | None:
    """Return the square around a box that a closer look takes, cut at the picture's edges."""
    (x, y), reach = box.centre, box.height * CLOSER / 2
    view = Box(
        max(0, int(x - reach)),
        max(0, int(y - reach)),
        min(width, int(x + reach)),
        min(height, int(y + reach)),
    )
    return view if view.width >= 1 and view.height >= 1 else None


def distinct(faces: Sequence[Face]) -> list[Face]:
    """Return the faces without those that overlap a better one, best first."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if not _among(face.box, [other.box for other in kept]):
            kept.append(face)
    return kept


def _within(picture: Pixels, view: Box, detect: Detect) -> list[Face]:
    left, top, right, bottom = (
        int(edge) for edge in (view.left, view.top, view.right, view.bottom)
    )
    return [face.moved(left, top) for face in detect(picture[top:bottom, left:right])]


def _among(box: Box, others: Sequence[Box]) -> bool:
    return any(box.overlap(other) > SAME for other in others)
