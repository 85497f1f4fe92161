"""Trains one net: soft labels, a cosine of the learning rate, averaged weights.

After every epoch everything a later run needs is on disk, so that a training can be killed at any
moment and goes on where it was, with the numbers it would have had.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model_build.augment import augmented
from model_build.figures import figures, softmax
from model_build.labels import Floats, Fold
from model_build.network import Network, Shape

logger = logging.getLogger(__name__)

PARTS = 512


@dataclass(frozen=True, slots=True)
class Plan:
    """How one net is trained; the same plan on the same data gives the same net."""

    name: str
    shape: Shape
    seed: int
    epochs: int
    peak_rate: float = 0.05
    batch: int = 64
    momentum: float = 0.9
    weight_decay: float = 5e-4
    averaging: float = 0.999
    """Decay of the averaged weights a step: about the last two or three epochs."""
    mixed: float = 0.0
    """Share of the batches whose pictures are mixed in pairs (Zhang et al., 2018)."""
    evenness: float = 0.4
    """Both parameters of the beta distribution of a mixture's weight."""
    warm_epochs: float = 1.0
    begins: str = ""
    """The plan whose net this one goes on from; without one it begins at random weights."""


def finished(plan: Plan, *, folder: Path) -> Network | None:
    """Return the averaged net of a training in `folder` that has come to its end."""
    path = folder / f"{plan.name}.checkpoint.pt"
    if not path.exists():
        return None
    course = Course(plan, steps=1)
    course.load(path)
    return course.average if course.epoch >= plan.epochs else None


def train(
    plan: Plan, fold: Fold, chosen: Fold, *, folder: Path, start: Network | None = None
) -> Network:
    """Train on `fold` from the last checkpoint in `folder` on; return the averaged net.

    `start` is the net to begin with where there is no checkpoint. `chosen` is measured after every
    epoch for the log; nothing is decided by it here.
    """
    torch.manual_seed(plan.seed)
    course = Course(plan, steps=len(fold) // plan.batch)
    if start is not None:
        course.begin(start)
    path = folder / f"{plan.name}.checkpoint.pt"
    if path.exists():
        course.load(path)
    while course.epoch < plan.epochs:
        began = time.process_time()
        loss = course.run(fold)
        course.save(path)
        spent_s = time.process_time() - began
        logger.info(
            "%s %d/%d loss %.4f %s %.0f s",
            plan.name, course.epoch, plan.epochs, loss, _seen(course.average, chosen), spent_s,
        )  # fmt: skip
    return course.average


def _seen(net: Network, chosen: Fold) -> str:
    found = figures(softmax(logits(net, chosen.pictures)), chosen)
    return " ".join(f"{name} {found[f'accuracy_{name}']:.4f}" for name in ("8", "7", "3"))


class Course:
    """A training under way: the net, its average, the optimizer, the epochs that are done."""

    def __init__(self, plan: Plan, *, steps: int) -> None:
        self._plan = plan
        self._steps = steps
        self._net = _laid_out(Network(plan.shape))
        self.average = _laid_out(Network(plan.shape))
        self.average.load_state_dict(self._net.state_dict())
        self._optimizer = torch.optim.SGD(
            _weights(self._net, plan.weight_decay),
            lr=plan.peak_rate,
            momentum=plan.momentum,
            nesterov=True,
        )
        self.epoch = 0

    def begin(self, start: Network) -> None:
        """Take over the weights of a net of the same shape."""
        self._net.load_state_dict(start.state_dict())
        self.average.load_state_dict(start.state_dict())

    def load(self, path: Path) -> None:
        """Go back to where `save` was called."""
        state = torch.load(path, weights_only=True)
        self._net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]

    def save(self, path: Path) -> None:
        """Write everything the next epoch needs; a half-written file is never left."""
        state = {
            "net": self._net.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "epoch": self.epoch,
        }
        fresh = path.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(path)

    def run(self, fold: Fold) -> float:
        """Go once through `fold`; return the mean loss."""
        plan, rng = self._plan, np.random.default_rng([self._plan.seed, self.epoch])
        torch.manual_seed(plan.seed * 1000 + self.epoch)
        order = rng.permutation(len(fold))
        self._net.train()
        losses = []
        for step in range(self._steps):
            part = fold.pick(order[step * plan.batch : (step + 1) * plan.batch])
            pixels = pixels_of(augmented(part.pictures, rng))
            pixels, labels = self._mixed(pixels, torch.from_numpy(part.labels), rng)
            losses.append(self._step(pixels, labels, self.epoch + step / self._steps))
        self.epoch += 1
        return float(np.mean(losses))

    def _mixed(
        self, pixels: Tensor, labels: Tensor, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        if rng.random() >= self._plan.mixed:
            return pixels, labels
        weight = float(rng.beta(self._plan.evenness, self._plan.evenness))
        return _mixture(pixels, weight), _mixture(labels, weight)

    def _step(self, pixels: Tensor, labels: Tensor, done_epochs: float) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = rate(self._plan, done_epochs)
        self._optimizer.zero_grad()
        loss = nn.functional.cross_entropy(self._net(pixels), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self._follow(done_epochs)
        return float(loss)

    @torch.no_grad()
    def _follow(self, done_epochs: float) -> None:
        """Let the averaged weights follow, fast at first while there is little to average."""
        steps = done_epochs * self._steps
        keep = min(self._plan.averaging, (1 + steps) / (10 + steps))
        mine, theirs = self.average.state_dict(), self._net.state_dict()
        for name, weight in theirs.items():
            if weight.dtype.is_floating_point:
                mine[name].lerp_(weight, 1 - keep)


def rate(plan: Plan, done_epochs: float) -> float:
    """Return the learning rate: a short warming up, then a cosine down to nothing."""
    warm = min(1.0, (done_epochs + 0.01) / plan.warm_epochs)
    return plan.peak_rate * warm * 0.5 * (1 + float(np.cos(np.pi * done_epochs / plan.epochs)))


def pixels_of(pictures: Floats) -> Tensor:
    """Pictures 0 to 255 (n, 48, 48) to what a net reads."""
    return torch.from_numpy(pictures[:, None] / 127.5 - 1).contiguous(
        memory_format=torch.channels_last
    )


@torch.no_grad()
def logits(net: Network, pictures: Any) -> Floats:
    """Return the logits (n, 8) of a net for pictures 0 to 255 (n, 48, 48)."""
    net.eval()
    pixels = pictures.astype(np.float32)
    parts = [
        net(pixels_of(pixels[start : start + PARTS])).numpy()
        for start in range(0, len(pixels), PARTS)
    ]
    return np.concatenate(parts)


def _mixture(rows: Tensor, weight: float) -> Tensor:
    return weight * rows + (1 - weight) * rows.flip(0)


def _laid_out(net: Network) -> Network:
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _weights(net: Network, decay: float) -> list[dict[str, Any]]:
    """Decay the weights of convolutions, not what normalizes them."""
    heavy = [weight for weight in net.parameters() if weight.ndim > 1]
    light = [weight for weight in net.parameters() if weight.ndim == 1]
    return [{"params": heavy, "weight_decay": decay}, {"params": light, "weight_decay": 0.0}]
