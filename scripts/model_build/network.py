"""The expression net: a small residual CNN of plain 3x3 convolutions, which int8 likes best."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_build.labels import CLASSES


@dataclass(frozen=True, slots=True)
class Shape:
    """How wide each stage is (its side: 24, 12, 6, 3 pixels) and how many blocks it has."""

    widths: tuple[int, ...]
    blocks: tuple[int, ...]
    dropout: float = 0.2


class Convolved(nn.Module):
    """A convolution without bias, and its normalization."""

    def __init__(self, inner: int, outer: int, *, stride: int = 1, side: int = 3) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inner, outer, side, stride, side // 2, bias=False)
        self.normal = nn.BatchNorm2d(outer)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inner, h, w) to (n, outer, h / stride, w / stride)."""
        normalized: Tensor = self.normal(self.convolution(x))
        return normalized


class Residual(nn.Module):
    """Two convolutions and a way around them (He et al., 2016)."""

    def __init__(self, inner: int, outer: int, *, stride: int) -> None:
        super().__init__()
        self.first = Convolved(inner, outer, stride=stride)
        self.second = Convolved(outer, outer)
        self.around = (
            Convolved(inner, outer, stride=stride, side=1) if stride > 1 or inner != outer else None
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inner, h, w) to (n, outer, h / stride, w / stride)."""
        around = x if self.around is None else self.around(x)
        return torch.relu(self.second(torch.relu(self.first(x))) + around)


class Network(nn.Module):
    """Pixels -1 to 1 (n, 1, 48, 48) to logits (n, 8)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        first, last = shape.widths[0], shape.widths[-1]
        self.stem = Convolved(1, first, stride=2)
        self.stages = nn.Sequential(*_stages(shape))
        self.dropout = nn.Dropout(shape.dropout)
        self.answer = nn.Linear(last, len(CLASSES))

    def forward(self, pixels: Tensor) -> Tensor:
        """Map pixels to logits."""
        features = self.stages(torch.relu(self.stem(pixels))).mean((2, 3))
        scores: Tensor = self.answer(self.dropout(features))
        return scores


def _stages(shape: Shape) -> list[Residual]:
    inner, stages = shape.widths[0], []
    for number, (width, blocks) in enumerate(zip(shape.widths, shape.blocks, strict=True)):
        for block in range(blocks):
            stages.append(Residual(inner, width, stride=2 if number and not block else 1))
            inner = width
    return stages
