"""Perceived age and sex of one face, as face-api's net reads them.

Off in every profile: `vision.traits` switches it on, under an attestation of its own, and what is
read leaves the camera process as sums over batches alone (`agent.vision.glances`).

The crop is face-api's own: over 32 faces its landmark-aligned square is 1.17 times as large as the
detector's box (median) and lies 0.04 of it lower.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import get_args

from agent.errors import ModelError, VisionError
from agent.events.catalogue import AgeBand
from agent.vision.detector import Pixels, letterboxed
from agent.vision.faces import Box, Face
from agent.vision.interpreter import Floats, Net
from agent.vision.models import Model

SIDE = 112
MARGIN = 1.17
LOWER = 0.04
OLDEST = 100.0

BANDS: tuple[AgeBand, ...] = get_args(AgeBand)
STARTS = (0, 30, 45, 60)
"""The first year of each band. They are wide because the net errs by about five years; it errs most
with children, and nobody shall be told how many there were: they have no band of their own."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What an observer would guess from one picture, or from several of one person."""

    age_years: float
    """0 to 100."""
    male: float
    """How likely an observer would say male rather than female, 0 to 1."""

    @property
    def band(self) -> AgeBand:
        """The age band, both ends in whole years."""
        return BANDS[sum(self.age_years >= start for start in STARTS[1:])]


class TraitsReader:
    """Reads the traits of faces the detector found."""

    def __init__(self, model: Model) -> None:
        self._net = Net(model)
        if self._net.input_shape != (1, SIDE, SIDE, 3):
            raise ModelError(
                f"model {model.ref.id} wants {self._net.input_shape}, not 1x112x112x3:"
                " it is not the age and sex net; run scripts/build_models"
            )

    def __call__(self, picture: Pixels, face: Face) -> Traits:
        """Return the traits of `face` in a BGR picture."""
        return traits_of(self._net(framed(picture, face.box)))


def traits_of(outputs: Sequence[Floats]) -> Traits:
    """Read the net's two outputs, in whichever order: age (1, 1), and male and female (1, 2)."""
    by_width = {output.shape[-1]: output[0] for output in outputs}
    if sorted(by_width) != [1, 2]:
        raise ModelError(
            f"the age and sex net has outputs of {sorted(by_width)} values, not of 1 and 2"
        )
    age, male = float(by_width[1][0]), float(by_width[2][0])
    return Traits(age_years=min(max(age, 0.0), OLDEST), male=min(max(male, 0.0), 1.0))


def framed(picture: Pixels, box: Box) -> Floats:
    """Cut a face out as the net's input (1, 112, 112, 3), RGB from -1 to 1.

    What lies outside the picture is left out, and the rest centred on black, as face-api does.
    """
    (x, y), side = box.centre, box.height * MARGIN
    y += LOWER * box.height
    left, right = _span(x, side, picture.shape[1])
    top, bottom = _span(y, side, picture.shape[0])
    return letterboxed(picture[top:bottom, left:right], side=SIDE)[0]


def averaged(looks: Sequence[Traits]) -> Traits:
    """Average several looks at one person. Raises `VisionError` without any."""
    if not looks:
        raise VisionError("traits of nobody: there must be at least one look")
    return Traits(
        age_years=fmean(look.age_years for look in looks), male=fmean(look.male for look in looks)
    )


def _span(middle: float, side: float, size: int) -> tuple[int, int]:
    """Return the pixels of a square's side around `middle`, at least one, inside `size`."""
    start = min(max(0, round(middle - side / 2)), size - 1)
    return start, max(start + 1, min(size, round(middle + side / 2)))
