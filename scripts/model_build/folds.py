"""Who learns from which pictures: the train fold in two, the validation fold untouched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from model_build.copies import copied, groups
from model_build.labels import Fold, read_fold, split

KEPT_ASIDE = 0.1
SEED = 20
"""Of the split; the same for every net, or a teacher would tell a student the answers."""


@dataclass(frozen=True, slots=True)
class Folds:
    """The three parts, without a photograph in two of them."""

    learnt: Fold
    """Weights are trained on these, also where people disagreed."""
    chosen: Fold
    """A tenth of the train fold: nets are compared and the temperature is set on these."""
    held_out: Fold
    """The validation fold: for the figures on the card and nothing else."""
    left_out: int
    """Pictures of the train fold that are copies of held out ones."""

    @property
    def counts(self) -> dict[str, int]:
        """How many pictures each part has after the label rule."""
        return {
            "learnt": len(self.learnt),
            "learnt_with_a_majority": len(self.learnt.measurable),
            "chosen": len(self.chosen),
            "held_out": len(self.held_out.measurable),
            "held_out_with_any_expression": len(self.held_out),
            "copies_of_held_out_pictures_left_out": self.left_out,
        }


def read_folds(data: Path) -> Folds:
    """Read ferplus.npz and part it."""
    whole, held_out = read_fold(data, "train"), read_fold(data, "valid")
    seen_there = copied(whole.pictures, held_out.pictures)
    fold = whole.pick(~seen_there)
    learnt, chosen = split(fold, groups(fold.pictures), share=KEPT_ASIDE, seed=SEED)
    return Folds(learnt, chosen.measurable, held_out, int(seen_there.sum()))
